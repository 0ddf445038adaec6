"""Which basic units a run uses, and which of them adjoin: by the roads, and as people say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geodata.errors import GeodataError
from geodata.messages import mark, translator
from geodata.roads.osm_file import OSM_SUFFIXES
from planner.problems.stranded import join_stranded

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
    from planner.organisations import Organisations
    from planner.scenario import Scenario

_ = translator("planner")

OVER = {
    "street": mark("a street"),
    "bridge": mark("a bridge"),
    "tunnel": mark("a tunnel"),
    "ferry": mark("a ferry"),
}
"""What two units adjoin over."""
CHANGES = {"add": mark("added"), "cut": mark("cut")}


def cut_units(scenario: Scenario, layers: Layers, network: RoadNetwork) -> Layers:
    """Return the layers with the basic units the scenario asks for; each street_town stays covered.

    Raises
    ------
    GeodataError
        When the units made do not fit the schema.
    """
    from geodata.areas import make_blocks, make_hexagons
    from geodata.layers.schemas import COLUMNS, schema_faults

    chosen = scenario.units
    if chosen.source == "given":
        return layers
    if chosen.source == "hexagons":
        made = make_hexagons(layers.street_towns, width_m=chosen.hexagon_width_m)
    else:
        made = make_blocks(
            layers.street_towns,
            network,
            barriers=_barriers(scenario, layers.crs),
            least_m2=chosen.block_least_m2,
        )
    units = _multi(made)[list(COLUMNS["units"])].sort_values("unit_id", ignore_index=True)
    faults = schema_faults(units, "units")
    if faults:
        raise GeodataError(faults)
    return replace(layers, units=units)


def _barriers(scenario: Scenario, crs: str) -> gpd.GeoSeries | None:
    """Return water and railways of the road file; None where it holds none or is no OSM file."""
    import pandas as pd

    from geodata.roads import read_areas, read_lines

    roads = scenario.resolve(scenario.inputs.roads)
    if not roads.name.lower().endswith(OSM_SUFFIXES):
        return None
    water = read_areas(roads, ("water",)).geometry
    lines = read_lines(roads, ("river", "coastline", "rail")).geometry
    both = pd.concat([water, lines], ignore_index=True)
    return both.to_crs(crs) if len(both) else None


def _multi(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    from shapely import MultiPolygon

    shapes = [
        shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
        for shape in units.geometry
    ]
    return units.set_geometry(shapes, crs=units.crs)


def adjoin(
    scenario: Scenario,
    layers: Layers,
    formed: Organisations,
    network: RoadNetwork,
    changes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Find which basic units adjoin: by a border that can be crossed on foot, as people say, and stranded ones to the rest.

    Parameters
    ----------
    changes
        Links people add or cut; see `geodata.areas.change_links`. Theirs win over what the roads say, and over made links.
    """
    from geodata.areas import build_adjacency, change_links

    found = build_adjacency(layers.units, network, mode=scenario.travel.mode)
    if changes is None:
        found = found.assign(change="", by="", reason="")
    else:
        found = change_links(found, changes, layers.units)
    return join_stranded(layers.units, formed.organisations, found, scenario.rules.federations)


def adjacency_notes(layers: Layers, adjacency: pd.DataFrame) -> list[str]:
    """Say what a reader of the map should know: islands, links people changed, links over water, made ones."""
    from geodata.areas import find_islands

    pair = adjacency["unit_a"] + " - " + adjacency["unit_b"]
    notes = []
    changed: list[Any] = list(adjacency[adjacency["change"] != ""].itertuples())
    for row in changed:
        cost = _("{minutes} min on foot").format(minutes=f"{row.walk_ds / 600:.1f}")
        if row.change == "cut":
            cost = (
                _("the roads cross here ({over})").format(over=_(OVER[row.over]))
                if row.crossing
                else _("no road crosses here either")
            )
        notes.append(
            _("link {pair}: {change} by {by} ({reason}); {cost}").format(
                pair=f"{row.unit_a} - {row.unit_b}", change=_(CHANGES[row.change]), by=row.by, reason=row.reason, cost=cost
            )
        )  # fmt: skip
    for kind in ("bridge", "tunnel", "ferry"):
        found = pair[(adjacency["over"] == kind) & adjacency["adjoins"]]
        if len(found):
            notes.append(
                _("{count} pairs of units adjoin only by {over}: {examples}").format(
                    count=f"{len(found):,}", over=_(OVER[kind]), examples="; ".join(found.head())
                )
            )
    made = pair[adjacency["made"]]
    if len(made):
        notes.append(
            _("{count} pairs of units were joined though no road joins them, because one side is too small for a federation: {examples}").format(
                count=f"{len(made):,}", examples="; ".join(made.head())
            )
        )  # fmt: skip
    islands = find_islands(layers.units, adjacency)
    cut_off = islands.loc[islands["island"], "unit_id"]
    if len(cut_off):
        notes.append(
            _("{count} units are cut off from the largest piece of their street_town: {examples}").format(
                count=f"{len(cut_off):,}", examples=", ".join(cut_off.head())
            )
        )  # fmt: skip
    return notes
