"""Set covering and its partial form: a first cover, ever cheaper targets for the swap search, and a bound from prices."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.bound import Prices
from planner.siting.covering.construct import construct
from planner.siting.covering.greedy import greedy
from planner.siting.covering.maximal import (
    CHUNK,
    HEATS,
    SMALL_PAIRS,
    Search,
    best_of,
    finish,
    fix,
    tighten,
)
from planner.siting.covering.run import Run
from planner.siting.covering.setcover import cover_all
from planner.siting.covering.state import cover_of, rules_of, state_of
from planner.siting.covering.weighting import reweigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core

STEPS = 50_000
"""Exchanges of the row-weighting search that make one unit of work."""
EXACT_NODES = 20_000


def minimise(run: Run) -> bool:
    """Run the phases of set covering until the stopping rule is met or the answer proved.

    Parameters
    ----------
    run
        Books of the run, with any start already offered.

    Returns
    -------
    bool
        False when no set of sites meets the rules (proved).
    """
    core = run.core
    _first(run)
    if run.best is not None and _plain(core):
        _reweigh(run, 8)
    prices = _prices(run) if run.best is not None and core.rows else None
    if prices is not None:
        run.lower_bound(prices.limit)
    if len(core.indices) <= SMALL_PAIRS or run.best is None:
        nothing = np.zeros(core.sites, dtype=np.bool_)
        # Without any answer the programme must run its course: only it can tell that there is none.
        finish(run, nothing, core.fixed, nodes=EXACT_NODES if run.best is not None else None)
        if run.best is None:
            # The clock may have come before the proof.
            return run.bound > -math.inf
    if run.over() or not core.rows:
        return True
    prices = prices or _prices(run)
    run.lower_bound(prices.limit)
    tried = core.sites + 1
    attempts = 0
    while not run.over():
        if _plain(core):
            _reweigh(run, 32)
        else:
            attempts = 0 if _cheaper(run, attempts) else attempts + 1
        if run.over():
            break
        if core.full:
            tighten(run, prices, 100)
        else:
            _tighten_partial(run, prices, 100)
        if not run.over() and core.full:
            tried = fix(run, prices, tried)
    return True


def _first(run: Run) -> None:
    """Offer first covers: lazy greedy, and OR-Tools where all demand is to be covered and no rule interferes."""
    core = run.core
    coverage = coverage_of(core)
    cost = -core.profit
    state = state_of(coverage, np.flatnonzero(core.fixed))
    rate = np.maximum(cost, 1e-3 * max(1e-9, float(np.abs(cost).max(initial=0.0))))
    cover, rules = cover_of(coverage), rules_of(coverage)
    goal = _goal(core)
    greedy(cover, rules, state, rate, math.inf, only_short=True)
    greedy(cover, rules, state, rate, goal, only_short=False)
    run.offer(prune(core, np.flatnonzero(state.is_open)))
    if _plain(core):
        run.offer(prune(core, cover_all(core, np.maximum(cost, 0.0))))
    if run.best is None:
        chosen = construct(coverage, seconds=run.stop.seconds_left(run.progress))
        if chosen is not None:
            run.offer(prune(core, chosen))


def _plain(core: Core) -> bool:
    """Say whether this is set covering in its textbook form: every row once, no rule on the sites."""
    free = core.least_sites == 0 and core.most_sites == core.sites
    ruled = len(core.side.low) or len(core.conflict_sites)
    return core.full and core.backup == 1 and free and not ruled and core.rows > 0


def _reweigh(run: Run, units: int) -> None:
    """Search by row weights for a number of work units (`STEPS` exchanges each) and offer the best cover."""
    core = run.core
    cost = np.maximum(-core.profit, 1e-9)
    heavy = np.ones(core.rows)
    source = np.array([run.seed * 2 + 1 + run.work], dtype=np.uint64)
    buffer = np.empty(core.sites, dtype=np.int32)
    cover = cover_of(core)
    for _unit in range(units):
        size = reweigh(
            cover, cost, best_of(run).astype(np.int64), heavy, source, STEPS, buffer, core.debug
        )
        run.work += 1
        if size:
            run.offer(prune(core, np.sort(buffer[:size]).astype(np.int64)))
        if run.over():
            return


def coverage_of(core: Core) -> Core:
    """Return the core that maximises the satisfied weight (rows counted alike where all must be satisfied)."""
    weights = np.ones(core.rows) if core.full else core.weights
    return replace(
        core, weights=weights, profit=np.zeros(core.sites), constant=0.0, required=None, full=False
    )


def _goal(core: Core) -> float:
    """Return the satisfied weight of `coverage_of` that makes a cover."""
    return float(core.rows) if core.full else float(core.required or 0.0)


def prune(core: Core, chosen: NDArray[np.integer]) -> NDArray[np.int64]:
    """Close what is not needed, dearest first, as long as every rule still holds."""
    kept = np.sort(chosen).astype(np.int64)
    if not core.allowed(kept):
        return kept
    counts = core.counts(kept)
    weight = float(core.weights[counts >= core.backup].sum())
    mask = np.zeros(core.sites, dtype=np.bool_)
    mask[kept] = True
    for site in sorted(kept, key=lambda s: (core.profit[s], s)):
        if (
            core.fixed[site]
            or core.profit[site] > 0
            or (core.profit[site] == 0 and core.keep[site])
        ):
            continue
        rows = core.column_rows[core.column_indptr[site] : core.column_indptr[site + 1]]
        critical = rows[counts[rows] == core.backup]
        if core.full and len(critical):
            continue
        lost = float(core.weights[critical].sum())
        if core.required is not None and not core.full and weight - lost < core.required:
            continue
        mask[site] = False
        if not _site_rules_hold(core, mask):
            mask[site] = True
            continue
        counts[rows] -= 1
        weight -= lost
    return np.flatnonzero(mask)


def _site_rules_hold(core: Core, mask: NDArray[np.bool_]) -> bool:
    if mask.sum() < core.least_sites:
        return False
    if not len(core.side.low):
        return True
    totals = core.side_totals(mask)
    return bool((totals >= core.side.low - 1e-9 * (1 + np.abs(totals))).all())


def _cheaper(run: Run, attempts: int) -> bool:
    """Look for a cover that costs less than the incumbent; say whether one was found."""
    core = run.core
    found = False
    while not run.over():
        target = _target(core, run.value)
        sub = Run(target, run.stop, run.seed + 7919 * attempts, run.threads)
        sub.began, sub.work, sub.improved_at = run.began, run.work, run.improved_at
        sub.offer(_within(core, target, best_of(run)))
        if sub.best is None:
            chosen = construct(target, nodes=100, seconds=run.stop.seconds_left(run.progress))
            if chosen is None:
                return found
            sub.offer(chosen)
        hit = _reach(run, sub)
        run.work = sub.work
        if not hit:
            return found
        found = True
    return found


def _reach(run: Run, sub: Run) -> bool:
    """Anneal towards the goal of a target; offer the cover to the run when it is reached."""
    goal = _goal(run.core)
    search = Search(sub, goal)
    search.units = max(CHUNK, search.units)
    before = run.value
    for heat in HEATS:
        if sub.value < goal:
            search.cycle(best_of(sub), heat)
        if sub.value >= goal - 1e-9 * abs(goal):
            run.work = sub.work
            run.offer(prune(run.core, best_of(sub)))
            return run.value > before
        if sub.over():
            break
    return False


def _target(core: Core, value: float) -> Core:
    """Return the core that maximises coverage at a cost below that of the incumbent."""
    coverage = coverage_of(core)
    step = 1.0 if core.integral else 1e-6 * max(1.0, abs(value))
    spare = -(value - core.constant + step)
    cost = -core.profit
    if bool((cost == cost[0]).all()) and cost[0] > 0:
        most = math.floor(spare / cost[0] + 1e-9)
        return replace(coverage, most_sites=max(core.least_sites, min(core.most_sites, most)))
    side = core.side
    rule = len(side.low)
    ends = side.indptr[1:]
    extended = replace(
        side,
        indptr=side.indptr + np.arange(core.sites + 1),
        rules=np.insert(side.rules, ends, rule).astype(np.int32),
        coefficients=np.insert(side.coefficients, ends, cost),
        low=np.append(side.low, -math.inf),
        high=np.append(side.high, spare),
    )
    return replace(coverage, side=extended)


def _within(core: Core, target: Core, chosen: NDArray[np.integer]) -> NDArray[np.int64]:
    """Close the sites that lose least per cost until the target's limits hold."""
    coverage = coverage_of(core)
    state = state_of(coverage, chosen)
    order = sorted(
        (float(state.score[site] / max(1e-9, -core.profit[site])), int(site)) for site in chosen
    )
    mask = np.zeros(core.sites, dtype=np.bool_)
    mask[chosen] = True
    for _loss, site in order:
        if target.allowed(np.flatnonzero(mask)):
            break
        if core.fixed[site] or core.profit[site] >= 0:
            continue
        mask[site] = False
        if not _site_rules_hold(core, mask):
            mask[site] = True
    return np.flatnonzero(mask)


