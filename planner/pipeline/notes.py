"""What a run did that its reader should know: roads put right, people placed roughly or on no road, small street_towns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.errors import Fault, NetworkError
from geodata.messages import mark, translator

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
    from planner.districting import Districting, DistrictingProblem
    from planner.pipeline.formation import Formation
    from planner.pipeline.ground import Ground

_ = translator("planner")

OFF_ROAD_MOST_SHARE = 0.25
"""When more of a layer lies on no usable road, the road file is of another area or in pieces, and no plan is made."""

ACCURACIES = {
    "building": mark("by their building"),
    "street": mark("by their street"),
    "committee": mark("by their residential committee"),
    "street_town": mark("by their street_town"),
}
"""How an enterprise without usable coordinates was placed."""


def run_notes(
    layers: Layers,
    network: RoadNetwork,
    problem: DistrictingProblem,
    districting: Districting,
    ground: Ground,
) -> list[str]:
    """Return one sentence per thing worth knowing, in the reader's language.

    Parameters
    ----------
    layers
        Their records hold what was noticed on reading.
    network
        Its ``repairs`` count what was put right in the road file.
    problem, districting
        Why a street_town's districts are as they are, for example because it is too small for one.
    ground
        Who lies on no usable road.
    """
    from geodata.roads import describe_repairs

    notes = [f"{record.layer}: {note}" for record in layers.records for note in record.notes]
    notes += _placed_roughly(layers.enterprises)
    notes += [
        _("roads: {repair}").format(repair=line) for line in describe_repairs(network.repairs)
    ]
    notes += [
        _("street_town {street_town}: {reason}").format(street_town=town, reason=outcome.reason)
        for town, outcome in zip(problem.street_town_ids, districting.by_street_town, strict=True)
        if outcome.reason
    ]
    for (layer, mode), access in ground.demand.items():
        off = access.entities.loc[access.entities["access_id"].isna(), "entity_id"]
        if len(off):
            notes.append(
                _("{layer}: {count} of {total} are on no usable road ({mode}), so nothing serves them: {examples}").format(
                    layer=layer, count=f"{len(off):,}", total=f"{len(access.entities):,}", mode=mode,
                    examples=", ".join(off.head()),
                )
            )  # fmt: skip
    return notes


OFF_SITE = {
    "labour_dispatch": mark("labour dispatch"),
    "construction": mark("construction"),
    "headquarters": mark("headquarters"),
}
"""Why workers are probably elsewhere than the office."""

LEVELS = {
    "today": mark("today"),
    "at_85": mark("at the rate to keep"),
    "full": mark("at full formation"),
}
"""Levels of formation, as people call them."""


def formation_notes(formation: Formation) -> list[str]:
    """Say how many organisations each level has, whose workers are probably elsewhere, and what is oversize."""
    formed, city = formation.formed, formation.counts.iloc[0]
    counts = ", ".join(
        f"{city[f'organisations_{key}']:,} {_(name)}" for key, name in LEVELS.items()
    )
    notes = [_("organisations: {counts}").format(counts=counts)]
    for flag, rows in formation.off_site.groupby("flag"):
        notes.append(
            _("enterprises: {count} of {what} with {workers} workers are counted at their office; a table of workplaces (inputs.workplaces) would place them: {examples}").format(
                count=f"{len(rows):,}", what=_(OFF_SITE[str(flag)]), workers=f"{int(rows['workers'].sum()):,}",
                examples=", ".join(rows.sort_values(["workers", "enterprise_id"], ascending=[False, True])["enterprise_id"].head()),
            )
        )  # fmt: skip
    large = formed.carriers[formed.carriers["oversize"]]
    if len(large):
        notes.append(
            _("carriers: {count} are larger than a federation should be and stay whole: {examples}").format(
                count=f"{len(large):,}", examples=", ".join(large["name"].fillna(large["carrier_id"]).head())
            )
        )  # fmt: skip
    near = formed.places[formed.places["how"] == "near"]
    if len(near):
        notes.append(
            _("enterprises: {count} lie outside every unit and went to the nearest: {examples}").format(
                count=f"{len(near):,}", examples=", ".join(near["enterprise_id"].head())
            )
        )  # fmt: skip
    return notes


SIZES_TRIED = {
    "no_size": mark("joint unions: no size within the limits lets more districts of {count} street_towns be in band: {examples}"),
    "other": mark("joint unions: their size is not why {count} street_towns cannot have all districts in band, workers alone allow no more: {examples}"),
    "none_new": mark("joint unions: in {count} street_towns that cannot have all districts in band every joint union stays as it is: {examples}"),
}  # fmt: skip
"""Why the sizes of joint unions stay the policy's though a street_town cannot have all its districts in band."""


def size_notes(sizes: pd.DataFrame) -> list[str]:
    """Say where joint unions are formed larger or smaller so that more districts can be in band, and where that is no help."""
    notes = []
    anew = sizes[sizes["outcome"] == "resized"]
    if len(anew):
        rows: list[Any] = list(anew.head().itertuples())
        examples = [
            _("{street_town}: {size_before} to {size_after} enterprises, {organisations_before} to {organisations_after} organisations, in band at most {before} to {after} districts").format(
                street_town=row.street_town_id, size_before=row.size_before, size_after=row.size_after,
                organisations_before=f"{row.organisations_before:,}", organisations_after=f"{row.organisations_after:,}",
                before=f"{row.in_band_before}/{row.districts_before}", after=f"{row.in_band_after}/{row.districts_after}",
            )
            for row in rows
        ]  # fmt: skip
        notes.append(
            _("joint unions: formed larger or smaller in {count} street_towns, because more districts can be in band then: {examples}").format(
                count=f"{len(anew):,}", examples="; ".join(examples)
            )
        )  # fmt: skip
    for outcome, sentence in SIZES_TRIED.items():
        mine = sizes.loc[sizes["outcome"] == outcome, "street_town_id"]
        if len(mine):
            notes.append(
                _(sentence).format(count=f"{len(mine):,}", examples=", ".join(mine.head()))
            )
    return notes


def _placed_roughly(enterprises: gpd.GeoDataFrame) -> list[str]:
    counts = enterprises["accuracy"].astype(str).value_counts()
    return [
        _("enterprises: {count} of {total} placed {how}, not by coordinates").format(
            count=f"{counts[name]:,}", total=f"{len(enterprises):,}", how=_(how)
        )
        for name, how in ACCURACIES.items()
        if name in counts.index
    ]


def refuse_off_road(ground: Ground) -> None:
    """Refuse ground on which too many lie on no usable road.

    Raises
    ------
    NetworkError
        When more than `OFF_ROAD_MOST_SHARE` of a layer are too far from a road, across water from it, or on a piece
        of road that does not join the largest.
    """
    faults = []
    for (layer, mode), access in ground.demand.items():
        off = access.entities.loc[access.entities["access_id"].isna(), "entity_id"]
        if len(off) > OFF_ROAD_MOST_SHARE * len(access.entities):
            faults.append(
                Fault(
                    _("{share} of {layer} are on no usable road, or on a piece of road that is cut off").format(
                        share=f"{len(off) / len(access.entities):.0%}", layer=layer
                    ),
                    _("roads ({mode})").format(mode=mode),
                    len(off),
                    off.head().tolist(),
                    _("give a road file of the whole area with its bridges, or raise travel.max_snap_m"),
                )
            )  # fmt: skip
    if faults:
        raise NetworkError(faults)
