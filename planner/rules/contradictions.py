"""Tiers that contradict themselves, each other or other tables of the policy, each with the smallest change that would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.messages import translator
from planner.rules.faults import contradiction, nearest, not_above

if TYPE_CHECKING:
    from geodata.errors import Fault
    from planner.rules.hours import HoursRule
    from planner.rules.programme import ProgrammeRule, TargetRule
    from planner.rules.services import ServiceRule
    from planner.rules.tier import Tier

_ = translator("planner")

WITHOUT_P_MEDIAN = frozenset({"budget", "cover_share", "target"})
"""Rules that do not say how many sites open, which the least total time needs."""


def tier_contradictions(tier: Tier) -> list[Fault | None]:
    """Return what a tier's own keys say against each other."""
    return [*_people(tier), *_number(tier), *_premises(tier)]


def _people(tier: Tier) -> list[Fault]:
    """Look at whom the tier serves and how they come."""
    faults = []
    if tier.demand != "outdoor" and (tier.kinds or tier.also):
        what = _("kinds and also need demand 'outdoor'")
        faults.append(contradiction(what, _('set demand = "outdoor", or leave out kinds and also')))
    kinds = [kind for way in tier.streams for kind in way.kinds]
    twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if twice:
        fix = _("name it once, in kinds or in one entry of also")
        faults.append(
            contradiction(_("a kind of outdoor worker comes in two ways"), fix, examples=twice)
        )
    if tier.parent_cutoff_min is not None and not tier.parent:
        fix = _("leave out parent_cutoff_min, or name the parent it is measured from")
        faults.append(contradiction(_("parent_cutoff_min without a parent"), fix))
    return faults


def _number(tier: Tier) -> list[Fault]:
    """Look at how many sites open and what is best."""
    faults = []
    least = {
        "max_cover": ("per_district", _("1 for each district; any number above 0 would do")),
        "count": ("count", "1"),
        "budget": ("budget_yuan", f"{tier.costs.opening_yuan + tier.costs.kit_yuan}"),
    }
    compulsory = tier.compulsory_carrier_workers or tier.compulsory_enterprise_workers
    key, enough = least.get(tier.rule, ("", ""))
    if key and not getattr(tier, key) and not (compulsory and key == "per_district"):
        what = _("the rule {rule} needs {key} above 0").format(rule=tier.rule, key=key)
        fix = _("the smallest {name} that would do is {limit}").format(name=key, limit=enough)
        faults.append(contradiction(what, fix))
    if tier.objective == "p_median" and tier.rule in WITHOUT_P_MEDIAN:
        what = _("the objective p_median does not go with the rule {rule}").format(rule=tier.rule)
        fix = _('set objective = "max_cover", or the rule to count, max_cover or one_per_...')
        faults.append(contradiction(what, fix))
    if tier.candidates_most is not None and not tier.rule.startswith("one_per_"):
        what = _("candidates_most does not go with the rule {rule}").format(rule=tier.rule)
        faults.append(contradiction(what, _("leave out candidates_most")))
    return faults


def _premises(tier: Tier) -> list[Fault | None]:
    """Look at what must open and what may carry it."""
    faults: list[Fault | None] = []
    needs = {
        "compulsory_carrier_workers": ("carrier", tier.compulsory_carrier_workers),
        "compulsory_enterprise_workers": ("large_enterprise", tier.compulsory_enterprise_workers),
        "carrier_kinds": ("carrier", tier.carrier_kinds or None),
    }
    for key, (kind, value) in needs.items():
        if value is not None and kind not in tier.candidates:
            what = _("{key} is about premises of the kind {kind}, which are no candidates")
            fix = _("add {kind} to candidates, or leave out {key}").format(kind=kind, key=key)
            faults.append(contradiction(what.format(key=key, kind=kind), fix))
    room = tier.capacity
    if room is not None:
        low, high = "capacity.seats_least", "capacity.seats_most"
        faults.append(not_above(low, room.seats_least, high, room.seats_most))
    return faults


