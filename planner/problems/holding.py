"""Sites of the parent plan as arrays: which are still there, what closing one counts, how many may close."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.problems.incumbent import digest_of
from planner.problems.leases import closing_factor, leases

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    import geopandas as gpd

    from planner.policy import Tier
    from planner.problems.siting import TierProblem
    from planner.rules import ChangeRule
    from planner.siting import SitingProblem

PIECE = 1 << 20
HEX = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)
"""The two hexadecimal digits of each byte."""

SET_COVER_SHARE = 0.9
"""What closing counts where the fewest sites are sought, in sites: one for one never pays, one less does."""

NEVER = 1e3
"""How many times the whole demand a closing counts that nothing makes worth it."""

INTO_REACH_DS = 900.0
"""What a person brought into reach saves where times are added up, in deciseconds per minute of the cutoff: who is out of
reach counts as two cutoffs away, and comes to be half a cutoff away on the mean."""

NEAR_M = 30.0
"""Premises of the same kind this near are the same ones under another id."""


@dataclass(frozen=True, eq=False)
class Held:
    """Sites of one tier that the parent plan opened.

    Parameters
    ----------
    sites
        By this year's ``site_id``: ``site_before``; only those whose premises are still there.
    gone
        ``site_before`` of those whose premises are not.
    digest
        Digest of the parent's siting problem of this tier, "" where it says none.
    said
        What the optimiser said of the choice then: ``status``, ``value``, ``bound``, ``seed``, ``work``.
    """

    sites: pd.Series
    gone: tuple[str, ...]
    digest: str
    said: Mapping[str, Any]


def sites_before(
    sites: gpd.GeoDataFrame, before: gpd.GeoDataFrame, units_before: pd.Series
) -> pd.Series:
    """Return this year's site of each of last year's, indexed by last year's ``site_id``; absent where it is gone.

    By id; sites of a basic unit by the unit, whatever its code is now; else the nearest of the same kind within
    `NEAR_M`, each once.
    """
    old = before.drop_duplicates("site_id").set_index("site_id").sort_index()
    new = sites.set_index("site_id")
    found = {str(name): str(name) for name in old.index.intersection(new.index)}
    renamed = {
        f"unit:{was}": f"unit:{now}" for now, was in units_before.dropna().items() if was != now
    }
    taken = set(found.values())
    for was, now in renamed.items():
        if was in old.index and was not in found and now in new.index and now not in taken:
            found[was] = now
            taken.add(now)
    lost = old.loc[~old.index.isin(list(found))]
    fresh = new.loc[~new.index.isin(list(taken))]
    for kind, group in lost.groupby("kind"):
        there = fresh[(fresh["kind"] == kind) & ~fresh.index.isin(list(taken))]
        if there.empty:
            continue
        x, y = there.geometry.x.to_numpy(), there.geometry.y.to_numpy()
        for was, spot in group.geometry.to_crs(sites.crs).items():
            away = np.hypot(x - spot.x, y - spot.y)
            nearest = int(np.argmin(away))
            name = str(there.index[nearest])
            if away[nearest] <= NEAR_M and name not in taken:
                found[str(was)] = name
                taken.add(name)
    return pd.Series(found, dtype=object).rename_axis("site_before")


def siting_digest(tier: Tier, prepared: TierProblem, settings: list[object]) -> str:
    """Return a digest of everything a tier's choice depends on but last year's sites."""
    problem = prepared.problem
    arrays = (
        problem.demand_ids, problem.candidate_ids, problem.weights, problem.coverage.indptr, problem.coverage.indices,
        problem.coverage.deciseconds, problem.costs, problem.fixed_open, problem.fixed_closed, problem.preference,
    )  # fmt: skip
    values = [None if one is None else _array_digest(np.asarray(one)) for one in arrays]
    groups = [
        (rule.name, rule.candidates.tolist(), rule.least, rule.most) for rule in problem.group_rules
    ]
    return digest_of([tier.model_dump(mode="json"), settings, values, groups, problem.p])


def _array_digest(plain: np.ndarray) -> str:
    """Return `digest_of` an array's kind and bytes, taken piece by piece: whole, they are hundreds of megabytes as text."""
    if plain.dtype.kind == "f":
        plain = np.round(plain, 6)
    raw = np.ascontiguousarray(plain).view(np.uint8).reshape(-1)
    digest = hashlib.sha256(f'["{plain.dtype.kind}", "'.encode())
    for begin in range(0, len(raw), PIECE):
        digest.update(HEX[raw[begin : begin + PIECE]].data)
    digest.update(b'"]')
    return digest.hexdigest()[:24]


def hold(
    prepared: TierProblem,
    tier: Tier,
    held: Held,
    rule: ChangeRule,
    day: date,
    *,
    sites: pd.DataFrame,
    shared: Collection[str] = (),
) -> SitingProblem:
    """Return a tier's problem with last year's sites in it: signed ones fixed, closings priced and limited.

    The limit counts every site of last year whose premises are still there, also those a person vetoed or that are no
    candidates of the tier any more.

    Parameters
    ----------
    prepared, tier, held
        The tier's problem, its rule, and its sites of last year.
    rule, day
        The change budget, and the day from which the changes hold.
    sites
        All candidates, with rents and leases; see `planner.problems.leases.leases`.
    shared
        Premises that are open already for other tiers, whose leases go on.
    """
    problem = prepared.problem
    names = pd.Index(problem.candidate_ids.astype(str))
    existing = np.asarray(names.isin(held.sites.index))
    lost = len(held.sites) - int(existing.sum())
    most = rule.most_closings.get(tier.name)
    said = {one.site_id for one in rule.leases if one.tier == tier.name and one.signed}
    signed = names.isin(list(said))
    stands = sites[sites["site_id"].isin(names)].drop_duplicates("site_id")
    early = closing_factor(leases(stands, tier.name, rule, day, shared), rule).reindex(names)
    opened = problem.fixed_open if problem.fixed_open is not None else np.zeros(len(names), bool)
    closed = (
        problem.fixed_closed if problem.fixed_closed is not None else np.zeros(len(names), bool)
    )
    p = problem.p
    if p is not None and rule.stance == "keep":
        p = max(int(opened.sum()), int((existing & ~closed).sum()), 1)
    return replace(
        problem,
        existing=existing,
        closing_cost=_price(problem, tier, rule) * early.fillna(1.0).to_numpy(float),
        max_moves=None if most is None else most - lost,
        fixed_open=opened | (np.asarray(signed) & existing & ~closed),
        p=p,
    )


def _price(problem: SitingProblem, tier: Tier, rule: ChangeRule) -> float:
    """Return what closing one site counts, in the units of the tier's objective."""
    if problem.objective == "p_center":
        return 0.0
    if problem.objective == "set_cover":
        return NEVER if rule.stance == "keep" else SET_COVER_SHARE
    served = float(problem.weights.sum())
    people = min(rule.people_per_closing, rule.share_per_closing * served)
    if rule.stance == "keep":
        people = max(1.0, served) * NEVER
    minutes = max((way.cutoff_min for way in tier.streams), default=1.0)
    return people * (minutes * INTO_REACH_DS if problem.objective == "p_median" else 1.0)
