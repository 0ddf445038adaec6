"""New joint unions keep the policy's limits, whatever their size was chosen for; what is said of their sizes adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.messages import translator
from planner.verify.finding import Finding, finding
from planner.verify.rows import rows_of

if TYPE_CHECKING:
    from planner.policy import Policy
    from planner.verify.world import World

_ = translator("planner")

FORMED = ("carrier", "street", "neighbours", "committee")
"""Why an enterprise is in a joint union that a plan formed."""


def check_joint_sizes(world: World) -> list[Finding]:
    """Count the members of every joint union that was formed, and look at the table of sizes by street_town."""
    return _check_limits(world) + _check_table(world)


def _check_limits(world: World) -> list[Finding]:
    """Count members: only one enterprise, or the few of one carrier, which are not cut, exceed the most workers."""
    rule = world.policy.organisations
    few = min(rule.joint_enterprises_least, rule.joint_enterprises_ideal)
    member = world.plan.decisions["membership"]
    member = member[member["reason"].isin(FORMED)]
    workers = world.plan.layers["enterprises"].set_index("enterprise_id")["workers"]
    held = member.assign(workers=member["enterprise_id"].map(workers)).groupby("organisation_id")[
        "workers"
    ]
    count, total = held.size(), held.sum()
    over = (count > rule.joint_enterprises_most) | (
        (total > rule.joint_workers_most) & (count > 1) & (count >= few)
    )
    return finding(
        "joint_limits", _("joint unions larger than the policy allows"), sorted(over.index[over])
    )


def _check_table(world: World) -> list[Finding]:
    """Compare sizes with the limits, organisations with those there are, and ceilings with what can be filled."""
    table = world.plan.derived.get("joint_sizes")
    if table is None:
        return []  # a plan of an earlier version
    policy = world.policy
    rule, bands = policy.organisations, policy.federations
    unions = world.plan.layers["organisations"]
    count = unions.groupby("street_town_id").size()
    workers = unions.groupby("street_town_id")["workers"].sum()
    wrong = []
    rows: list[Any] = rows_of(table)
    for row in rows:
        town = str(row.street_town_id)
        good = row.organisations_after == count.get(town, 0)
        good &= row.size_before == rule.joint_enterprises_ideal
        good &= row.in_band_after * bands.organisations.least <= row.organisations_after
        good &= row.in_band_after * bands.workers.least <= workers.get(town, 0)
        good &= row.in_band_before < row.districts_before
        good &= _resized(row, policy) if row.outcome == "resized" else _unchanged(row)
        if not good:
            wrong.append(town)
    fitted = rule.resize_joint_unions and bands.count == "organisations"
    wrong += [] if fitted else [str(row.street_town_id) for row in rows]
    return finding(
        "joint_sizes", _("street_towns whose sizes of joint unions do not add up"), wrong
    )


def _resized(row: Any, policy: Policy) -> bool:
    rule = policy.organisations
    least = min(rule.joint_enterprises_least, rule.joint_enterprises_ideal)
    inside = least <= row.size_after <= rule.joint_enterprises_most
    rises = row.in_band_after * row.districts_before > row.in_band_before * row.districts_after
    return bool(inside and rises)


def _unchanged(row: Any) -> bool:
    pairs = (
        (row.size_before, row.size_after),
        (row.organisations_before, row.organisations_after),
        (row.in_band_before, row.in_band_after),
        (row.districts_before, row.districts_after),
    )
    return all(before == after for before, after in pairs)
