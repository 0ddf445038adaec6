"""Sites of the parent plan: found again on this year's ground, left as they are, or refused where a limit cannot be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import InfeasibleError
from planner.problems.holding import Held, sites_before
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.pipeline.districts import Districts
    from planner.pipeline.ground import Ground
    from planner.plan import Plan
    from planner.policy import Tier
    from planner.problems.siting import TierProblem
    from planner.rules import ChangeRule
    from planner.siting import Siting, SitingProblem

_ = translator("planner")


def held_sites(parent: Plan | None, ground: Ground, drawn: Districts) -> dict[str, Held]:
    """Return the sites the parent plan opened, tier by tier, found again among this year's candidates."""
    if parent is None:
        return {}
    units = drawn.units_before.set_index("unit_id")["unit_before"]
    again = sites_before(ground.sites, parent.layers["sites"], units)
    digests: Mapping[str, str] = dict(parent.manifest.get("digests", {})).get("tiers", {})
    rows: dict[str, dict[str, Any]] = {
        str(row["tier"]): {str(k): v for k, v in row.items()}
        for row in parent.tiers.to_dict(orient="records")
    }
    willing = ground.sites.loc[ground.sites["consent"] != "refused", "site_id"].astype(str)
    there = set(willing) & set(ground.site_area.index)
    found = {}
    for tier, mine in parent.facilities.groupby("tier"):
        now = mine["site_id"].map(again)
        stands = now.isin(list(there))
        sites = pd.Series(
            mine.loc[stands, "site_id"].to_numpy(dtype=object),
            index=pd.Index(now[stands].to_numpy(dtype=object), name="site_id"),
        )
        gone = tuple(mine.loc[~stands, "site_id"])
        found[str(tier)] = Held(sites, gone, digests.get(str(tier), ""), rows.get(str(tier), {}))
    return found


def carried_sites(held: dict[str, Held]) -> pd.DataFrame:
    """Return the table ``carried_sites``: ``tier``, ``site_before``, ``site_id`` (absent where the premises are gone)."""
    rows: list[tuple[str, str, str | None]] = []
    for tier, one in held.items():
        rows += [(tier, str(before), str(now)) for now, before in one.sites.items()]
        rows += [(tier, before, None) for before in one.gone]
    frame = pd.DataFrame(rows, columns=["tier", "site_before", "site_id"], dtype=object)
    return frame.sort_values(["tier", "site_before"]).reset_index(drop=True)


def stand_still(prepared: TierProblem, held: Held, *, settled: bool, seed: int) -> Siting:
    """Return last year's choice as an answer of this year's problem.

    Parameters
    ----------
    prepared, held
        The problem, and the sites of last year.
    settled
        Whether the problem is last year's: then what the optimiser said of the choice holds still. Otherwise nothing is
        said but the value.
    seed
        For the record.
    """
    from planner.siting import Siting, assign_nearest

    problem = prepared.problem
    stay = np.isin(problem.candidate_ids.astype(str), list(held.sites.index))
    sites: NDArray[np.int32] = np.asarray(np.flatnonzero(stay), dtype=np.int32)
    sense: Literal["max", "min"] = "max" if problem.objective == "max_cover" else "min"
    value = _value(problem, sites)
    outcome = Outcome(status=Status.FEASIBLE, sense=sense, value=value, bound=value, seed=seed)
    if settled:
        said = held.said
        outcome = Outcome(
            status=Status(said["status"]),
            sense=sense,
            value=float(said["value"]),
            bound=float(said["bound"]),
            seed=int(said["seed"]),
            work=int(said["work"]),
        )
    return Siting(sites, assign_nearest(problem, sites), outcome)


def _value(problem: SitingProblem, sites: NDArray[np.int32]) -> float:
    from planner.siting import evaluate

    times = problem.coverage.deciseconds
    if problem.objective in {"max_cover", "set_cover"} or times is None:
        return float(evaluate(problem, sites))
    opened = np.isin(problem.coverage.indices, sites)
    rows = np.repeat(np.arange(len(problem.demand_ids)), np.diff(problem.coverage.indptr))
    away = float(problem.unreached_deciseconds or 0)
    nearest = np.full(len(problem.demand_ids), np.inf)
    np.minimum.at(nearest, rows[opened], times[opened].astype(float))
    nearest[~np.isfinite(nearest)] = away
    if problem.objective == "p_center":
        return float(nearest[problem.weights > 0].max(initial=0.0))
    return float((nearest * problem.weights).sum())


def refuse_too_few_closings(
    tier: Tier, problem: SitingProblem, held: Held, rule: ChangeRule
) -> None:
    """Refuse a limit on closings that vetoes, or premises that are no candidates any more, already exceed."""
    most = rule.most_closings.get(tier.name)
    if most is None or problem.existing is None or problem.max_moves is None:
        return
    closed = (
        np.zeros(len(problem.existing), bool)
        if problem.fixed_closed is None
        else problem.fixed_closed
    )
    vetoed = problem.candidate_ids[problem.existing & closed].astype(str).tolist()
    lost = sorted(set(held.sites.index) - set(problem.candidate_ids.astype(str)))
    needed = len(vetoed) + len(lost)
    if needed > most:
        raise InfeasibleError(too_few_closings(tier, needed, most, [*vetoed, *lost]))


def too_few_closings(tier: Tier, needed: int, most: int, names: list[str]) -> Fault:
    """Say that a limit on closings cannot be kept, and which would do."""
    what = _("{needed} sites of last year cannot stay, and at most {most} may close or move")
    fix = _("lift a veto, or set change.most_closings.{tier} to {needed}, which would do")
    where = _("tier {tier}").format(tier=tier.name)
    return Fault(
        what.format(needed=needed, most=most),
        where,
        needed,
        names,
        fix.format(tier=tier.name, needed=needed),
    )
