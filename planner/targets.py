"""The city's numbers handed down to boroughs and street_towns as integers that add up (一(二), 二(二)).

Rule: largest remainder (Hamilton). Each area gets its exact share of its parent's number, by the policy's basis, rounded
down; the units left go to the largest remainders, ties to the smaller id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.allocation.apportion import largest_remainder

if TYPE_CHECKING:
    from planner.policy import Policy

LEVELS = ("plan", "borough", "street_town")
"""Levels of areas numbers are handed down to, from above."""


def hand_down(
    policy: Policy, organisations: pd.DataFrame, street_towns: pd.DataFrame
) -> pd.DataFrame:
    """Hand every target down.

    Parameters
    ----------
    policy
        Counts, basis, and that basis in the whole city.
    organisations
        ``street_town_id``, ``enterprises``, ``workers``.
    street_towns
        ``street_town_id``, ``borough_id``.

    Returns
    -------
    pandas.DataFrame
        ``target``, ``level`` (`LEVELS`), ``area_id``, ``goal`` (int). The boroughs' goals add up to the plan's, those of
        its street_towns to each borough's.
    """
    rule = policy.targets
    measure = _measure(rule.basis, organisations, street_towns)
    boroughs = measure.groupby("borough_id", sort=True)["measure"].sum()
    rows: list[tuple[str, str, str, int]] = []
    for target, city_goal in sorted(rule.counts.items()):
        total = plan_goal(city_goal, int(measure["measure"].sum()), rule.city_basis)
        rows.append((target, "plan", "plan", total))
        least = policy.programme.models_borough_least if target == "models" else 0
        given = _with_least(total, boroughs.to_numpy(np.int64), least)
        for borough, goal in zip(boroughs.index, given.tolist(), strict=True):
            rows.append((target, "borough", str(borough), goal))
            inside = measure[measure["borough_id"] == borough]
            parts = largest_remainder(goal, inside["measure"].to_numpy(np.int64))
            rows += [
                (target, "street_town", str(town), part)
                for town, part in zip(inside["street_town_id"], parts.tolist(), strict=True)
            ]
    return pd.DataFrame(rows, columns=["target", "level", "area_id", "goal"])


def plan_goal(city_goal: int, measure: int, city_measure: int) -> int:
    """Return the plan's part of a city's number, halves rounded up; all of it where the plan covers the city.

    Examples
    --------
    >>> plan_goal(500, 150_000, 5_000_000), plan_goal(500, 0, 0)
    (15, 500)
    """
    if city_measure == 0:
        return city_goal
    return min(city_goal, (2 * city_goal * measure + city_measure) // (2 * city_measure))


def _measure(basis: str, organisations: pd.DataFrame, street_towns: pd.DataFrame) -> pd.DataFrame:
    counted = organisations.assign(organisations=1).groupby("street_town_id")[basis].sum()
    towns = street_towns[["street_town_id", "borough_id"]].sort_values("street_town_id")
    counts = counted.reindex(towns["street_town_id"]).fillna(0).to_numpy(np.int64)
    return towns.assign(measure=counts).reset_index(drop=True)


def _with_least(total: int, weights: np.ndarray, least: int) -> np.ndarray:
    """Give every area the fewest first, the largest areas first where the total is too small for all."""
    first = np.zeros(len(weights), dtype=np.int64)
    order = np.argsort(-weights, kind="stable")
    first[order[: total // least] if least else order[:0]] = least
    return first + largest_remainder(total - int(first.sum()), weights)


def quotas(targets: pd.DataFrame, target: str) -> dict[str, int]:
    """Return a target's goal in each street_town."""
    mine = targets[(targets["target"] == target) & (targets["level"] == "street_town")]
    return dict(zip(mine["area_id"], mine["goal"].astype(int), strict=True))
