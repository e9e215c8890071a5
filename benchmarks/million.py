"""The index of 500 agencies from a million respondents × 22 criteria, beside two boolean sums over the same numbers and beside R.

    .venv/bin/python -m benchmarks.million                             # in memory
    .venv/bin/python -m benchmarks.million --rows 10000000 --file csv  # from a file of ten million rows; or parquet

Method, in memory: a matrix (n, 22) of uint8 with 0 for no answer, agencies in random order. `sipas`: moments and score_moments, that is
every criterion, dimension and the whole by every rule in each agency with standard error, df, design effect and default interval,
as results; each respondent is a unit, each agency a stratum. `sums`: (r >= 4).sum(axis=0) and (r >= 1).sum(axis=0). The two alternate;
best and median of the rounds. Memory: the peak of a process that reads the matrix and scores it, less that of one that only reads it.
`R`: svyratio over svyby-less subsets, the five dimensions and the whole by agency, where Rscript and the package survey are found.
From a file: `sipas analyse --by agency --strata agency` in a process of its own, with its peak memory.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from analysis import Measures, Moments, score_moments
from benchmarks.machine import describe

AGENCIES, SIZES = 500, (4, 5, 6, 3, 4)
MEASURES = Measures.of({f"q{d}_{i}": f"D{d}" for d, size in enumerate(SIZES, start=1) for i in range(1, size + 1)})
R_PROGRAM = """
suppressMessages(library(survey))
data <- read.csv(commandArgs(TRUE)[1])
design <- svydesign(ids = ~1, strata = ~agency, weights = ~1, data = data)
started <- proc.time()[3]
for (d in c(1:5, 0)) {
  items <- grep(if (d) paste0("^q", d, "_") else "^q", names(data))
  design$variables$y <- rowSums(data[items] >= 4, na.rm = TRUE)
  design$variables$x <- rowSums(!is.na(data[items]))
  svyby(~y, ~agency, design, svyratio, denominator = ~x)
}
cat(proc.time()[3] - started)
"""


def respondents(rows: int, seed: int = 2021) -> tuple[np.ndarray, np.ndarray]:
    """Ratings (rows, 22) with correlated answers of one person and 8 % blanks, and agencies of unequal size."""
    rng = np.random.default_rng(seed)
    agency = np.minimum(rng.gamma(2.0, AGENCIES / 5, rows).astype(np.int64), AGENCIES - 1)
    ratings = np.empty((rows, sum(SIZES)), dtype=np.uint8)
    for start in range(0, rows, 100_000):
        part = ratings[start : start + 100_000]
        mood = rng.normal(0, 0.7, (len(part), 1)).astype(np.float32)
        given = np.clip(np.rint(3.9 + mood + rng.normal(0, 0.8, part.shape).astype(np.float32)), 1, 5)
        part[:] = given * (rng.random(part.shape, dtype=np.float32) > 0.08)
    return ratings, agency


def scores(ratings: np.ndarray, agency: np.ndarray) -> int:
    moments = Moments.from_ratings(MEASURES, ratings, groups=agency)
    groups = [[number] for number in range(len(moments.labels))]
    return sum(map(len, score_moments(moments, measures=MEASURES, strata=moments.labels, domains=groups)))


def sums(ratings: np.ndarray) -> np.ndarray:
    return (ratings >= 4).sum(axis=0) / (ratings >= 1).sum(axis=0)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_memory(rows: int, rounds: int) -> None:
    above = memory(rows)  # first: a process hands its peak on to those that it starts
    ratings, agency = respondents(rows)
    found = scores(ratings, agency)
    times = [(seconds(lambda: sums(ratings)), seconds(lambda: scores(ratings, agency))) for _ in range(rounds)]
    floor, ours = zip(*times, strict=True)
    print(f"results    {found} of {AGENCIES} agencies, each with standard error, df, design effect and interval")
    print(f"sums       best {1000 * min(floor):.0f} ms, median {1000 * median(floor):.0f} ms")
    print(f"sipas      best {1000 * min(ours):.0f} ms, median {1000 * median(ours):.0f} ms")
    print(f"           {min(ours) / min(floor):.1f} times the sums at best, {median(b / a for a, b in times):.1f} in the median of pairs")
    print(f"memory     {above:.0f} MB above the matrix and the agencies' numbers ({(ratings.nbytes + agency.nbytes) / 1e6:.0f} MB)")
    beside_r(ratings, agency, min(ours))


def memory(rows: int) -> float:
    """MB that a process which reads the matrix and scores it takes more than one that only reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.npz"
        own_process("--write", path, "--rows", rows)
        return float(own_process("--peak", "scores", "--path", path)) - float(own_process("--peak", "hold", "--path", path))


