"""The whole line at the size of a city: seconds, CPU seconds and memory of every stage, and of what comes before and after.

    make bench-city BENCH_ARGS="--json"
    make bench-city BENCH_ARGS="--size boroughs --cluster"

Writes the sample, plans it with an empty store, plans it again (every stage kept), and exports it. With ``--cluster`` the
line also runs over a Dask scheduler on loopback with one and with two workers of one thread each. The last line on stdout
is one JSON object.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path


def timed(words, folder):
    """Run `planner` and return wall seconds, CPU seconds, the peak of any child so far in MB, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "planner", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "peak_mb": round(after.ru_maxrss / 1000),
    }, done.stdout


def started(stack, *words):
    """Start a process that is ended, by its id, with the stack."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = stack.enter_context(subprocess.Popen([sys.executable, "-m", *words], **quiet))
    stack.callback(process.terminate)
    return process


def over_a_cluster(folder, workers):
    """Run the line over so many workers and return the stages that share their work."""
    with ExitStack() as stack:
        file = folder / f"scheduler-{workers}.json"
        here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
        started(stack, "distributed.cli.dask_scheduler", "--port", "0", *here)
        while not file.is_file():
            time.sleep(0.1)
        for _ in range(workers):
            started(stack, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *here)
        from distributed import Client

        with Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(workers, timeout=60)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        words = ["run", "city/scenario.toml", "--store", f"cluster-{workers}", "--json"]
        took, out = timed([*words, "--cluster", address], folder)
    said = json.loads(out)
    stages = {
        name: stage["seconds"]
        for name, stage in said["stages"].items()
        if name == "districts" or name.startswith("tier_")
    }
    return took | {"plan_id": said["plan_id"], "stages_s": stages}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print only the last line")
    parser.add_argument("--size", default="city")
    parser.add_argument("--cluster", action="store_true")
    given = parser.parse_args()
    out = {"size": given.size}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out["sample"], _ = timed(["sample", "city", "--size", given.size], folder)
        words = ["run", "city/scenario.toml", "--store", "plans", "--json"]
        out["run"], printed = timed(words, folder)
        said = json.loads(printed)
        out["plan_id"], out["stages"] = said["plan_id"], said["stages"]
        out["gap_share"] = {tier: round(s["gap_share"], 4) for tier, s in said["tiers"].items()}
        out["again"], _ = timed(words, folder)
        out["export"], _ = timed(
            ["export", said["plan_id"], "--store", "plans", "--to", "out"], folder
        )
        page = folder / "out" / "map"
        out["map_mb"] = round(
            sum(f.stat().st_size for f in page.rglob("*") if f.is_file()) / 1e6, 1
        )
        if given.cluster:
            out["cluster"] = {str(n): over_a_cluster(folder, n) for n in (1, 2)}
    if not given.json:
        for key, value in out.items():
            print(f"{key:>12}  {value}", file=sys.stderr)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
