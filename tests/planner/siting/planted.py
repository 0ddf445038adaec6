"""Plants one fault at a time in the searches' kernels, run as plain Python, and prints what debug mode says.

`test_debug.py` runs this file with compilation off: only then can a kernel's part be exchanged.
"""

import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from planner.siting import Coverage, SitingProblem
from planner.siting.covering import anneal, descent, state, weighting
from planner.siting.covering.presolve import presolve
from planner.siting.median import room_kernels, swap_kernels
from planner.siting.median.capacitated import RoomSearch
from planner.siting.median.model import build_location
from planner.siting.median.search import SwapSearch, greedy_sites


def scattered(reach=600, candidates=9, **options):
    """Return 24 demands and some candidates in a square."""
    rng = np.random.default_rng(3)
    here, there = rng.uniform(0, 1000, (24, 2)), rng.uniform(0, 1000, (candidates, 2))
    times = np.rint(np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))).astype(np.int32)
    near = times <= reach
    fields = {
        "demand_ids": np.array([f"d{i:02d}" for i in range(24)]),
        "candidate_ids": np.array([f"c{i:02d}" for i in range(candidates)]),
        "weights": rng.integers(1, 30, 24).astype(float),
        "coverage": Coverage(
            np.concatenate([[0], near.sum(axis=1).cumsum()]).astype(np.int64),
            np.nonzero(near)[1].astype(np.int32),
            times[near],
        ),
        "p": 4,
    }
    return SitingProblem(**(fields | options))


def location(**options):
    problem = scattered(objective="p_median", unreached_deciseconds=1500, **options)
    return replace(build_location(problem), debug=True)


def assigning():
    """Run the search of sites and assignment within tight capacities."""
    tight = location(capacity=np.full(9, 90.0))
    search = RoomSearch(tight, seed=1)
    search.begin(greedy_sites(tight))
    search.run(5)


def swapping():
    """Run the swap search of p-median."""
    near = location()
    search = SwapSearch(near, seed=1)
    search.begin(np.arange(9) < 4)
    search.run(5)


def annealing():
    """Run the annealed swaps of maximal covering, then the descent."""
    core = replace(presolve(scattered(reach=250, candidates=30)).core, debug=True)
    cover, rules = state.cover_of(core), state.rules_of(core)
    chosen = state.state_of(core, np.arange(4))
    best = np.zeros(core.sites, dtype=np.int32)
    source = np.array([7], dtype=np.uint64)
    anneal.anneal(cover, rules, chosen, source, (30.0, 1.0), 200, np.inf, best)
    state.reset(cover, rules, chosen, np.arange(4))
    descent.descend(cover, rules, chosen, 5, 1e-9)


def weighing():
    """Run the row weighting of set covering."""
    core = presolve(scattered(reach=250, candidates=30)).core
    best = np.zeros(core.sites, dtype=np.int32)
    weighting.reweigh(
        state.cover_of(core), np.ones(core.sites), np.arange(core.sites), np.ones(core.rows),
        np.array([7], dtype=np.uint64), 20, best, True,
    )  # fmt: skip


def give_forgets_the_load_taken_back(pairs, room, given, demand, pair):
    if pair >= 0:
        given.used[pairs.columns[pair]] += room.loads[demand]
    given.pair[demand] = pair


def repair_leaves_demand_at_closed_sites(_pairs, _room, _is_open, _given):
    pass


def loss_moves_too_little(pairs, chosen, demand, sign):
    first = chosen.first[demand]
    if first >= 0:
        chosen.loss[pairs.columns[first]] += sign * 0.5


def best_move_promises_more(pairs, limits, chosen, site, real=swap_kernels._best_move):
    gain, leaving = real(pairs, limits, chosen, site)
    return gain + 1000.0, leaving


def opening_without_rule_totals(_cover, _rules, chosen, site):
    chosen.is_open[site] = True
    chosen.open_list[chosen.numbers[0]] = site
    chosen.place[site] = chosen.numbers[0]
    chosen.numbers[0] += 1
    if chosen.checked[0]:
        state.compare(_cover, _rules, chosen)


def opening_without_scores(
    cover, site, is_open, counts, reaching, _heavy, _score, _ready, bare, bare_at, bare_count
):
    return weighting_open(
        cover, site, is_open, counts, reaching, np.zeros(len(counts)), _score, _ready, bare,
        bare_at, bare_count,
    )  # fmt: skip


weighting_open = weighting._open

PLANTS = {
    "": (None, "", None),
    "load not taken back": (room_kernels, "_give", give_forgets_the_load_taken_back),
    "demand at closed sites": (room_kernels, "_repair", repair_leaves_demand_at_closed_sites),
    "overload of a move": (room_kernels, "_change", lambda *_: -1.0),
    "cost of a move": (room_kernels, "_cost", lambda *_: 1e4),
    "loss": (swap_kernels, "_move_loss", loss_moves_too_little),
    "gain of a swap": (swap_kernels, "_best_move", best_move_promises_more),
    "shared demand of a swap": (anneal, "shared_score", lambda *_: 0.5),
    "counts of a cover": (descent, "open_site", opening_without_rule_totals),
    "scores of a weighting": (weighting, "_open", opening_without_scores),
}
SEARCHES = {
    room_kernels: [assigning],
    swap_kernels: [swapping],
    anneal: [annealing],
    descent: [annealing],
    weighting: [weighing],
    None: [assigning, swapping, annealing, weighing],
}


def said(module, name, fault):
    """Return the message of the assertion that a planted fault meets, "" where there is none."""
    with ExitStack() as stack:
        if module is not None:
            stack.enter_context(patch.object(module, name, fault))
        try:
            for search in SEARCHES[module]:
                search()
        except AssertionError as error:
            return str(error)
    return ""


if __name__ == "__main__":
    json.dump({plant: said(*how) for plant, how in PLANTS.items()}, sys.stdout)
