"""The best swap found among those who share demand and the least losses is the best of all swaps, tried one by one."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.siting import GroupRule
from planner.siting.covering import descent
from planner.siting.covering.presolve import presolve
from planner.siting.covering.state import cover_of, rules_of, state_of

SITES, ROWS = 90, 120


def core_of(oracle, seed, backup, grouped):
    """Give a core of more open sites than are kept in order, some of which must stay."""
    rng = np.random.default_rng(seed)
    rules = {}
    if grouped:
        parts = np.array_split(rng.permutation(SITES).astype(np.int32), 4)
        rules["group_rules"] = tuple(
            GroupRule(f"g{k}", np.sort(part), 0, 15) for k, part in enumerate(parts)
        )
    problem = oracle.from_dense(
        rng.random((ROWS, SITES)) < 0.06, rng.integers(1, 5, ROWS), p=60, backup=backup,
        fixed_open=rng.random(SITES) < 0.1, **rules,
    )  # fmt: skip
    return presolve(problem).core, rng


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), backup=st.sampled_from([1, 2]), grouped=st.booleans())
def test_no_swap_is_better(oracle, seed, backup, grouped):
    core, rng = core_of(oracle, seed, backup, grouped)
    fixed = np.flatnonzero(core.fixed)
    others = rng.permutation(np.flatnonzero(~core.fixed))
    chosen = np.sort(np.concatenate([fixed, others[: max(0, core.most_sites - len(fixed))]]))
    if not core.allowed(chosen):
        chosen = fixed
    cover, rules = cover_of(core), rules_of(core)
    state = state_of(core, chosen)
    scratch = descent.scratch_for(cover)
    descent.order_lowest(cover, state, scratch)
    now = core.value(chosen)
    for entering in np.flatnonzero(~state.is_open):
        change, leaving = descent.best_partner(cover, rules, state, int(entering), scratch)
        options = {
            int(one): core.value(np.append(chosen[chosen != one], entering)) - now
            for one in [-1, *chosen]
            if not core.fixed[one] or one < 0
            if core.allowed(np.append(chosen[chosen != one], entering))
        }
        if not options:
            assert leaving == -2
            continue
        assert change == pytest.approx(max(options.values()))
        assert options[int(leaving)] == pytest.approx(change)
    assert not scratch.overlap.any()
    assert not scratch.marked.any()


def test_sites_of_least_loss_stand_in_order_and_those_that_must_stay_do_not(oracle):
    core, _rng = core_of(oracle, 5, 1, grouped=False)
    chosen = np.arange(core.sites)
    cover = cover_of(core)
    state = state_of(core, chosen)
    scratch = descent.scratch_for(cover)
    descent.order_lowest(cover, state, scratch)
    free = sorted((state.score[s], s) for s in chosen if not core.fixed[s])
    assert len(free) > descent.LOWEST
    assert scratch.lowest.tolist() == [site for _loss, site in free[: descent.LOWEST]]
    assert scratch.numbers.tolist() == [descent.LOWEST, len(free)]
