"""Counts without pairs, results on disk, frames and periods."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geodata.errors import InputFormatError, InputMissingError, InvalidRowsError, NetworkError
from geodata.travel_time import (
    coverage,
    engine,
    load_times,
    save_times,
    travel_times,
    travel_times_by_period,
)


@pytest.fixture(scope="module")
def town(made):
    """A ring of 40 streets with spokes, and points on it."""
    rng = np.random.default_rng(11)
    streets = [(i, (i + 1) % 40, 100 + i, 100 + i if i % 3 else None) for i in range(40)]
    streets += [(i, 40, 300, 320) for i in range(0, 40, 5)]
    network = made.network(41, streets)
    slower = replace(network.modes["walk"], cost_ds=network.modes["walk"].cost_ds * 2)
    network = replace(network, modes={**network.modes, "walk@am_peak": slower})

    def points(n):
        return made.points(rng.integers(0, len(streets), n), rng.random(n), rng.integers(0, 30, n))

    origins, destinations = points(300), points(90)
    ids = {"from_ids": [f"o{i}" for i in range(300)], "to_ids": [f"d{i}" for i in range(90)]}
    return network, origins, destinations, {**ids, "mode": "walk", "cutoff_min": 1.0}


def test_coverage_is_the_sum_of_pairs(town):
    network, origins, destinations, options = town
    times = travel_times(network, origins, destinations, **options)
    workers = np.arange(300)
    rows = np.repeat(np.arange(300), np.diff(times.indptr))
    asked = {"mode": "walk", "cutoff_min": 1.0}
    per_destination = coverage(network, origins, destinations, **asked, weights=workers)
    assert (
        per_destination.tolist()
        == np.bincount(times.indices, workers[rows], 90).astype(int).tolist()
    )
    assert per_destination.sum() > 0
    per_origin = coverage(network, origins, destinations, **asked, of="origins")
    assert per_origin.tolist() == np.diff(times.indptr).tolist()
    for weights in (workers[:-1], workers + 0.5, -workers, np.full(300, np.nan)):
        with pytest.raises(InvalidRowsError, match="whole numbers"):
            coverage(network, origins, destinations, **asked, weights=weights)


@pytest.mark.parametrize("swap", [False, True])
def test_pairs_beyond_the_memory_budget_go_to_disk(town, swap, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "WINDOW_PAIRS", 500)
    monkeypatch.setattr(engine, "BLOCK", 16)
    network, origins, destinations, options = town
    if swap:
        origins, destinations = destinations, origins
        options = {**options, "from_ids": options["to_ids"], "to_ids": options["from_ids"]}
    whole = travel_times(network, origins, destinations, **options)
    spilled = travel_times(
        network, origins, destinations, **options, memory_mb=0.01, folder=tmp_path / "t"
    )
    assert isinstance(spilled.indices, np.memmap)
    assert not isinstance(whole.indices, np.memmap)
    for times in (spilled, load_times(tmp_path / "t")):
        for name in ("from_ids", "to_ids", "indptr", "indices", "deciseconds"):
            assert np.array_equal(getattr(whole, name), getattr(times, name))
        assert (times.mode, times.cutoff_ds, times.period) == ("walk", 600, "all")


def test_saved_times_come_back_and_torn_ones_do_not(town, tmp_path):
    network, origins, destinations, options = town
    times = travel_times(network, origins, destinations, **options)
    back = load_times(save_times(times, tmp_path / "times"))
    assert back.to_frame().equals(times.to_frame())
    (tmp_path / "times" / "times.json").unlink()
    with pytest.raises(InputFormatError, match="does not hold"):
        load_times(tmp_path / "times")
    with pytest.raises(InputMissingError):
        load_times(tmp_path / "nowhere")


def test_frame_has_a_row_for_each_pair(town):
    network, origins, destinations, options = town
    times = travel_times(network, origins, destinations, **options)
    frame = times.to_frame()
    assert list(frame.columns) == ["from_id", "to_id", "travel_time_min"]
    assert len(frame) == times.n_pairs > 0
    assert frame["travel_time_min"].max() <= 1.0


def test_periods_have_their_own_times(town, tmp_path):
    network, origins, destinations, options = town
    by_period = travel_times_by_period(
        network, origins, destinations, periods=["all", "am_peak"], folder=tmp_path, **options
    )
    assert list(by_period) == ["all", "am_peak"]
    assert by_period["am_peak"].period == "am_peak"
    assert by_period["am_peak"].n_pairs < by_period["all"].n_pairs
    with pytest.raises(NetworkError, match="walk@night"):
        travel_times(network, origins, destinations, **options, period="night")