def own_process(*arguments: object) -> str:
    command = [sys.executable, "-m", "benchmarks.million", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def own_peak(what: str, path: Path) -> None:
    people = np.load(path)
    ratings, agency = people["ratings"], people["agency"]
    if what == "scores":
        scores(ratings, agency)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def beside_r(ratings: np.ndarray, agency: np.ndarray, ours: float) -> None:
    program = shutil.which("Rscript")
    if program is None:
        print("R          Rscript is not on this machine: not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_csv(path, ratings, agency)
        done = subprocess.run([program, "-e", R_PROGRAM, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"R          not measured: {done.stderr.strip().splitlines()[-1]}")
        return
    print(f"R          {float(done.stdout):.0f} s for five dimensions and the whole: {float(done.stdout) / ours:.0f} times sipas")


def write_csv(path: Path, ratings: np.ndarray, agency: np.ndarray) -> None:
    text = np.array(["", "1", "2", "3", "4", "5"], dtype=object)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(("agency", *MEASURES.criteria)) + "\n")
        for start in range(0, len(ratings), 100_000):
            names, given = agency[start : start + 100_000].tolist(), text[ratings[start : start + 100_000]].tolist()
            file.writelines(f"{name},{','.join(cells)}\n" for name, cells in zip(names, given, strict=True))


def write_parquet(path: Path, ratings: np.ndarray, agency: np.ndarray) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {key: pa.array(ratings[:, i], mask=ratings[:, i] == 0) for i, key in enumerate(MEASURES.criteria)}
    parquet.write_table(pa.table({"agency": agency, **columns}), path, row_group_size=500_000)


def write_arrays(path: Path, ratings: np.ndarray, agency: np.ndarray) -> None:
    np.savez(path, ratings=ratings, agency=agency)


WRITERS = {".csv": write_csv, ".parquet": write_parquet, ".npz": write_arrays}


def from_file(rows: int, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, items = Path(folder) / f"people.{kind}", Path(folder) / "items.csv"
        rows_of = [f"{item},{dimension}\n" for item, dimension in zip(MEASURES.criteria, MEASURES.dimension_of, strict=True)]
        items.write_text("item,dimension\n" + "".join(rows_of), encoding="utf-8")
        own_process("--write", path, "--rows", rows)
        print(f"file       {path.name}, {rows} rows, {path.stat().st_size / 1e6:.0f} MB")
        options = ["--items", str(items), "--by", "agency", "--strata", "agency", "--format", "json"]
        command = [sys.executable, "-c", "from survey.cli import main; main()", "analyse", str(path), *options]
        elapsed = seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"sipas      {elapsed:.0f} s, peak memory {used:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7, help="how often sums and scores are timed in turn")
    parser.add_argument("--file", choices=["csv", "parquet"], help="write such a file and analyse it from the command line")
    parser.add_argument("--peak", choices=["hold", "scores"], help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        own_peak(options.peak, options.path)
    elif options.write:
        WRITERS[options.write.suffix](options.write, *respondents(options.rows))
    else:
        report(options)


def report(options: argparse.Namespace) -> None:
    print(f"{describe()}, numpy {np.__version__}\n\n{__doc__.partition('Method, ')[2].strip()}\n")
    if options.file:
        from_file(options.rows, options.file)
    else:
        in_memory(options.rows, options.rounds)


if __name__ == "__main__":
    main()
