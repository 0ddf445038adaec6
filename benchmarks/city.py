"""The whole line at the size of a city: seconds, CPU seconds and memory of every stage, and of what comes before and after.

    make bench-city BENCH_ARGS="--json"
    make bench-city BENCH_ARGS="--size boroughs --cluster"

Writes the sample, plans it with an empty store, plans it again (every stage kept), and exports it. With ``--cluster`` it
is planned in one thread, and the stages of which workers take a part (districts, tiers, the proof) are then done again
over a Dask scheduler on loopback with two workers of one thread each; the other stages are kept. The last line on stdout
is one JSON object.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

TASKS_MOST = 100_000


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


def is_shared(stage):
    """Say whether a stage hands work out."""
    return stage in {"districts", "verify"} or stage.startswith("tier_")


def shared_of(stages):
    """Return the seconds of the stages that hand work out, and of all of them together."""
    seconds = {name: s["seconds"] for name, s in stages.items() if is_shared(name)}
    return {"shared_s": round(sum(seconds.values()), 1), "stages_s": seconds}


def shared_stages(folder, store, *words):
    """Run the line in a store that keeps the first run's other stages; return what the shared ones took."""
    for part in ("stages", "networks"):
        shutil.copytree(folder / "plans" / part, folder / store / part)
    for path in (folder / store / "stages").iterdir():
        if is_shared(path.name.rsplit("-", 1)[0]):
            path.unlink()
    took, out = timed(["run", "city/scenario.toml", "--store", store, "--json", *words], folder)
    said = json.loads(out)
    return took | {"plan_id": said["plan_id"]} | shared_of(said["stages"])


def over_a_cluster(folder, workers):
    """Do the shared stages over so many workers."""
    with ExitStack() as stack:
        file = folder / f"scheduler-{workers}.json"
        here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
        started(stack, "distributed.cli.dask_scheduler", "--port", "0", *here)
        while not file.is_file():
            time.sleep(0.1)
        for _ in range(workers):
            started(stack, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *here)
        from distributed import Client

        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        with Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(workers, timeout=60)
            client.get_task_stream(
                count=1
            )  # the scheduler keeps the record from the first question on
            took = shared_stages(folder, f"cluster-{workers}", "--cluster", address)
            return took | handed_out(client.get_task_stream(count=TASKS_MOST))


def handed_out(record):
    """Return what workers computed: tasks, their seconds, and how long any of them was at it."""
    spans = sorted(
        (part["start"], part["stop"])
        for task in record
        for part in task["startstops"]
        if part["action"] == "compute"
    )
    under_way, until = 0.0, 0.0
    for start, stop in spans:
        under_way += max(0.0, stop - max(start, until))
        until = max(until, stop)
    worked = sum(stop - start for start, stop in spans)
    return {
        "tasks": len(spans), "tasks_s": round(worked, 1), "tasks_under_way_s": round(under_way, 1)
    }  # fmt: skip


def scaling(folder, first):
    """Compare one thread with a cluster of two workers; the plan must be the same."""
    alone = shared_of(first["stages"])
    workers = over_a_cluster(folder, 2)
    if workers["plan_id"] != first["plan_id"]:
        sys.exit(f"the plan depends on who made it: {first['plan_id']}, {workers}")
    times = round(alone["shared_s"] / workers["shared_s"], 2)
    return {"one_thread": alone, "workers_2": workers, "same_plan_id": True, "times_faster": times}


def again_and_out(folder, plan_id, words):
    """Plan once more from kept stages, and export."""
    out = {"again": timed(words, folder)[0]}
    out["export"], _ = timed(["export", plan_id, "--store", "plans", "--to", "out"], folder)
    page = folder / "out" / "map"
    sizes = (f.stat().st_size for f in page.rglob("*") if f.is_file())
    return out | {"map_mb": round(sum(sizes) / 1e6, 1)}


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
        alone = ["--jobs", "1"] if given.cluster else []
        out["run"], printed = timed([*words, *alone], folder)
        said = json.loads(printed)
        out["plan_id"], out["stages"] = said["plan_id"], said["stages"]
        out["gap_share"] = {tier: round(s["gap_share"], 4) for tier, s in said["tiers"].items()}
        if given.cluster:
            out["scaling"] = scaling(folder, said)
        else:
            out |= again_and_out(folder, said["plan_id"], words)
    if not given.json:
        for key, value in out.items():
            print(f"{key:>12}  {value}", file=sys.stderr)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
