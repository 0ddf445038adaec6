"""Are sub-areas kept whole as the plan says? Counted again from units and their districts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from geodata.messages import translator
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, rows_of

if TYPE_CHECKING:
    from planner.verify.world import World

_ = translator("planner")


def _members(world: World) -> dict[tuple[str, str], list[str]]:
    """Return the units of each sub-area in each street_town."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    table = world.plan.derived.get("unit_sub_area")
    rows: list[Any] = [] if table is None else rows_of(table)
    for row in rows:
        town = world.unit_town.get(str(row.unit_id), "")
        found[str(row.sub_area), town].append(str(row.unit_id))
    return found


def count_sub_areas(world: World) -> tuple[int, int]:
    """Return how many sub-areas lie in one district, and how many are cut."""
    districts = [
        len({world.unit_district.get(unit) for unit in units}) for units in _members(world).values()
    ]
    return sum(count == 1 for count in districts), sum(count > 1 for count in districts)


def check_sub_areas(world: World) -> list[Finding]:
    """Compare the table of sub-areas with what their units hold and the districts they are in."""
    table = world.plan.derived.get("sub_areas")
    if table is None:
        return []  # a plan of an earlier version
    members = _members(world)
    listed = world.plan.derived["unit_sub_area"]["unit_id"]
    wrong = sorted(set(listed) - set(world.unit_town)) + sorted(listed[listed.duplicated()])
    unions = world.plan.layers["organisations"]
    home = lookup(unions, "organisation_id", "unit_id")
    held: dict[str, list[int]] = defaultdict(list)
    for name, workers in zip(unions["organisation_id"], unions["workers"], strict=True):
        held[home[name]].append(int(workers))
    rows: list[Any] = rows_of(table)
    for row in rows:
        units = members.pop((str(row.sub_area), str(row.street_town_id)), [])
        inside = [workers for unit in units for workers in held.get(unit, ())]
        districts = len({world.unit_district.get(unit) for unit in units})
        said = (row.units, row.organisations, row.workers, row.districts, bool(row.whole))
        if said != (len(units), len(inside), sum(inside), districts, districts == 1):
            wrong.append(str(row.sub_area))
    wrong += [name for name, _town in members]
    return finding(
        "sub_areas", _("sub-areas whose units, counts or districts do not add up"), wrong
    )
