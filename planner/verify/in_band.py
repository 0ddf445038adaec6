"""Does the plan have as many districts in band as its districting says, and no more than was proved possible?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.messages import translator
from planner.verify.finding import Finding, finding
from planner.verify.rows import rows_of

if TYPE_CHECKING:
    from planner.verify.world import World

_ = translator("planner")


def check_in_band(world: World) -> list[Finding]:
    """Count the districts that meet both bands, and hold the count against what was said and against the ceiling."""
    said = world.plan.manifest.get("districting")
    if said is None:
        return []  # a plan of an earlier version
    rule = world.policy.federations
    inside = sum(
        rule.organisations.least <= row.organisations <= rule.organisations.most
        and rule.workers.least <= row.workers <= rule.workers.most
        for row in rows_of(world.plan.districts)
    )
    value, ceiling = round(said["value"]), round(said["bound"])
    differ = [f"{inside} <> {value}"] if inside != value else []
    found = finding(
        "districts_in_band", _("districts in band differ from what the districting says"), differ
    )
    above = [f"{inside} > {ceiling}"] if inside > ceiling else []
    return found + finding(
        "districts_ceiling", _("more districts in band than their proved ceiling"), above
    )
