"""People within reach in two plans, as an account that adds up: who was gained, who was lost, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import mark
from planner.explain import policy_of
from planner.kpis import Facts
from planner.scenario import Resources

if TYPE_CHECKING:
    from planner.plan import Plan

ENTRIES = {
    "before": mark("within reach before"),
    "newly_covered": mark("newly within reach"),
    "no_longer_covered": mark("no longer within reach"),
    "came": mark("came to the city within reach"),
    "went": mark("left the city, were within reach"),
    "grew": mark("growth of those within reach in both"),
    "after": mark("within reach after"),
}
"""Entries of the account, in words; before + all others = after."""


def coverage_account(before: Plan, after: Plan) -> pd.DataFrame:
    """Return, for each tier both plans have, how the demand within reach changed.

    Returns
    -------
    pandas.DataFrame
        ``tier``, ``entry`` (a key of `ENTRIES`, in that order), ``weight`` (people; losses are negative). Those who are
        newly or no longer within reach count with their later and earlier weight respectively.
    """
    first, second = _facts(before), _facts(after)
    known = {tier.name for tier in first.policy.tiers}
    rows: list[tuple[str, str, float]] = []
    for tier in second.policy.tiers:
        if tier.name not in known:
            continue
        entries = _account(_reached(first, tier.name), _reached(second, tier.name))
        rows += [(tier.name, entry, entries[entry]) for entry in ENTRIES]
    return pd.DataFrame(rows, columns=["tier", "entry", "weight"])


def _account(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, float]:
    both = old.add_suffix("_old").join(new.add_suffix("_new"), how="outer")
    had, has = both["inside_old"].eq(True), both["inside_new"].eq(True)
    was, now = both["weight_old"].fillna(0.0), both["weight_new"].fillna(0.0)
    there = both["weight_old"].notna() & both["weight_new"].notna()
    return {
        "before": float(was[had].sum()),
        "newly_covered": float(now[there & has & ~had].sum()),
        "no_longer_covered": 0.0 - float(was[there & had & ~has].sum()),
        "came": float(now[~there & has].sum()),
        "went": 0.0 - float(was[~there & had].sum()),
        "grew": float((now - was)[there & had & has].sum()),
        "after": float(now[has].sum()),
    }


def _reached(facts: Facts, tier: str) -> pd.DataFrame:
    reached = facts.reached(tier).set_index(["entity_id", "hour"])
    return pd.DataFrame(
        {"weight": reached["weight"].astype(float), "inside": reached["deciseconds"].notna()}
    )


def _facts(plan: Plan) -> Facts:
    resources = Resources.model_validate(plan.manifest["scenario"].get("resources", {}))
    return Facts(policy_of(plan), plan.decisions, plan.layers, plan.derived, resources)
