"""How long a whole province takes from its workbook to the database: 150 agencies and 400 desks, read, checked and stored.

Run: ``python -m benchmarks.import_province``. A fresh SQLite file; the workbook is made before the clock runs.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy.orm import Session

from survey.database import make_engine, upgrade
from survey.reports.agency_workbook import agency_workbook
from survey.services.import_agencies import import_tables
from survey.services.plan_agency_import import plan_import
from survey.services.read_agency_file import AGENCIES, DESKS, read_agency_files

FIRST = date(2025, 7, 1)


def main() -> None:
    agencies = [("tinh", "province", None, "Tỉnh Tuyên Quang", "Tuyên Quang Province", FIRST, None)]
    agencies += [(f"xa-{n}", "commune", "tinh", f"UBND xã {n}", f"Commune {n}", FIRST, None) for n in range(149)]
    desks = [(f"xa-{n % 149}", f"Quầy {n}", f"Desk {n}", None) for n in range(400)]
    content = agency_workbook({AGENCIES: agencies, DESKS: desks})
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'sipas.sqlite3'}"
        upgrade(url)
        with Session(make_engine(url)) as session:
            begun = perf_counter()
            tables = read_agency_files([("tinh.xlsx", content)])
            read = perf_counter()
            plan_import(session, tables)
            planned = perf_counter()
            import_tables(session, tables, today=FIRST)
            stored = perf_counter()
    print(
        f"workbook of {len(content) / 1024:.0f} kB: read {read - begun:.2f}, preview {planned - read:.2f}, store {stored - planned:.2f} s"
    )


if __name__ == "__main__":
    main()