def _prices(run: Run) -> Prices:
    """Return prices of the penalised form: leaving a row out costs no less than its cheapest cover.

    Paying that penalty instead of covering only relaxes the problem, so every limit stays valid.
    """
    core = run.core
    cost = np.maximum(-core.profit, 0.0)
    if core.full:
        weights = penalties(core, cost)
    else:
        # A share of the weight: its price is what the incumbent pays per weight, adjusted on the way.
        weights = core.weights * max(
            1e-12, (core.constant - run.value) / float(core.required or 1.0)
        )
    relaxed = replace(
        core,
        weights=weights,
        constant=core.constant - (float(weights.sum()) if core.full else 0.0),
        required=None,
        full=False,
    )
    prices = Prices(relaxed, np.zeros(core.sites, dtype=np.bool_), run.threads)
    if not core.full:
        _reprice(run, prices, 1.0)
    return prices


def penalties(core: Core, cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cost of the ``backup`` cheapest sites of each row, and a little more so that none is left out."""
    weights = np.empty(core.rows)
    for row in range(core.rows):
        near = np.sort(cost[core.indices[core.indptr[row] : core.indptr[row + 1]]])
        weights[row] = near[: core.backup].sum() * core.backup + 1e-6
    return weights


def _reprice(run: Run, prices: Prices, factor: float) -> None:
    """Scale the price of covered weight and restart the prices there; the limit stays valid for any price."""
    core = run.core
    weights = prices.core.weights * factor
    price = float(weights.sum() / core.weights.sum())
    prices.core = replace(
        prices.core,
        weights=weights,
        constant=core.constant - price * float(core.required or 0.0),
    )
    prices.cover = cover_of(prices.core)
    prices.rows *= factor
    prices.evaluate()


def _tighten_partial(run: Run, prices: Prices, rounds: int) -> None:
    """Tighten the bound of a partial cover, moving the price of weight towards the share asked for."""
    core = run.core
    factor = 1.25
    direction = 0.0
    for _part in range(rounds // 10):
        prices.tighten(run.value, 10)
        run.work += 10
        run.lower_bound(prices.limit)
        if run.over():
            return
        satisfied = prices.core.weights > core.backup * prices.rows + 1e-12
        short = float(core.weights[satisfied].sum()) < float(core.required or 0.0)
        wanted = 1.0 if short else -1.0
        if direction and wanted != direction:
            factor = 1.0 + (factor - 1.0) * 0.6
        direction = wanted
        _reprice(run, prices, factor if short else 1.0 / factor)
