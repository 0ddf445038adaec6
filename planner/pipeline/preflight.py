"""Before a year is planned: are these inputs next year's of the same city, and do the wishes fit together?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import current_language, mark, text_in, translator
from planner.errors import ParentError
from planner.problems.incumbent import units_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geodata.layers import Layers
    from planner.plan import Plan
    from planner.scenario import Scenario

_ = translator("planner")

JUMP_SHARE = 0.2
"""A count that changes by more than this share of last year's is worth a look, inclusive."""

SAME_CITY_SHARE = 0.5
"""Share of last year's enterprises, and of its ground, that the same city has at least."""

SHIFT_M = 50.0
"""A shift of half of the enterprises by more than this, all the same way, is another datum."""

EMPTIED_SHARE = 0.2
"""A column whose filled share falls by more than this may have been read under another header."""

LAYERS = {
    "enterprises": mark("the register"), "boroughs": mark("the boroughs"), "street_towns": mark("the street_towns"),
    "units": mark("the basic units"), "outdoor": mark("the outdoor workers"), "disputes": mark("the disputes"),
    "sites": mark("the lists of premises"),
}  # fmt: skip
"""Layers whose rows are counted, in words."""

Weight = Literal["stop", "look", "note"]


@dataclass(frozen=True)
class Remark:
    """One thing seen before planning.

    Parameters
    ----------
    weight
        ``stop``: no plan is made; ``look``: somebody should look; ``note``: worth knowing.
    text
        Marked text with places for ``values``.
    values
        What goes into the text.
    examples
        The first few.
    fix
        Marked text: what to do, "" where nothing.
    """

    weight: Weight
    text: str
    values: dict[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    fix: str = ""

    def said(self, language: Literal["zh", "en"] | None = None) -> str:
        """Return the sentence in one language, the reader's when left out."""
        chosen = language or current_language()
        values = dict(self.values)
        if values.get("layer") in LAYERS:
            values["layer"] = text_in(chosen, "planner", LAYERS[values["layer"]])
        text = text_in(chosen, "planner", self.text).format(**values)
        return f"{text}: {', '.join(self.examples[:5])}" if self.examples else text


def preflight(scenario: Scenario, parent: Plan, layers: Layers) -> tuple[Remark, ...]:
    """Compare a year's inputs with its parent's.

    Parameters
    ----------
    scenario
        The year's scenario.
    parent
        The plan it goes on from.
    layers
        The year's layers, read and checked.

    Returns
    -------
    tuple of Remark
        Those that stop first.
    """
    remarks = [
        *_policy(scenario, parent),
        *_city(parent, layers),
        *_age(scenario, parent, layers),
        *_counts(parent, layers),
        *_columns(parent, layers),
        *_datum(parent, layers),
        *_borders(parent, layers),
        *_wishes(scenario, parent),
    ]
    order = {"stop": 0, "look": 1, "note": 2}
    return tuple(sorted(remarks, key=lambda one: order[one.weight]))


def refuse(remarks: tuple[Remark, ...], where: str) -> None:
    """Raise one error with every remark that stops.

    Raises
    ------
    ParentError
        When there is any.
    """
    faults = [
        Fault(_(one.text).format(**one.values), where, max(1, len(one.examples)), one.examples, _(one.fix) if one.fix else "")
        for one in remarks
        if one.weight == "stop"
    ]  # fmt: skip
    if faults:
        raise ParentError(faults)


def _policy(scenario: Scenario, parent: Plan) -> Iterator[Remark]:
    then, now = dict(parent.manifest["policy"]), scenario.rules.model_dump(mode="json")
    if then["name"] != now["name"]:
        yield Remark(
            "stop",
            mark("the parent was made under the policy {then}, this year's is {now}"),
            {"then": str(then["name"]), "now": str(now["name"])},
            fix=mark("choose a parent of the same policy, or plan anew with `planner run`"),
        )
        return
    changed = sorted(key for key in now if now[key] != then.get(key))
    if changed:
        yield Remark("look", mark("settings of the policy have changed"), {}, tuple(changed))


def _city(parent: Plan, layers: Layers) -> Iterator[Remark]:
    before = set(parent.layers["enterprises"]["enterprise_id"])
    now = set(layers.enterprises["enterprise_id"])
    both = len(before & now) / max(1, len(before))
    old = parent.layers["street_towns"].to_crs(layers.street_towns.crs).union_all()
    new = layers.street_towns.union_all()
    shared = old.intersection(new).area / max(old.area, 1.0)
    fix = mark("name a parent of the same city with --parent; `planner plans` lists them")
    if both < SAME_CITY_SHARE or shared < SAME_CITY_SHARE:
        yield Remark(
            "stop",
            mark("another city: {enterprises} of the parent's enterprises and {ground} of its ground are here"),
            {"enterprises": f"{both:.0%}", "ground": f"{shared:.0%}"},
            fix=fix,
        )  # fmt: skip
        return
    grown = new.area / max(old.area, 1.0) - 1
    if abs(grown) > 0.005 or shared < 0.995:
        yield Remark(
            "look",
            mark("the ground is another: {grown} larger, {shared} of the parent's is still in it"),
            {"grown": f"{grown:+.1%}", "shared": f"{shared:.1%}"},
        )


def _age(scenario: Scenario, parent: Plan, layers: Layers) -> Iterator[Remark]:
    """Compare the days the two registers describe."""
    said = [
        str(one["as_of"]) for one in parent.manifest["sources"] if one["layer"] == "enterprises"
    ]
    mine = [record.as_of for record in layers.records if record.layer == "enterprises"]
    then, now = next(iter(said), ""), next(iter(mine), "")
    if not then or not now:
        yield Remark(
            "note",
            mark("which register is the newer one cannot be checked: give as_of of both"),
        )
    elif now < then:
        yield Remark(
            "stop",
            mark("the register is of {now}, older than the parent's of {then}"),
            {"now": now, "then": then},
            (scenario.inputs.enterprise_register.path,),
            mark("give this year's register with --register"),
        )
    elif now == then and _digests(parent) != _digests_now(layers):
        yield Remark(
            "look",
            mark("both registers say they are of {day}, but their contents differ"),
            {"day": now},
        )


def _digests(parent: Plan) -> set[str]:
    return {
        str(one["sha256"]) for one in parent.manifest["sources"] if one["layer"] == "enterprises"
    }


def _digests_now(layers: Layers) -> set[str]:
    return {record.sha256 for record in layers.records if record.layer == "enterprises"}


def _counts(parent: Plan, layers: Layers) -> Iterator[Remark]:
    for name in LAYERS:
        if name == "sites" or name not in parent.layers:
            continue
        then, now = len(parent.layers[name]), len(getattr(layers, name))
        yield from _jump(mark("rows of {layer}: {then} last year, {now} now"), name, then, now)
    then, now = (
        int(f["workers"].sum()) for f in (parent.layers["enterprises"], layers.enterprises)
    )
    yield from _jump(
        mark("workers in {layer}: {then} last year, {now} now"), "enterprises", then, now
    )
    listed = parent.layers["sites"]
    made = ("carrier", "large_enterprise", "to_find")
    then = int((~listed["kind"].isin(made)).sum())
    yield from _jump(
        mark("rows of {layer}: {then} last year, {now} now"), "sites", then, len(layers.sites)
    )


def _jump(text: str, layer: str, then: int, now: int) -> Iterator[Remark]:
    jumped = abs(now - then) >= JUMP_SHARE * max(1, then) and now != then
    if jumped or layer == "enterprises":
        values = {"layer": layer, "then": f"{then:,}", "now": f"{now:,}"}
        yield Remark("look" if jumped else "note", text, values)


def _columns(parent: Plan, layers: Layers) -> Iterator[Remark]:
    """Find columns of the register that were filled last year and are not now."""
    then, now = pd.DataFrame(parent.layers["enterprises"]), pd.DataFrame(layers.enterprises)
    emptied = []
    for name in sorted(map(str, set(then) & set(now) - {"geometry"})):
        shares = [
            float((f[name].notna() & (f[name].astype(str) != "")).mean()) for f in (then, now)
        ]
        if shares[0] - shares[1] > EMPTIED_SHARE:
            emptied.append(f"{name} {shares[0]:.0%} -> {shares[1]:.0%}")
    if emptied:
        yield Remark(
            "look",
            mark("columns of the register that were filled last year and are less so now"),
            {},
            tuple(emptied),
            mark("look at the headers; [inputs.register.columns] names unknown ones"),
        )


def _datum(parent: Plan, layers: Layers) -> Iterator[Remark]:
    """Find a shift that most enterprises share: the coordinates are of another datum than is declared."""
    old = parent.layers["enterprises"].to_crs(layers.enterprises.crs)
    frames = [
        f[f["accuracy"] == "exact"].set_index("enterprise_id").geometry
        for f in (old, layers.enterprises)
    ]
    both = frames[0].index.intersection(frames[1].index)
    if len(both) < 20:
        return
    dx = frames[1].loc[both].x.to_numpy() - frames[0].loc[both].x.to_numpy()
    dy = frames[1].loc[both].y.to_numpy() - frames[0].loc[both].y.to_numpy()
    shift = float(np.hypot(np.median(dx), np.median(dy)))
    if shift > SHIFT_M:
        yield Remark(
            "stop",
            mark("half of the enterprises lie {shift} m away from last year, all the same way: the coordinates are of another datum"),
            {"shift": f"{shift:,.0f}"},
            fix=mark("set inputs.register.datum to what the coordinates are: wgs84, gcj02, bd09, cgcs2000"),
        )  # fmt: skip


def _borders(parent: Plan, layers: Layers) -> Iterator[Remark]:
    """Say which basic units and street_towns are new, renamed or elsewhere, and which districts a border cuts."""
    before = units_before(layers.units, parent.layers["units"])
    codes = sorted(str(name) for name, was in before.dropna().items() if was != name)
    fresh = sorted(map(str, before[before.isna()].index))
    gone = sorted(set(parent.layers["units"]["unit_id"]) - set(before.dropna()))
    district = before.map(parent.decisions["unit_district"].set_index("unit_id")["district_id"])
    town = layers.units.set_index("unit_id")["street_town_id"].reindex(before.index)
    spread = town.groupby(district).nunique()
    crossing = parent.manifest["policy"]["federations"]["undersize"] == "merge"
    cut = sorted(map(str, spread[spread > 1].index)) if not crossing else []
    for weight, names, text in (
        ("note", codes, mark("{count} basic units have another code than last year")),
        ("look", fresh, mark("{count} basic units are where there were none last year")),
        ("look", gone, mark("{count} basic units of last year are gone")),
        ("look", cut, mark("{count} federation districts are cut by a changed border of a street_town; what lies beyond it must switch")),
    ):  # fmt: skip
        if names:
            yield Remark(weight, text, {"count": f"{len(names):,}"}, tuple(map(str, names)))  # type: ignore[arg-type]


def _wishes(scenario: Scenario, parent: Plan) -> Iterator[Remark]:
    """Find pins of what the parent does not have, and wishes that contradict each other."""
    rule = scenario.change
    districts = set(parent.districts["district_id"])
    organisations = set(parent.decisions["organisation_district"]["organisation_id"])
    known = {"federation": districts, "organisation": organisations}
    unknown = [pin.id for pin in rule.pins if pin.id not in known[pin.kind]]
    if unknown:
        yield Remark(
            "stop",
            mark("pins of federations or organisations that the parent does not have"),
            {},
            tuple(unknown),
            mark("use the ids of the parent; `planner show` and the workbook list them"),
        )
    terms = [term.federation for term in rule.terms if term.federation not in districts]
    if terms:
        yield Remark(
            "look", mark("terms of federations that the parent does not have"), {}, tuple(terms)
        )
    if rule.stance == "anew" and (
        rule.most_switched_share is not None or rule.most_closings or rule.pins
    ):
        yield Remark(
            "stop",
            mark("a plan drawn anew cannot keep limits on change or pins of federations"),
            fix=mark("set change.stance to adjust, or leave out limits and pins"),
        )
    opened = set(zip(parent.facilities["tier"], parent.facilities["site_id"], strict=True))
    for tier, most in sorted(rule.most_closings.items()):
        vetoed = [
            one.site_id
            for one in scenario.decisions
            if one.decision == "closed" and one.tier == tier and (tier, one.site_id) in opened
        ]
        if len(vetoed) > most:
            yield Remark(
                "stop",
                mark(
                    "{count} open sites of {tier} are vetoed, and at most {most} may close or move"
                ),
                {"count": f"{len(vetoed):,}", "tier": tier, "most": f"{most:,}"},
                tuple(vetoed),
                mark("lift a veto, or raise the limit in change.most_closings"),
            )
    signed = {(lease.tier, lease.site_id) for lease in rule.leases if lease.signed}
    both = [f"{one.tier}:{one.site_id}" for one in scenario.decisions
            if one.decision == "closed" and (one.tier, one.site_id) in signed]  # fmt: skip
    if both:
        yield Remark(
            "stop",
            mark("signed premises that are vetoed as well"),
            {},
            tuple(both),
            mark("keep one of the two"),
        )
