"""Who belongs in organisations, where each enterprise stands, and the counts at three levels, worked out again.

Own unions, enterprises covered and both rates are counted again exactly. How many joint unions the level of the plan has is
counted on its organisations; at the other levels, whose organisations a plan does not store, the number of new joint
unions is held between the fewest their size limit allows and one for each enterprise that is left.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from geodata.messages import translator
from planner.verify.compare import close
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, rows_of

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.policy import OrganisationRule, Policy
    from planner.verify.world import World

_ = translator("planner")

LEVELS: Final = ("today", "at_85", "full")
TOUCH_M: Final = 0.5
_UNSAID: Final = frozenset(" ,，.。·・-—_()（）[]【】\"'“”")
_JOINT: Final = (
    "联合工会", "联合基层", "楼宇工会", "园区工会", "商圈工会", "街区工会", "joint", "federated",
)  # fmt: skip


def in_area_scope(enterprise: Any, rule: OrganisationRule) -> bool:
    """Tell whether a row of the register belongs in an organisation of the area."""
    return bool(
        enterprise.in_scope
        and enterprise.jurisdiction == "area"
        and (rule.count_self_employed or enterprise.ownership != "self_employed")
        and enterprise.workers >= rule.entity_workers_least
    )


def counted_enterprises(plan: Plan, policy: Policy) -> list[Any]:
    """Return the enterprises that belong in an organisation of the area, by id."""
    layer = plan.layers["enterprises"].sort_values("enterprise_id")
    return [row for row in rows_of(layer) if in_area_scope(row, policy.organisations)]


def check_formation(world: World) -> list[Finding]:
    """Check where every enterprise stands, and the table of organisations and rates by area."""
    counted = counted_enterprises(world.plan, world.policy)
    found = _check_places(world, [str(row.enterprise_id) for row in counted])
    if found:
        return found  # nothing can be counted by area then
    wrong: list[str] = []
    table: list[Any] = rows_of(world.plan.derived["formation"])
    again = _Again(world, counted)
    for row in table:
        expected = again.of_area(row.area, str(row.area_id))
        wrong += [
            f"{row.area} {row.area_id} {column}: {getattr(row, column)} <> {value:g}"
            for column, value in expected.items()
            if not close(float(getattr(row, column)), float(value))
        ]
        wrong += again.outside_bounds(row)
    listed = {(str(row.area), str(row.area_id)) for row in table}
    wrong += [f"{area} {name}: absent" for area, name in sorted(again.areas() - listed)]
    return finding(
        "formation", _("counts of organisations and rates that do not add up"), wrong, "formation"
    )


def _check_places(world: World, counted: list[str]) -> list[Finding]:
    """Look with shapely where each enterprise stands: in the unit booked, or, outside all, nearest to it."""
    places = world.plan.derived["places"]
    booked = lookup(places, "enterprise_id", "unit_id")
    towns = lookup(places, "enterprise_id", "street_town_id")
    layer = world.plan.layers["enterprises"]
    layer = layer[layer["enterprise_id"].isin(counted)]
    touched = world.units_of(layer, "enterprise_id", TOUCH_M)
    units = world.plan.layers["units"].set_index("unit_id").geometry
    wrong = sorted(set(counted) ^ set(booked)) + sorted(places["enterprise_id"][places["enterprise_id"].duplicated()])  # fmt: skip
    for name, point in zip(layer["enterprise_id"], layer.geometry, strict=True):
        unit = booked.get(name)
        if unit is None:
            continue
        at = touched.get(name, ())
        if at:
            good = unit in at
        else:
            good = unit in units.index and bool(
                shapely.distance(units[unit], point) <= units.distance(point).min() + TOUCH_M
            )
        if not good or world.unit_town.get(unit) != towns[name]:
            wrong.append(name)
    return finding("places", _("enterprises booked in a unit where they are not"), wrong, "places")


@dataclass(frozen=True)
class _Union:
    """A union that is there whatever the joint unions are: of today, or of one large enterprise."""

    members: tuple[str, ...]
    joint: bool


class _Again:
    """Counts by area, from the stored enterprises, places and organisations."""

    def __init__(self, world: World, counted: list[Any]) -> None:
        self._plan, self._policy = world.plan, world.policy
        self._rows = {str(row.enterprise_id): row for row in counted}
        places = world.plan.derived["places"]
        self._town = lookup(places, "enterprise_id", "street_town_id")
        towns = world.plan.layers["street_towns"]
        self._borough = lookup(towns, "street_town_id", "borough_id")
        self._level = {level: self._organised(level) for level in LEVELS}
        self._unions = {level: self._sure_unions(level) for level in LEVELS}
        self._here: dict[str, list[str]] = {}
        for name in self._rows:
            self._here.setdefault(self._town[name], []).append(name)
        unions = pd.DataFrame(world.plan.layers["organisations"].drop(columns="geometry"))
        self._stored: dict[str, list[Any]] = {}
        for row in rows_of(unions):
            self._stored.setdefault(str(row.street_town_id), []).append(row)
        town = lookup(unions, "organisation_id", "street_town_id")
        self._own_in = {
            level: Counter(town.get(f"own-{u.members[0]}", "") for u in sure if not u.joint)
            for level, sure in self._unions.items()
        }

    def areas(self) -> set[tuple[str, str]]:
        """Return every area with enterprises that count."""
        towns = {self._town[name] for name in self._rows}
        return {("city", "city")} | {("street_town", t) for t in towns} | {("borough", self._borough[t]) for t in towns}  # fmt: skip

    def of_area(self, area: str, area_id: str) -> dict[str, float]:
        """Return what must stand in the row of an area."""
        towns = self._towns_of(area, area_id)
        here = [name for town in towns for name in self._here.get(town, ())]
        rows = [self._rows[name] for name in here]
        unionised = sum(bool(row.unionised) for row in rows)
        workers = sum(int(row.workers) for row in rows)
        members = sum(int(row.members) for row in rows)
        said: dict[str, float] = {
            "enterprises": len(rows),
            "unionised": unionised,
            "workers": workers,
            "members": members,
            "union_rate_share": unionised / len(rows) if rows else 0.0,
            "membership_rate_share": members / workers if workers else 0.0,
        }
        for level in LEVELS:
            said[f"covered_{level}"] = sum(name in self._level[level] for name in here)
        own = self._policy.organisations.level
        stored = [row for town in towns for row in self._stored.get(town, ())]
        said[f"organisations_{own}"] = len(stored)
        said[f"own_{own}"] = sum(row.kind == "own" for row in stored)
        said[f"joint_{own}"] = sum(row.kind == "joint" for row in stored)
        for level in LEVELS:
            count = self._own_unions(level, area, area_id)
            if count is not None and (level != own or area == "city"):
                said[f"own_{level}"] = count
        return said

    def outside_bounds(self, row: Any) -> list[str]:
        """Return the levels of an area whose organisations are no sum, or, for the city, too few or too many."""
        wrong = []
        for level in LEVELS:
            own, joint = getattr(row, f"own_{level}"), getattr(row, f"joint_{level}")
            good = own + joint == getattr(row, f"organisations_{level}")
            if row.area == "city":
                sure = self._unions[level]
                kept = sum(union.joint for union in sure)
                rest = len(self._level[level]) - sum(len(union.members) for union in sure)
                fewest = ceil(rest / self._policy.organisations.joint_enterprises_most)
                good &= kept + fewest <= joint <= kept + rest
            if not good:
                wrong.append(f"{row.area} {row.area_id} organisations_{level}")
        return wrong

    def _towns_of(self, area: str, area_id: str) -> list[str]:
        if area == "street_town":
            return [area_id]
        return [t for t, borough in self._borough.items() if area == "city" or borough == area_id]

    def _own_unions(self, level: str, area: str, area_id: str) -> int | None:
        """Count own unions; where they stand is stored for the plan's own level, which holds all of them when it is full."""
        if area == "city":
            return sum(self._own_in[level].values())
        if self._policy.organisations.level != "full":
            return None
        return sum(self._own_in[level].get(town, 0) for town in self._towns_of(area, area_id))

    def _organised(self, level: str) -> set[str]:
        """Return who is in an organisation at a level: at_85 adds the largest of a street_town until the share is met."""
        if level == "full":
            return set(self._rows)
        found = {name for name, row in self._rows.items() if row.unionised}
        if level == "today":
            return found
        waiting: dict[str, list[tuple[int, str]]] = {}
        total: dict[str, int] = {}
        for name, row in self._rows.items():
            town = self._town[name]
            total[town] = total.get(town, 0) + 1
            if not row.unionised:
                waiting.setdefault(town, []).append((-int(row.workers), name))
        share = self._policy.rates.enterprises_share
        for town, names in waiting.items():
            missing = ceil(total[town] * share - 1e-9) - (total[town] - len(names))
            found |= {name for _size, name in sorted(names)[: max(missing, 0)]}
        return found

    def _sure_unions(self, level: str) -> list[_Union]:
        rule = self._policy.organisations
        named: dict[tuple[str, str], list[str]] = {}
        alone = []
        for name in sorted(self._level[level]):
            row = self._rows[name]
            spelled = _bare(row.union_name) if row.unionised else ""
            if spelled:
                named.setdefault((self._town[name], spelled), []).append(name)
            elif getattr(row, rule.threshold_basis) >= rule.own_union_threshold:
                alone.append(_Union((name,), joint=False))
        return alone + [
            _Union(tuple(names), joint=len(names) > 1 or _says_joint(self._rows[names[0]].union_name))
            for names in named.values()
        ]  # fmt: skip


def _bare(name: object) -> str:
    """Return a union's name without what people write now this way, now that."""
    if not isinstance(name, str):
        return ""
    plain = unicodedata.normalize("NFKC", name).lower()
    return "".join(c for c in plain if c not in _UNSAID and not c.isspace())


def _says_joint(name: object) -> bool:
    return isinstance(name, str) and any(word in name.lower() for word in _JOINT)
