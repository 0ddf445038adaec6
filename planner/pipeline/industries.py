"""Industry federations: an overlay across area districts where an industry concentrates (一(二))."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.messages import text_in, translator
from planner.industries import SECTIONS
from planner.plan import OVERLAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geodata.layers import Layers
    from planner.districting import IndustryOverlay
    from planner.organisations import Organisations
    from planner.plan import Plan
    from planner.rules import IndustryFederationRule

_ = translator("planner")

_NUMBER: Final = re.compile(r"\d+$")


@dataclass(frozen=True, eq=False)
class Industries:
    """The overlay as tables of the plan; no rows where no industry is large enough or none is asked for.

    Parameters
    ----------
    federations, organisations
        Tables ``industry_federations`` and ``industry_organisations``, see `planner.plan`.
    """

    federations: pd.DataFrame
    organisations: pd.DataFrame


def form_industries(
    rule: IndustryFederationRule | None,
    layers: Layers,
    formed: Organisations,
    unit_district: pd.DataFrame,
    parent: Plan | None = None,
) -> Industries:
    """Form the industry federations of a plan; those of the parent keep id and name.

    Parameters
    ----------
    rule
        Thresholds; None forms none.
    layers, formed, unit_district
        Street_towns with their boroughs; organisations; the area district of each basic unit.
    parent
        Last year's plan: organisations stay in their industry federation where it goes on.
    """
    from planner.districting import IndustryThresholds, industry_federations

    unions = pd.DataFrame(formed.organisations.drop(columns="geometry"))
    unions = unions.sort_values("organisation_id").reset_index(drop=True)
    if rule is None or not rule.form or unions.empty:
        return _tables([], unions, np.full(len(unions), -1))
    towns = layers.street_towns.set_index("street_town_id")["borough_id"]
    unions["borough_id"] = unions["street_town_id"].map(towns)
    home = unit_district.set_index("unit_id")["district_id"]
    unions["district_id"] = unions["unit_id"].map(home)
    codes = {
        column: pd.factorize(unions[column], sort=True)
        for column in ("borough_id", "street_town_id", "district_id")
    }
    sections = sorted(SECTIONS)
    number = {letter: k for k, letter in enumerate(sections)}
    section = np.array([number.get(letter, -1) for letter in unions["industry"]], dtype=np.int64)
    known, before = _before(parent)
    was = unions["organisation_id"].map(before)
    made = industry_federations(
        codes["borough_id"][0],
        codes["street_town_id"][0],
        codes["district_id"][0],
        section,
        unions["workers"].to_numpy(np.int64),
        thresholds=IndustryThresholds(
            organisations_least=rule.organisations_least,
            workers_least=rule.workers_least,
            area_share_least=rule.area_share_least,
            concentration_least=rule.concentration_least,
            organisations_ideal=rule.organisations_ideal,
        ),
        before=pd.factorize(was, sort=True)[0],
    )
    boroughs = [str(codes["borough_id"][1][one]) for one in made.group]
    letters = [sections[one] for one in made.industry]
    ids = _ids(made, boroughs, letters, was, known.index)
    called = layers.boroughs.set_index("borough_id")["name"].to_dict()
    names = _names(ids, [str(called.get(one, one)) for one in boroughs], letters, known)
    mine = made.federation >= 0
    at = unions[mine].assign(federation=made.federation[mine]).groupby("federation")
    spans = at[["street_town_id", "district_id"]].nunique().to_numpy(np.int64)
    rows = [
        (ids[k], names[k], boroughs[k], letters[k], int(made.organisations[k]), int(made.workers[k]), *spans[k].tolist())
        for k in range(len(ids))
    ]  # fmt: skip
    return _tables(rows, unions, made.federation)


def _tables(rows: list[tuple[object, ...]], unions: pd.DataFrame, label: np.ndarray) -> Industries:
    columns = OVERLAYS["industry_federations"]
    federations = pd.DataFrame(rows, columns=list(columns)).astype(
        {column: "str" if place < 4 else "int64" for place, column in enumerate(columns)}
    )
    inside = label >= 0
    ids = federations["industry_federation_id"].to_numpy(dtype=object)
    organisations = pd.DataFrame(
        {
            "organisation_id": unions["organisation_id"][inside].astype("str"),
            "industry_federation_id": pd.Series(ids[label[inside]], unions.index[inside], "str"),
        }
    )
    ordered = federations.sort_values("industry_federation_id")
    return Industries(ordered.reset_index(drop=True), organisations.reset_index(drop=True))


def _before(parent: Plan | None) -> tuple[pd.Series, pd.Series]:
    """Return the names of the parent's industry federations by id, and each organisation's, by ``organisation_id``."""
    if parent is None or "industry_federations" not in parent.decisions:
        nothing = pd.Series([], index=pd.Index([], dtype=object), dtype=object)
        return nothing, nothing
    names = parent.decisions["industry_federations"].set_index("industry_federation_id")["name"]
    marks = parent.decisions["industry_organisations"].set_index("organisation_id")
    return names, marks["industry_federation_id"]


def _ids(
    made: IndustryOverlay,
    boroughs: list[str],
    letters: list[str],
    was: pd.Series,
    known: Iterable[str],
) -> list[str]:
    """Return ``<borough_id>-<section>-<number>``; the parent's where most organisations stay, and no number of it again."""
    from scipy.optimize import linear_sum_assignment

    from planner.districting import unused_id

    heads = [f"{borough}-{letter}-" for borough, letter in zip(boroughs, letters, strict=True)]
    old = sorted(known)
    shared = np.zeros((len(heads), len(old)))
    for label, name in zip(made.federation.tolist(), was.tolist(), strict=True):
        if label >= 0 and isinstance(name, str) and _NUMBER.sub("", name) == heads[label]:
            shared[label, old.index(name)] += 1
    carried = {
        int(label): old[place]
        for label, place in zip(*linear_sum_assignment(shared, maximize=True), strict=True)
        if shared[label, place]
    }
    ids: list[str] = []
    for label, head in enumerate(heads):
        ids.append(carried.get(label) or unused_id(head, {*old, *ids}))
    return ids


def _names(ids: list[str], boroughs: list[str], letters: list[str], known: pd.Series) -> list[str]:
    """Return names: the parent's, else borough and industry, counted where the borough has several of the industry."""
    from planner.districting import district_names, is_chinese

    trades = [
        _trade(letter) if is_chinese(borough) else SECTIONS[letter]
        for borough, letter in zip(boroughs, letters, strict=True)
    ]
    given = [str(known.get(one, "")) for one in ids]
    return district_names(boroughs, [[trade] for trade in trades], given, known.astype(str))


def _trade(letter: str) -> str:
    """Return what a section is called in the Chinese name of a federation."""
    section = text_in("zh", "planner", SECTIONS[letter])
    return section if section.endswith("业") else f"{section}行业"


def industry_notes(made: Industries) -> list[str]:
    """Say which industry federations there are."""
    table = made.federations
    if table.empty:
        return []
    return [
        _("industry federations: {count} with {organisations} organisations and {workers} workers lie across the area districts: {examples}").format(
            count=f"{len(table):,}", organisations=f"{int(table['organisations'].sum()):,}",
            workers=f"{int(table['workers'].sum()):,}", examples=", ".join(table["name"].head()),
        )
    ]  # fmt: skip
