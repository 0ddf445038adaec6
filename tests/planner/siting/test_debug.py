"""The debug switch sees a wrong gain, loss, count, load or value after the very move that made it wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from planner.siting.median.check_room_kernels import compare_room
from planner.siting.median.room_kernels import Given, assign
from tests.planner.siting.planted import RoomSearch, greedy_sites, location


def test_every_planted_fault_is_seen_and_sound_searches_pass():
    """Kernels are exchanged one at a time, which only works where they run uncompiled: in a process apart."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("planted.py"))],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said.pop("") == ""
    assert said == {
        "load not taken back": "debug: the load of a site is not what was kept",
        "demand at closed sites": "debug: a demand is kept at a closed site",
        "overload of a move": "debug: a move does not change the overload by its step",
        "cost of a move": "debug: a move does not change the cost by its step",
        "loss": "debug: a loss is not what was kept",
        "gain of a swap": "debug: a move does not gain what it was chosen for",
        "shared demand of a swap": "debug: a move does not change the value by what was reckoned",
        "counts of a cover": "debug: cover counts are not what was kept",
        "scores of a weighting": "debug: a gain or loss is not what was kept",
    }


def test_the_compiled_comparison_sees_a_load_that_is_not_the_pairs():
    tight = location(capacity=np.full(9, 90.0))
    search = RoomSearch(tight, seed=1)
    chosen = greedy_sites(tight)
    given = Given(np.full(24, -1, dtype=np.int64), np.zeros(9))
    assign(search.swaps.pairs, search.room, chosen, given, 0.5, True)
    compare_room(search.swaps.pairs, search.room, chosen, given)
    given.used[np.flatnonzero(chosen)[0]] += 0.25
    with pytest.raises(AssertionError, match="the load of a site"):
        compare_room(search.swaps.pairs, search.room, chosen, given)
