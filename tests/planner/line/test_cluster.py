"""The line over a real Dask scheduler on loopback: the same plan, also when a worker is killed half-way."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

from geodata.travel_time import TravelTimes
from planner.pipeline.workers import side_by_side

pytest.importorskip("distributed")


@contextmanager
def process(*words, **more):
    """Run a command with quiet output and end it, and it alone, afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        stdout=subprocess.DEVNULL,
        stderr=more.pop("stderr", subprocess.DEVNULL),
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        **more,
    ) as started:
        try:
            yield started
        finally:
            if started.poll() is None:
                started.terminate()
                started.wait(30)


@contextmanager
def cluster(folder):
    """Give a scheduler's address and its two workers, each one thread in a process of its own."""
    file = folder / "scheduler.json"
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with process("distributed.cli.dask_scheduler", *words):
        deadline = time.monotonic() + 60
        while not file.is_file():
            assert time.monotonic() < deadline, "the scheduler does not start"
            time.sleep(0.1)
        own = ["--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(folder)]
        own += ["--scheduler-file", str(file), "--host", "127.0.0.1"]
        with (
            process("distributed.cli.dask_worker", *own) as first,
            process("distributed.cli.dask_worker", *own) as second,
        ):
            wait = (
                "import sys; from distributed import Client\n"
                "with Client(scheduler_file=sys.argv[1]) as c: c.wait_for_workers(2, timeout=60)"
            )
            subprocess.run([sys.executable, "-c", wait, str(file)], check=True)
            yield json.loads(file.read_text(encoding="utf-8"))["address"], (first, second)


def begun(store, like):
    """Give a store that keeps what a run found before its work is handed out."""
    for part in ("stages", "networks"):
        shutil.copytree(like / part, store / part)
    for path in (store / "stages").iterdir():
        if path.name.startswith(("districts-", "tier_")):
            path.unlink()
    return str(store)


def test_same_plan_on_two_workers_and_when_one_is_killed(town, town_run, tmp_path):
    with cluster(tmp_path) as (address, (first, _second)):
        for kill in (False, True):
            words = ["--lang", "en", "run", str(town / "scenario.toml"), "--cluster", address]
            words += ["--store", begun(tmp_path / f"plans-{kill}", town_run[1]), "--json"]
            with subprocess.Popen(
                [sys.executable, "-m", "planner", *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as planner:
                said = []
                for line in planner.stderr:
                    said.append(line)
                    if kill and "adjoin" in line:  # street_towns are handed out next
                        first.kill()
                out = planner.stdout.read()
            assert planner.returncode == 0, "".join(said)
            said = json.loads(out)
            assert said["plan_id"] == town_run[0].plan.plan_id
            again = {name for name, stage in said["stages"].items() if not stage.get("kept")}
            assert {"districts", "tier_fitness_spot", "verify"} <= again
        assert first.poll() is not None


def test_an_address_without_a_scheduler_is_refused(town, tmp_path, monkeypatch):
    from planner.errors import ConfigurationError
    from planner.pipeline import cluster as module

    monkeypatch.setattr(module, "CONNECT_S", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense://x", ""):
        with pytest.raises(ConfigurationError, match="no scheduler"), module.connected(address):
            pass


def test_columns_laid_side_by_side_are_the_whole():
    rng = np.random.default_rng(4)
    dense = rng.integers(0, 50, (30, 40)) * (rng.random((30, 40)) < 0.3)
    reached = rng.random((30, 40)) < 0.4  # a time of nought is a time

    def of(columns):
        rows, at = np.nonzero(reached[:, columns])
        counts = np.concatenate(([0], np.cumsum(reached[:, columns].sum(axis=1))))
        ids = np.array([f"c{c:02d}" for c in columns])
        times = dense[:, columns][rows, at].astype(np.uint16)
        names = np.array([f"r{r:02d}" for r in range(30)])
        return TravelTimes(names, ids, counts, at.astype(np.int32), times, "walk", 900)

    whole = of(np.arange(40))
    joined = side_by_side(
        [of(np.arange(0, 7)), of(np.arange(7, 8)), of(np.arange(8, 40))], whole.to_ids
    )
    for name in ("indptr", "indices", "deciseconds"):
        assert np.array_equal(getattr(joined, name), getattr(whole, name))
        assert getattr(joined, name).dtype == getattr(whole, name).dtype
