"""Gains, losses, counts and totals kept move by move equal those computed from scratch."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.siting.covering.presolve import presolve
from planner.siting.covering.state import (
    close_site,
    cover_of,
    open_site,
    rules_of,
    shared_score,
    state_of,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), backup=st.sampled_from([1, 2, 3]))
def test_incremental_equals_recomputed(oracle, seed, backup):
    rng = np.random.default_rng(seed)
    problem = oracle.from_dense(
        rng.random((12, 8)) < 0.5, rng.integers(1, 9, 12), p=8, backup=backup,
        costs=rng.integers(1, 5, 8).astype(float), budget=100.0,
    )  # fmt: skip
    core = presolve(problem).core
    cover, rules = cover_of(core), rules_of(core)
    state = state_of(core, np.zeros(0, dtype=np.int64))
    for _move in range(20):
        site = int(rng.integers(core.sites))
        (close_site if state.is_open[site] else open_site)(cover, rules, state, site)
        fresh = state_of(core, np.flatnonzero(state.is_open))
        assert (state.is_open == fresh.is_open).all()
        assert (state.counts == fresh.counts).all()
        assert (state.reaching == fresh.reaching).all()
        if backup == 1:
            assert (state.sole == fresh.sole).all()
        np.testing.assert_allclose(state.score, fresh.score)
        np.testing.assert_allclose(state.totals, fresh.totals)
        assert state.value[0] == pytest.approx(fresh.value[0])
        _check_one_swap(core, state, rng)


def _check_one_swap(core, state, rng):
    opened, closed = np.flatnonzero(state.is_open), np.flatnonzero(~state.is_open)
    if not len(opened) or not len(closed):
        return
    leaving, entering = int(rng.choice(opened)), int(rng.choice(closed))
    change = state.score[entering] - state.score[leaving]
    change += shared_score(cover_of(core), state, entering, leaving)
    swapped = np.append(opened[opened != leaving], entering)
    assert core.value(swapped) - core.value(opened) == pytest.approx(change)
