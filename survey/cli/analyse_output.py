"""How `sipas analyse` prints its rows: as JSON, as one CSV table, or as blocks of lines to read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

Row = dict[str, Any]
WHOLE = "The whole"
#: Columns of the CSV that hold values of the columns of --by: of the group, and of the other group of a pair.
_NAMED = ("by", "other")
_LEFT = frozenset(
    {
        "level",
        "key",
        "rule",
        "kind",
        "group",
        "waves",
        "verdict",
        "in the funnel",
        "cannot be told from",
        "remark",
        "among best",
        "among worst",
    }
)


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """One column by_<name> for each column of --by; empty where there is no value. Rows of several kinds share one table."""
    names = list(dict.fromkeys(name for row in rows for name in row if name not in (*_NAMED, "kind")))
    named = [(field, name) for field in _NAMED for name in dict.fromkeys(name for row in rows for name in row.get(field, ()))]
    kind = ["kind"] if rows and "kind" in rows[0] else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*kind, *(f"{field}_{name}" for field, name in named), *names])
    for row in rows:
        values = [row.get(field, {}).get(name) for field, name in named]
        writer.writerow([*(row[name] for name in kind), *values, *(_cell(row.get(name)) for name in names)])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(value)
    return str(value).lower() if isinstance(value, bool) else value


def as_table(rows: Sequence[Row]) -> str:
    """A block of lines for each group, then for each measure that is compared. Numbers are rounded half up, once, here."""
    of_kind: dict[str, list[Row]] = {}
    for row in rows:
        of_kind.setdefault(row.get("kind", "estimate"), []).append(row)
    lines = _estimates(of_kind.get("estimate", []))
    if "comparison" in of_kind:
        lines += _comparisons(of_kind["comparison"], of_kind["funnel"], of_kind["shrunken"])
    if "rank" in of_kind:
        lines += _ranks(of_kind["rank"])
    if "change" in of_kind:
        lines += _waves(of_kind["change"], of_kind["trend"])
    return "\n".join(lines)


def _estimates(rows: Iterable[Row]) -> list[str]:
    lines: list[str] = []
    for by, group in groupby(rows, key=lambda row: row["by"]):
        lines += [_title(by), *_block([_estimate(row) for row in group]), ""]
    return lines


def _estimate(row: Row) -> dict[str, str]:
    counts = {"people": str(row["respondents"]), "answers": str(row["answers"]), "units": str(row["units"])}
    return _measure(row) | {"index %": _percent(row["index"]), "interval %": _interval(row)} | counts | {"remark": _remark(row)}


def _comparisons(comparisons: list[Row], funnel: list[Row], shrunken: list[Row]) -> list[str]:
    lines: list[str] = []
    beside = zip(comparisons, funnel, shrunken, strict=True)
    for (level, key, rule), rows in groupby(beside, key=lambda three: _of_measure(three[0])):
        block = list(rows)
        whole = block[0][0]["whole"]
        lines += [
            f"Compared with the whole ({_percent(whole)} %): {level} {key}, {rule}",
            *_block([_comparison(*row) for row in block]),
            "",
        ]
    return [
        *lines,
        "above, below: the adjusted p (Benjamini-Hochberg) is small, and the interval of the difference (in points) leaves out 0.",
        "Under 10 people nothing is compared, under 30 nothing is placed in the funnel. The shrunken index stands beside, never instead.",
        "",
    ]


def _comparison(row: Row, funnel: Row, shrunken: Row) -> dict[str, str]:
    like = row["cannot_be_told_from"]
    return {
        "group": _group(row["by"]),
        "people": str(row["respondents"]),
        "index %": _percent(row["index"]),
        "difference": _points(row["difference"]),
        "interval": _interval_of_points(row),
        "adjusted p": _p(row["p_bh"]),
        "verdict": _verdict(row["verdict"]),
        "in the funnel": _position(funnel["position"]),
        "shrunken %": _percent(shrunken["shrunken"]),
        "cannot be told from": "-" if like is None else ", ".join(like) or "nobody",
        "remark": _remark(row) or ("too few groups to shrink" if shrunken["why"] == "too_few_groups" else ""),
    }


def _ranks(rows: list[Row]) -> list[str]:
    lines: list[str] = []
    for (level, key, rule), group in groupby(rows, key=_of_measure):
        block = sorted(group, key=lambda row: row["rank"] or len(rows) + 1)
        lines += [f"Ranks: {level} {key}, {rule}", *_block([_rank(row) for row in block]), ""]
    level, best = _number(100 * rows[0]["confidence_level"]), rows[0]["best"]
    return [
        *lines,
        f"Rank 1 is the highest. A set holds the true rank in {level} % of samples: alone for one group, together for all groups at once.",
        f"among best, worst: of {best}, by the sets together. Only groups of at least 30 people are ranked; the file shows the others too.",
        f"Made with {rows[0]['draws']} draws, seed {rows[0]['seed']}.",
        "",
    ]


def _rank(row: Row) -> dict[str, str]:
    return {
        "group": _group(row["by"]),
        "people": str(row["respondents"]),
        "index %": _percent(row["index"]),
        "rank": str(row["rank"] or "-"),
        "alone": _ranks_from_to(row["rank_low"], row["rank_high"]),
        "together": _ranks_from_to(row["simultaneous_low"], row["simultaneous_high"]),
        "among best": _perhaps(row["among_best"]),
        "among worst": _perhaps(row["among_worst"]),
        "remark": _remark(row),
    }


def _waves(changes: list[Row], trends: list[Row]) -> list[str]:
    lines: list[str] = []
    rows = [*changes, *(row for row in trends if row["slope"] is not None)]
    for by in dict.fromkeys(_title(row["by"]) for row in changes):
        lines += [f"{by}, over the waves", *_block([_change(row) for row in rows if _title(row["by"]) == by]), ""]
    unit = trends[0]["unit"]
    return [
        *lines,
        f"change: from one wave to the next, in points. trend: points a {unit}, over all waves between two breaks of method.",
        "up, down: the interval leaves out 0. Under 10 people in a wave nothing is compared.",
        "",
    ]


def _change(row: Row) -> dict[str, str]:
    moved = row["difference"] if row["kind"] == "change" else row["slope"]
    indices = {"from %": _percent(row.get("from_index")), "to %": _percent(row.get("to_index"))}
    waves = {"kind": row["kind"], "waves": f"{row['from_wave']} - {row['to_wave']}"}
    found = {"points": _points(moved), "interval": _interval_of_points(row), "p": _p(row["p_value"]), "verdict": _verdict(row["verdict"])}
    return _measure(row) | waves | indices | found | {"remark": _remark(row)}


def _block(rows: Sequence[dict[str, str]]) -> list[str]:
    """A header and a line for each row; words to the left, numbers to the right."""
    header = list(rows[0])
    cells = [header, *(list(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  " + "  ".join(_padded(line, header, widths)).rstrip() for line in cells]


def _padded(line: Sequence[str], header: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    return (cell.ljust(w) if name in _LEFT else cell.rjust(w) for cell, name, w in zip(line, header, widths, strict=True))


def _of_measure(row: Row) -> tuple[str, str, str]:
    return row["level"], row["key"], row["rule"]


def _measure(row: Row) -> dict[str, str]:
    return dict(zip(("level", "key", "rule"), _of_measure(row), strict=True))


def _title(by: dict[str, str]) -> str:
    return ", ".join(f"{name} = {value or '(empty)'}" for name, value in by.items()) or WHOLE


def _group(by: dict[str, str]) -> str:
    return ", ".join(value or "(empty)" for value in by.values())


def _remark(row: Row) -> str:
    return (row["why"] or "").replace("_", " ")


def _verdict(verdict: str | None) -> str:
    return {None: "-", "unclear": "cannot be told"}.get(verdict, str(verdict))


def _position(position: str | None) -> str:
    return (position or "-").replace("_95", " 95 %").replace("_998", " 99.8 %")


def _perhaps(among: bool | None) -> str:
    return "-" if among is None else "perhaps" if among else "no"


def _interval(row: Row) -> str:
    return "-" if row["ci_low"] is None else f"{_percent(row['ci_low'])} - {_percent(row['ci_high'])}"


def _interval_of_points(row: Row) -> str:
    return "-" if row["ci_low"] is None else f"{_points(row['ci_low'])} to {_points(row['ci_high'])}"


def _ranks_from_to(low: int | None, high: int | None) -> str:
    return "-" if low is None else f"{low} - {high}"


def _percent(share: float | None) -> str:
    from analysis import percent_half_up

    return "-" if share is None else str(percent_half_up(share))


def _points(difference: float | None) -> str:
    """A change in percentage points, always with its sign."""
    from analysis import percent_half_up

    if difference is None:
        return "-"
    points = percent_half_up(difference)
    return f"{points:+}" if points else "0.00"


def _p(p_value: float | None) -> str:
    from analysis import half_up

    if p_value is None:
        return "-"
    return "< 0.0001" if p_value < 0.0001 else str(half_up(p_value, decimals=4))


def _number(value: float) -> str:
    return f"{value:.4g}"
