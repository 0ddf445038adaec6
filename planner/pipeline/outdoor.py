"""Outdoor workers by the classes of roads: so many on each kilometre, scaled to a total, by cell and hour."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.errors import EmptyLayerError, Fault
from geodata.layers.outdoor import NO_WEIGHT
from geodata.layers.premises import OUT_OF_CITY
from geodata.messages import translator

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
    from planner.scenario import OutdoorRoads, Scenario

_ = translator("planner")


def with_road_activity(scenario: Scenario, layers: Layers, network: RoadNetwork) -> Layers:
    """Return the layers with outdoor workers by road classes added; as they are where the scenario names none.

    Raises
    ------
    EmptyLayerError
        When no road in the city has a class with a weight.
    """
    for number, rule in enumerate(scenario.inputs.outdoor_roads, start=1):
        layers = _added(scenario, layers, network, rule, number)
    return layers


def _added(
    scenario: Scenario, layers: Layers, network: RoadNetwork, rule: OutdoorRoads, number: int
) -> Layers:
    from geodata.layers.parents import containing
    from geodata.layers.schemas import COLUMNS
    from geodata.roads import basemap_lines
    from planner.pipeline.record import road_record

    classes = [str(name) for name in network.highway_classes]
    lines = basemap_lines(network, classes)
    lines["weight"] = lines["highway"].map(rule.weights).fillna(0.0)
    middle = lines.geometry.interpolate(0.5, normalized=True)
    towns = np.asarray(layers.street_towns.geometry.array, dtype=object)
    inside = containing(np.asarray(middle.array, dtype=object), towns) >= 0
    weighted = (lines["weight"] > 0).to_numpy()
    used = lines[inside & weighted].assign(x=middle.x, y=middle.y)
    if used.empty:
        fix = _("name classes the road file has: {names}").format(names=", ".join(sorted(classes)))
        what = _("no road of the city has a class with a weight")
        raise EmptyLayerError(Fault(what, "outdoor_roads", len(lines), list(rule.weights)[:5], fix))
    added = _cells(used, rule, number)
    kept = replace(
        road_record(scenario, network),
        layer="outdoor",
        rows_in=len(lines),
        kept=len(used),
        ignored={
            reason: count
            for reason, count in (
                (NO_WEIGHT, int((inside & ~weighted).sum())),
                (OUT_OF_CITY, int((~inside).sum())),
            )
            if count
        },
        notes=(_noted(used, rule),),
    )
    whole = pd.concat([layers.outdoor, added[list(COLUMNS["outdoor"])]], ignore_index=True)
    whole = whole.sort_values("outdoor_id", ignore_index=True)
    return replace(layers, outdoor=whole, records=(*layers.records, kept))


def _cells(used: gpd.GeoDataFrame, rule: OutdoorRoads, number: int) -> gpd.GeoDataFrame:
    """Return one row per cell: its share of weighted kilometres, at their mean place, by the hours' shares."""
    import geopandas as gpd

    activity = (used["weight"] * used["length_m"]).to_numpy(float)
    cell = np.floor(used[["x", "y"]].to_numpy() / rule.cell_m).astype(np.int64)
    table = pd.DataFrame(
        {"i": cell[:, 0], "j": cell[:, 1], "a": activity, "x": used["x"] * activity, "y": used["y"] * activity}
    )  # fmt: skip
    sums = table.groupby(["i", "j"], sort=True)[["a", "x", "y"]].sum().reset_index()
    people = rule.total * sums["a"].to_numpy() / activity.sum()
    hours = np.array(rule.hours) / max(rule.hours)
    frame = pd.DataFrame(np.outer(people, hours), columns=[f"h{hour:02d}" for hour in range(24)])
    ids = [f"roads{number}:{rule.kind}:{i}:{j}" for i, j in zip(sums["i"], sums["j"], strict=True)]
    frame = frame.assign(outdoor_id=pd.Series(ids, dtype="str"), kind=rule.kind, accuracy="street")
    frame = frame.astype({"kind": "str", "accuracy": "str"})
    points = gpd.points_from_xy(sums["x"] / sums["a"], sums["y"] / sums["a"])
    return gpd.GeoDataFrame(frame, geometry=points, crs=used.crs)


def _noted(used: gpd.GeoDataFrame, rule: OutdoorRoads) -> str:
    metres = used["length_m"].groupby(used["highway"]).sum()
    per_km = rule.total / float((used["weight"] * used["length_m"]).sum() / 1000)
    told = _("{kind}: {total} people in the busiest hour on {km} km of roads; {people} on a kilometre of weight 1")  # fmt: skip
    return told.format(
        kind=rule.kind,
        total=f"{rule.total:,.0f}",
        km=f"{metres.sum() / 1000:,.1f}",
        people=f"{per_km:.3g}",
    )
