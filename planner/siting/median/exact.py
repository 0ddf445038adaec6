"""Exact programs for HiGHS: the radius form without capacities, the assignment form with them.

Radius form: Elloumi (2010), with the radii of a demand cut off where they are unlikely to matter and put back when
the answer needs them (Garcia, Labbe and Marin 2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.median.highs import Program
from planner.siting.median.rules import CLOSED, OPEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.model import Location
    from planner.siting.median.rules import Rules


def add_rules(program: Program, rules: Rules) -> None:
    """Add counts and rows of the rules; the first columns of the program are the candidates."""
    candidates = len(rules.state)
    everyone = np.arange(candidates)
    zeros = np.zeros(candidates, dtype=np.int64)
    program.add(
        zeros,
        everyone,
        np.ones(candidates),
        np.array([float(rules.least)]),
        np.array([float(rules.most)]),
    )
    owners = np.repeat(np.arange(len(rules.low)), np.diff(rules.indptr))
    program.add(owners, rules.columns, rules.factors, rules.low, rules.high)


def site_program(location: Location, extra_costs: NDArray[np.float64]) -> Program:
    """Return the program over the sites alone: rules, site costs, further columns to follow.

    Parameters
    ----------
    location
        The problem.
    extra_costs
        Costs of the columns after the candidates, continuous in 0-1.
    """
    rules = location.rules
    ones = np.ones(len(extra_costs))
    candidates = location.candidates
    program = Program(
        costs=np.concatenate([location.site_costs, extra_costs]),
        lower=np.concatenate([(rules.state == OPEN).astype(np.float64), 0.0 * ones]),
        upper=np.concatenate([(rules.state != CLOSED).astype(np.float64), ones]),
        whole=np.concatenate([np.ones(candidates, dtype=np.bool_), ones < 0]),
    )
    add_rules(program, rules)
    return program


@dataclass(frozen=True, eq=False)
class RadiusForm:
    """A radius program and what is needed to read and extend it.

    Parameters
    ----------
    program
        The program; its columns are the candidates, then one per demand and radius kept.
    constant
        To add to its objective.
    keys, owners
        Cost and demand of each radius column: 1 where no site up to that cost is open.
    """

    program: Program
    constant: float
    keys: NDArray[np.float64]
    owners: NDArray[np.int64]

    def start(
        self, is_open: NDArray[np.bool_], nearest: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Write a set of open sites, and the cost of each demand in it, as columns."""
        beyond = nearest[self.owners] > self.keys
        return np.concatenate([is_open, beyond]).astype(np.float64)


def radius_form(location: Location, depth: NDArray[np.float64]) -> RadiusForm:
    """Build the radius form, with the radii of each demand up to the first one at or beyond ``depth``.

    Every optimum of the cut form is a lower bound; it is exact where no demand costs more than its last radius.

    Parameters
    ----------
    location
        Problem without capacities.
    depth
        float64, shape (demands,).
    """
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    costs, columns = location.costs, location.columns
    opens_level = np.ones(len(costs), dtype=np.bool_)
    opens_level[1:] = (costs[1:] != costs[:-1]) | (owners[1:] != owners[:-1])
    level_owner = owners[opens_level]
    level_cost = costs[opens_level]
    level = np.cumsum(opens_level) - 1
    begins = np.ones(len(level_cost), dtype=np.bool_)
    begins[1:] = level_owner[1:] != level_owner[:-1]
    ends = np.ones(len(level_cost), dtype=np.bool_)
    ends[:-1] = begins[1:]
    following = np.append(level_cost[1:], 0.0)
    following[ends] = location.unserved[level_owner[ends]]
    before = np.append(-np.inf, level_cost[:-1])
    before[begins] = -np.inf
    kept = before < depth[level_owner]
    number = np.cumsum(kept) - 1
    final = kept & ~np.isfinite(following)
    steps = np.where(np.isfinite(following), following, level_cost) - level_cost
    program = site_program(location, steps[kept])
    program.upper[location.candidates + number[final]] = 0.0
    rows = number[kept]
    inner = kept & ~begins
    pairs_kept = kept[level]
    program.add(
        np.concatenate([rows, number[inner], number[level[pairs_kept]]]),
        np.concatenate(
            [
                location.candidates + rows,
                location.candidates + number[inner] - 1,
                columns[pairs_kept],
            ]
        ),
        np.concatenate([np.ones(len(rows)), -np.ones(inner.sum()), np.ones(pairs_kept.sum())]),
        begins[kept].astype(np.float64),
        np.full(len(rows), np.inf),
    )
    lonely = np.diff(location.indptr) == 0
    constant = float(level_cost[begins].sum()) + float(location.unserved[lonely].sum())
    return RadiusForm(program, constant, level_cost[kept], level_owner[kept])


def assignment_form(location: Location) -> Program:
    """Build the program with a column per pair: candidates, pairs in order, then what is left out.

    Capacities, ``backup`` and the limit on what is left out are rows of it.
    """
    candidates, demands, pairs = location.candidates, location.demands, len(location.costs)
    optional = np.flatnonzero(np.isfinite(location.unserved))
    program = site_program(location, np.concatenate([location.costs, location.unserved[optional]]))
    if location.capacities is not None:
        program.whole[candidates : candidates + pairs] = True
    owners = np.repeat(np.arange(demands), np.diff(location.indptr))
    pair_columns = candidates + np.arange(pairs)
    ones = np.ones(pairs)
    program.add(
        np.concatenate([owners, optional]),
        np.concatenate([pair_columns, candidates + pairs + np.arange(len(optional))]),
        np.ones(pairs + len(optional)),
        np.ones(demands),
        np.ones(demands),
    )
    program.add(
        np.concatenate([np.arange(pairs), np.arange(pairs)]),
        np.concatenate([pair_columns, location.columns]),
        np.concatenate([ones, -ones]),
        np.full(pairs, -np.inf),
        np.zeros(pairs),
    )
    if location.capacities is not None and location.loads is not None:
        program.add(
            np.concatenate([location.columns, np.arange(candidates)]),
            np.concatenate([pair_columns, np.arange(candidates)]),
            np.concatenate([location.loads[owners], -location.capacities]),
            np.full(candidates, -np.inf),
            np.zeros(candidates),
        )
    if location.backup > 1:
        program.add(
            np.concatenate([owners, owners]),
            np.concatenate([pair_columns, location.columns]),
            np.concatenate([location.backup * ones, -ones]),
            np.full(demands, -np.inf),
            np.zeros(demands),
        )
    if location.skip_weights is not None:
        program.add(
            np.zeros(len(optional), dtype=np.int64),
            candidates + pairs + np.arange(len(optional)),
            location.skip_weights[optional],
            np.array([-np.inf]),
            np.array([location.skip_limit + 1e-9 * max(1.0, location.skip_limit)]),
        )
    return program


def assignment_start(
    location: Location, is_open: NDArray[np.bool_], given: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Write open sites and the pair given to each demand (-1: left out) as columns of the assignment form."""
    pairs = np.zeros(len(location.costs))
    pairs[given[given >= 0]] = 1.0
    optional = np.isfinite(location.unserved)
    return np.concatenate([is_open.astype(np.float64), pairs, (given[optional] < 0) * 1.0])
