"""A street_town's workbook: 20,000 rows of .xlsx with a title and totals, read and checked; openpyxl reads the same cells."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from _made_register import write_xlsx

COUNT = 20_000


def run(*, quick: bool, peers: str | None) -> dict[str, object]:
    del peers
    import openpyxl

    from geodata.sources import read_register

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "register.xlsx"
        write_xlsx(path, 200)
        read_register(path)  # imports and tables are loaded once per process
        write_xlsx(path, COUNT)
        times = []
        for _repeat in range(1 if quick else 3):
            start, cpu = time.perf_counter(), time.process_time()
            read = read_register(path)
            times.append((time.perf_counter() - start, time.process_time() - cpu))
        start = time.perf_counter()
        book = openpyxl.load_workbook(path, read_only=True)
        cells = sum(1 for row in book.active.iter_rows(values_only=True) for _cell in row)
        openpyxl_s = time.perf_counter() - start
        wall, cpu = min(times)
        return {
            "rows_in": read.record.rows_in,
            "kept": read.record.kept,
            "adds_up": read.record.adds_up,
            "read_and_checked_s": round(wall, 2),
            "read_and_checked_cpu_s": round(cpu, 2),
            "openpyxl_cells_alone_s": round(openpyxl_s, 2),
            "cells": cells,
            "target_s": 2,
        }
