"""Existing federations of a list: matched with the organisations formed, their areas, and what does not fit together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from geodata.messages import translator
from geodata.sources.federations import SEVERAL, UNKNOWN

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from planner.organisations import Organisations

_ = translator("planner")

FINDING_COLUMNS: Final = (
    "kind",
    "federation_id",
    "organisation_id",
    "unit_id",
    "unit_federation_id",
)


@dataclass(frozen=True, eq=False)
class Existing:
    """Today's federations on the ground; without a list, no rows.

    Parameters
    ----------
    federations
        Polygons: ``federation_id``, ``organisations``, ``enterprises``, ``workers``, ``units``, ``street_towns``, ``pieces``.
    findings
        `FINDING_COLUMNS`, where ``kind`` is ``enclave``, ``conflict`` or ``unlisted``.
    notes
        Sentences for the reader.
    unit_federation
        Federation of each basic unit, indexed by ``unit_id``; None where no list fits.
    booked
        Federation of each listed organisation, indexed by ``organisation_id``.
    """

    federations: gpd.GeoDataFrame | None
    findings: pd.DataFrame
    notes: tuple[str, ...]
    unit_federation: pd.Series | None = None
    booked: pd.Series | None = None


def existing_federations(
    table: pd.DataFrame | None, layers: Layers, formed: Organisations, adjacency: pd.DataFrame
) -> tuple[Layers, Existing]:
    """Match a list organisation -> federation, derive areas, and report enclaves, conflicts and who is not listed.

    An organisation may be listed under another organisation (a joint union); the chain is followed to the first name that
    is none. Rows that match nothing are rejected with their reason.

    Raises
    ------
    InvalidRowsError
        For a loop, or a member with two parents.
    """
    from planner.organisations import read_federations, resolve_parents

    if table is None:
        return layers, Existing(None, pd.DataFrame(columns=list(FINDING_COLUMNS), dtype="str"), ())
    unions = formed.organisations
    names = unions["name"].astype("str")
    # a workplace elsewhere carries its enterprise's union name: the name means the office's
    office = ~unions["organisation_id"].str.contains("@", regex=False)
    single = ~names.duplicated(keep=False) | (
        office & ~names[office].duplicated(keep=False).reindex(names.index, fill_value=True)
    )
    id_of = dict(zip(names[single], unions.loc[single, "organisation_id"], strict=True))
    id_of |= {name: name for name in unions["organisation_id"]}
    several = set(names[~single]) - set(names[single])
    given = table["organisation_id"].fillna(table["organisation_name"]).astype("str")
    rows = pd.DataFrame(
        {
            "member": given.map(id_of).fillna(given),
            "parent": table["federation_id"].map(id_of).fillna(table["federation_id"]),
            "source_row": table["source_row"],
            "value": given,
        }
    )
    resolve_parents(rows)  # refuses loops and two parents, also among rows that are left out below
    known = rows["member"].isin(set(unions["organisation_id"]))
    above = ~known & rows["member"].isin(
        set(rows["parent"])
    )  # a federation under its street_town's union
    layers = _rejected(layers, rows[~known & ~above], several)
    if not known.any():
        said = _("federations: no row of the list fits an organisation of the register")
        nothing = pd.DataFrame(columns=list(FINDING_COLUMNS), dtype="str")
        return layers, Existing(None, nothing, (said,))
    tops = resolve_parents(rows[known])
    booked = tops.rename(columns={"member": "organisation_id", "top": "federation_id"})
    found = read_federations(booked, formed, layers.units, adjacency)
    today = set(unions.loc[unions["existing"], "organisation_id"])
    unlisted = found.unlisted[found.unlisted["organisation_id"].isin(today)]
    findings = pd.concat(
        [
            found.enclaves.assign(kind="enclave"),
            found.conflicts.assign(kind="conflict"),
            unlisted.assign(kind="unlisted"),
        ],
        ignore_index=True,
    ).reindex(columns=list(FINDING_COLUMNS))
    areas = found.federations[found.federations.geometry.notna()].reset_index(drop=True)
    return layers, Existing(
        areas,
        findings.astype("str"),
        _said(findings, len(found.federations)),
        found.unit_federation.set_index("unit_id")["federation_id"].dropna(),
        booked.set_index("organisation_id")["federation_id"],
    )


def _rejected(layers: Layers, rows: pd.DataFrame, several: set[str]) -> Layers:
    """Return the layers with rows of the list that match nothing among the rejected ones."""
    if rows.empty:
        return layers
    ambiguous = rows["value"].isin(several)
    reason = ambiguous.map({True: SEVERAL.text, False: UNKNOWN.text})
    entries = pd.DataFrame(
        {
            "layer": "federations",
            "source_row": rows["source_row"],
            "column": "organisation",
            "value": rows["value"],
            "reason": reason,
            "suggested_fix": ambiguous.map({True: SEVERAL.fix, False: UNKNOWN.fix}),
        }
    )
    counts = {str(why): int(n) for why, n in reason.value_counts().items()}
    records = tuple(
        record.with_rejected(counts) if record.layer == "federations" else record
        for record in layers.records
    )
    rejected = pd.concat([layers.rejected, entries], ignore_index=True)
    return replace(layers, records=records, rejected=rejected)


def _said(findings: pd.DataFrame, federations: int) -> tuple[str, ...]:
    notes = [_("federations: {count} of today are on the list").format(count=f"{federations:,}")]
    sentences = {
        "enclave": _("federations: {count} units are cut off from the largest piece of their federation: {examples}"),
        "conflict": _("federations: {count} organisations are booked in another federation than most of their unit: {examples}"),
        "unlisted": _("federations: {count} organisations of today are in no federation of the list: {examples}"),
    }  # fmt: skip
    for kind, sentence in sentences.items():
        mine = findings[findings["kind"] == kind]
        if len(mine):
            names = mine["unit_id" if kind == "enclave" else "organisation_id"]
            notes.append(sentence.format(count=f"{len(mine):,}", examples=", ".join(names.head())))
    return tuple(notes)
