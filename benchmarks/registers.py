"""Registers at the size of a city: ``make bench-registers BENCH_ARGS="--quick --json"``.

Every module ``_registers_<case>.py`` beside this file is a case: a function ``run(quick, peers)`` that returns plain
values. Each runs in a process of its own; wall and CPU seconds and the peak of memory are added here.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PREFIX = "_registers_"


def cases() -> list[str]:
    return sorted(path.stem.removeprefix(PREFIX) for path in HERE.glob(f"{PREFIX}*.py"))


def measured(name: str, quick: bool, peers: str | None) -> dict[str, object]:
    """Run one case in this process."""
    sys.path.insert(0, str(HERE))
    run = importlib.import_module(PREFIX + name).run
    start, cpu = time.perf_counter(), time.process_time()
    values = run(quick=quick, peers=peers)
    return {
        **values,
        "case_wall_s": round(time.perf_counter() - start, 2),
        "case_cpu_s": round(time.process_time() - cpu, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def in_its_own_process(name: str, options: argparse.Namespace) -> dict[str, object]:
    command = [sys.executable, __file__, "--case", name]
    command += ["--quick"] if options.quick else []
    command += ["--peers-python", options.peers_python] if options.peers_python else []
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return {"failed": done.returncode}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats; the same sizes")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--only", nargs="*", choices=cases(), help="these cases alone")
    parser.add_argument("--case", choices=cases(), help=argparse.SUPPRESS)
    parser.add_argument("--peers-python", help="Python that has the peers installed")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measured(options.case, options.quick, options.peers_python)))
        return 0
    results = {}
    for name in options.only or cases():
        print(f"{name} ...", file=sys.stderr, flush=True)
        results[name] = in_its_own_process(name, options)
        if not options.json:
            print(name, json.dumps(results[name], ensure_ascii=False, indent=2))
    if options.json:
        print(json.dumps(results, ensure_ascii=False))
    return 1 if any("failed" in result for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