def contradictions_among(
    tiers: tuple[Tier, ...],
    targets: TargetRule,
    hours: HoursRule,
    programme: ProgrammeRule,
    services: ServiceRule,
) -> list[Fault]:
    """Return what tiers say against each other and against the tables that name them."""
    named = {
        "targets.counts": set(targets.counts) - {"federations", "models"},
        "hours.tiers": set(hours.tiers),
        "programme.weights": set(programme.weights),
        "services.special_tiers": set(services.special_tiers),
    }
    return [
        *_order(tiers),
        *_shared(tiers),
        *_services(tiers, services),
        *_followed(tiers, targets),
        *_no_tiers(tiers, named),
        *_kept_hours(tiers, hours),
    ]


def _order(tiers: tuple[Tier, ...]) -> list[Fault]:
    """Each tier once, parents before children."""
    faults = []
    names = [tier.name for tier in tiers]
    seen: list[str] = []
    for tier in tiers:
        if tier.name in seen:
            what = _("tier {tier} is listed twice").format(tier=repr(tier.name))
            faults.append(contradiction(what, _("rename or remove the second")))
        if tier.parent and tier.parent not in seen:
            what = _("tier {tier} names parent {parent}, which is not listed before it").format(
                tier=repr(tier.name), parent=repr(tier.parent)
            )
            fix = _("move {parent} before {tier}, or take one of those before it: {names}").format(
                parent=tier.parent, tier=tier.name, names=", ".join(seen) or '""'
            )
            if tier.parent not in names:
                fix = nearest(tier.parent, seen) if seen else _('leave it empty: parent = ""')
            elif tier.name in _above(tiers, tier.parent):
                what = _("tier {tier} hangs under {parent}, which hangs under it").format(
                    tier=repr(tier.name), parent=repr(tier.parent)
                )
                fix = _("take a parent of those before it: {names}").format(
                    names=", ".join(seen) or '""'
                )
            faults.append(contradiction(what, fix))
        seen.append(tier.name)
    return faults


def _above(tiers: tuple[Tier, ...], name: str) -> set[str]:
    """Return a tier and all it hangs under, in whatever order they are listed."""
    parent = {tier.name: tier.parent for tier in tiers}
    found: set[str] = set()
    while name in parent and name not in found:
        found.add(name)
        name = parent[name]
    return found


def _shared(tiers: tuple[Tier, ...]) -> list[Fault]:
    """Look at the tiers whose premises a tier shares."""
    faults = []
    known = [tier.name for tier in tiers]
    for tier in tiers:
        for other in tier.shares:
            if other not in known:
                what = _("tier {tier} shares premises with {other}, which is no tier").format(
                    tier=repr(tier.name), other=repr(other)
                )
                faults.append(contradiction(what, nearest(other, known)))
    return faults


def _services(tiers: tuple[Tier, ...], services: ServiceRule) -> list[Fault]:
    """Look at basic services by name."""
    faults = []
    for tier in tiers:
        for name in tier.services:
            if name not in services.names:
                what = _("tier {tier} lists the service {name}, which services.names does not")
                what = what.format(tier=repr(tier.name), name=repr(name))
                faults.append(contradiction(what, nearest(name, services.names)))
    return faults


def _followed(tiers: tuple[Tier, ...], targets: TargetRule) -> list[Fault]:
    """Look at the targets that tiers follow."""
    what = _("tier {tier} follows a target that targets.counts does not give")
    fix = _("add {tier} with a number to targets.counts, or take another rule")
    return [
        contradiction(what.format(tier=repr(tier.name)), fix.format(tier=tier.name))
        for tier in tiers
        if tier.rule == "target" and tier.name not in targets.counts
    ]


def _no_tiers(tiers: tuple[Tier, ...], named: dict[str, set[str]]) -> list[Fault]:
    """Look at the tables that name tiers."""
    known = [tier.name for tier in tiers]
    what = _("{key} names {name}, which is no tier")
    return [
        contradiction(what.format(key=key, name=repr(name)), nearest(name, known))
        for key, names in named.items()
        for name in sorted(names.difference(known))
    ]


def _kept_hours(tiers: tuple[Tier, ...], hours: HoursRule) -> list[Fault]:
    """Look at tiers whose hours are planned although they keep others."""
    what = _("hours.tiers names {tier}, whose hours are {hours}")
    fix = _('set its hours to "planned", or take it out of hours.tiers')
    return [
        contradiction(what.format(tier=repr(tier.name), hours=repr(tier.hours)), fix)
        for tier in tiers
        if tier.name in hours.tiers and tier.hours != "planned"
    ]
