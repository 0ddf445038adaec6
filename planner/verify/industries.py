"""Do industry federations follow from the thresholds, and is each of their organisations marked with both?"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from geodata.messages import translator
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, rows_of

if TYPE_CHECKING:
    from planner.verify.world import World

_ = translator("planner")


def check_industries(world: World) -> list[Finding]:
    """Work out again where industries concentrate, and count what each industry federation holds."""
    decisions = world.plan.decisions
    if "industry_federations" not in decisions:
        return []  # a plan of an earlier version
    marks = decisions["industry_organisations"]
    federations = {
        row.industry_federation_id: row for row in rows_of(decisions["industry_federations"])
    }
    unions = {row.organisation_id: row for row in rows_of(world.plan.layers["organisations"])}
    of = lookup(marks, "organisation_id", "industry_federation_id")
    areas = lookup(decisions["organisation_district"], "organisation_id", "district_id")
    astray = [
        name
        for name, federation in of.items()
        if name not in unions or federation not in federations or not areas.get(name)
    ]
    twice = marks.loc[marks["organisation_id"].duplicated(), "organisation_id"]
    found = finding(
        "industry_marks",
        _(
            "organisations of an industry federation that are unknown, marked twice, or without an area federation"
        ),
        [*astray, *twice],
    )
    if found:
        return found
    found += _check_names(world)
    meant = _meant(world)
    placed = {
        name: (world.town_borough[unions[name].street_town_id], unions[name].industry)
        for name in of
    }
    wrong = [
        name
        for name, federation in of.items()
        if meant.get(name) != placed[name]
        or placed[name] != (federations[federation].borough_id, federations[federation].industry)
    ]
    found += finding(
        "industry_members",
        _("organisations that should or should not be in an industry federation"),
        sorted({*wrong, *(set(meant) - set(of))}),
    )
    return found + _check_counts(world, of)


def _check_names(world: World) -> list[Finding]:
    table = world.plan.decisions["industry_federations"]
    areas = set(world.plan.districts["name"])
    wrong = [
        row.industry_federation_id
        for row in rows_of(table)
        if not str(row.name).strip() or row.name in areas
    ]
    for column in ("industry_federation_id", "name"):
        wrong += table.loc[table[column].duplicated(keep=False), "industry_federation_id"].tolist()
    return finding("industry_names", _("industry federations without a name or id of their own"), sorted(set(wrong)))  # fmt: skip


def _meant(world: World) -> dict[str, tuple[str, str]]:
    """Return (borough, industry) of every organisation that the thresholds put into an industry federation."""
    rule = world.policy.industry_federations
    if rule is None or not rule.form:
        return {}
    unions = rows_of(world.plan.layers["organisations"])
    whole, town, city, both = 0, Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for row in unions:
        whole += int(row.workers)
        town[row.street_town_id] += int(row.workers)
        city[row.industry] += int(row.workers)
        both[row.street_town_id, row.industry] += int(row.workers)
    dense = {
        (place, industry)
        for (place, industry), held in both.items()
        if industry
        and held
        and Fraction(held, town[place]) >= Fraction(str(rule.area_share_least))
        and Fraction(held, town[place]) / Fraction(city[industry], whole) >= Fraction(str(rule.concentration_least))
    }  # fmt: skip
    groups: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for row in unions:
        if (row.street_town_id, row.industry) in dense:
            key = (world.town_borough[row.street_town_id], row.industry)
            groups[key].append((row.organisation_id, int(row.workers)))
    return {
        name: key
        for key, members in groups.items()
        if len(members) >= rule.organisations_least
        and sum(workers for _name, workers in members) >= rule.workers_least
        for name, _workers in members
    }


def _check_counts(world: World, of: dict[str, str]) -> list[Finding]:
    """Count organisations, workers, street_towns and districts, and the parts an industry was cut into."""
    plan, rule = world.plan, world.policy.industry_federations
    areas = lookup(plan.decisions["organisation_district"], "organisation_id", "district_id")
    held: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for row in rows_of(plan.layers["organisations"]):
        if row.organisation_id in of:
            one = (int(row.workers), row.street_town_id, areas[row.organisation_id])
            held[of[row.organisation_id]].append(one)
    wrong = []
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    workers: Counter[tuple[str, str]] = Counter()
    for row in rows_of(plan.decisions["industry_federations"]):
        mine = held[row.industry_federation_id]
        again = (len(mine), sum(m[0] for m in mine), len({m[1] for m in mine}), len({m[2] for m in mine}))  # fmt: skip
        if again != (row.organisations, row.workers, row.street_towns, row.districts):
            wrong.append(row.industry_federation_id)
        groups[row.borough_id, row.industry].append(len(mine))
        workers[row.borough_id, row.industry] += again[1]
    found = finding("industry_counts", _("industry federations whose counts do not add up"), wrong)
    if rule is None:
        return found
    cut = []
    for key, sizes in groups.items():
        total = sum(sizes)
        ideal = int(Fraction(total, rule.organisations_ideal) + Fraction(1, 2))
        parts = max(1, min(ideal, total // rule.organisations_least, workers[key] // rule.workers_least))  # fmt: skip
        if len(sizes) != parts or min(sizes) < rule.organisations_least:
            cut.append("/".join(key))
    return found + finding("industry_parts", _("industries cut into too many or too few federations"), cut)  # fmt: skip
