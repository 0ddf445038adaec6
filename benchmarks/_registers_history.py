"""Half a million rows added to a register store twice, and what changed in between."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from _made_register import HEADERS, rows, write_csv

ROWS = 500_000


def run(*, quick: bool, peers: str | None) -> dict[str, object]:
    """Call the commands as people do; each process's peak of memory is its own."""
    del peers, quick
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second = folder / "a.csv", folder / "b.csv"
        write_csv(first, ROWS)
        table = pd.DataFrame(rows(ROWS), columns=list(HEADERS))
        # A twentieth closes, every tenth has forty workers, every fiftieth changes its name.
        later = table[table.index % 20 != 7].copy()
        later.loc[later.index % 10 == 3, "职工人数"] = 40
        later.loc[later.index % 50 == 9, "企业名称"] += "新"
        later.to_csv(second, index=False, encoding="utf-8")
        store = folder / "store"
        values: dict[str, object] = {}
        for year, file in ((2025, first), (2026, second)):
            day = f"{year}-12-31"
            used, said = call("register", "add", file, "--as-of", day, "--store", store, "--json")
            counts = {key: said[key] for key in ("rows_in", "kept", "rejected", "ignored")}
            values[f"add_{year}"] = used | counts
        used, said = call("register", "changes", "2025", "2026", "--store", store, "--json")
        return {**values, "changes": used | said["counts"]}


def call(*words: object) -> tuple[dict[str, object], dict[str, object]]:
    """Run one command; return wall and CPU seconds with its peak in MB, and what it printed."""
    code = (
        "import resource, sys; from planner.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, file=sys.stderr)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], check=True, capture_output=True, text=True
    )
    cpu, peak = done.stderr.split()[-2:]
    measured = {
        "s": round(time.perf_counter() - start, 2),
        "cpu_s": round(float(cpu), 2),
        "peak_mb": int(peak),
    }
    return measured, json.loads(done.stdout.splitlines()[-1])
