"""The whole line: seconds and memory of the demo borough and of Porto, the size of the map, the start of the command.

    make bench-line BENCH_ARGS="--json"

Kernels are compiled before anything is timed (``planner compile`` does that at installation), and what compiling took is
shown apart. The last line on stdout is one JSON object.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORTO = Path(__file__).resolve().parents[2] / "shared" / "data" / "roads" / "porto_portugal.osm.pbf"


def timed(arguments, folder):
    """Run `planner` and return wall seconds, CPU seconds and what it printed."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "planner", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(wall, 2), round(cpu, 2), done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print only the last line")
    arguments = parser.parse_args()
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        out["compile_s"], out["compile_cpu_s"], _ = timed(["compile"], where)
        out["help_s"] = min(timed(["--help"], where)[0] for _ in range(5))
        out["demo_s"], out["demo_cpu_s"], _ = timed(["demo", "--dir", "demo"], where)
        page = where / "demo" / "output" / "map"
        out["map_html_kb"] = round((page / "index.html").stat().st_size / 1000, 1)
        out["map_data_kb"] = round((page / "data.js").stat().st_size / 1000, 1)
        if PORTO.is_file():
            _, _, _ = timed(
                ["sample", "porto", "--roads", str(PORTO), "--enterprises", "20000"], where
            )
            out["porto_s"], out["porto_cpu_s"], printed = timed(
                ["run", "porto/scenario.toml", "--store", "plans", "--json"], where
            )
            said = json.loads(printed)
            out["porto_peak_mb"] = max(stage["peak_mb"] for stage in said["stages"].values())
            out["porto_stages_s"] = {
                name: stage["seconds"] for name, stage in said["stages"].items()
            }
            out["porto_gap_share"] = {
                name: round(tier["gap_share"], 5) for name, tier in said["tiers"].items()
            }
    if not arguments.json:
        for name, value in out.items():
            print(f"{name:>18}  {value}", file=sys.stderr)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
