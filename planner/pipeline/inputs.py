"""The scenario's files, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.errors import Fault, MissingColumnError
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.layers.placing import Locator
    from geodata.provenance import Read
    from geodata.sources import Source
    from planner.scenario import Geocoder as GeocoderTable
    from planner.scenario import Input, Scenario

from planner.pipeline.presence import with_presence

_ = translator("planner")


OPTIONS = {
    "industry_vintage", "ownership_codes", "kind", "cell_m", "total", "samples_an_hour", "utc_offset_h",
}  # fmt: skip
"""Keys of an input that are arguments of its layer's reader."""


@dataclass(frozen=True, eq=False)
class Tables:
    """What people wrote down themselves; None where the scenario names no such file.

    Parameters
    ----------
    links
        ``unit_a``, ``unit_b``, ``change``, ``walk_min``, ``by``, ``reason``.
    federations
        ``organisation_id``, ``organisation_name``, ``federation_id``, ``source_row``.
    sub_areas
        ``sub_area``, and ``unit_id`` or polygons.
    platform_workers
        ``place_id``, ``platform``, ``workers``, ``members`` and points inside the city, in the working CRS.
    """

    links: pd.DataFrame | None = None
    federations: pd.DataFrame | None = None
    sub_areas: gpd.GeoDataFrame | None = None
    platform_workers: gpd.GeoDataFrame | None = None


def read_inputs(scenario: Scenario) -> Layers:
    """Read and check every layer of a scenario; raises one GeodataError with the faults of all sources.

    A register in which no row has coordinates is refused: a row here and there may stand in the middle of its
    committee, a whole city may not. With a table of addresses or a map service, places by building will do.
    Workers are moved to where the table of workplaces says.
    """
    from geodata.sources import read_layers

    inputs = scenario.inputs
    layers = read_layers(
        register=_register(scenario),
        boundaries=source_of(scenario, inputs.boundaries),
        sites=[_premises(scenario, one) for one in inputs.sites],
        premises_roads=scenario.resolve(inputs.roads) if inputs.sites_from_roads else None,
        premises_book=source_of(scenario, inputs.premises_book) if inputs.premises_book else None,
        outdoor=[source_of(scenario, one) for one in inputs.outdoor],
        positions=[source_of(scenario, one) for one in inputs.outdoor_samples],
        addresses=source_of(scenario, inputs.addresses) if inputs.addresses else None,
        divisions=source_of(scenario, inputs.divisions) if inputs.divisions else None,
        locator=_locator(scenario, inputs.geocoder) if inputs.geocoder else None,
        disputes=source_of(scenario, inputs.disputes) if inputs.disputes else None,
    )
    enterprises = layers.enterprises
    placing = inputs.addresses is not None or inputs.geocoder is not None
    fine = ["exact", "building"] if placing else ["exact"]
    if not enterprises["accuracy"].isin(fine).any():
        what = _("no row of the register has coordinates")
        fix = _(
            "add columns with longitude and latitude to the register, or a table of addresses to the scenario"
        )
        where = inputs.enterprise_register.path
        raise MissingColumnError(
            Fault(what, where, len(enterprises), enterprises["name"].head(5).tolist(), fix)
        )
    layers = with_presence(scenario, layers)
    workplaces = _read(scenario, "workplaces")
    if workplaces is None:
        return layers
    from planner.pipeline.workplaces import move_workers

    return move_workers(layers, workplaces)


def read_tables(scenario: Scenario, layers: Layers) -> tuple[Layers, Tables]:
    """Read what people list besides the layers; these get their records and rejected rows."""
    from geodata.areas import check_links, check_sub_areas
    from geodata.layers.clipping import inside_city

    links, federations = _read(scenario, "links"), _read(scenario, "federations")
    sub_areas = _read(scenario, "sub_areas")
    if scenario.units.source == "given":
        if links is not None:
            check_links(links.frame, layers.units)
        if sub_areas is not None:
            check_sub_areas(sub_areas.frame, layers.units)
    platform = _read(scenario, "platform_workers")
    if platform is not None:
        platform = inside_city(platform, layers.street_towns)
    for read in (links, federations, sub_areas, platform):
        if read is not None:
            layers = with_record(layers, read)
    return layers, Tables(
        None if links is None else pd.DataFrame(links.frame),
        None if federations is None else pd.DataFrame(federations.frame),
        None if sub_areas is None else sub_areas.frame,
        None if platform is None else platform.frame.to_crs(layers.crs),
    )


def with_record(layers: Layers, read: Read) -> Layers:
    """Return the layers with the record of a further source, and its rejected and repaired rows."""
    layer = read.record.layer

    def stacked(known: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
        return (
            pd.concat([known, more.assign(layer=layer)], ignore_index=True) if len(more) else known
        )

    return replace(
        layers,
        records=(*layers.records, read.record),
        rejected=stacked(layers.rejected, read.rejected),
        repaired=stacked(layers.repaired, read.repaired),
    )


def _read(scenario: Scenario, name: str) -> Read | None:
    """Read one of the tables that a scenario may name."""
    from geodata.sources import (
        read_federation_list,
        read_links,
        read_platform_workers,
        read_sub_areas,
        read_workplaces,
    )

    readers: dict[str, Callable[..., Read]] = {
        "federations": read_federation_list,
        "links": read_links,
        "platform_workers": read_platform_workers,
        "sub_areas": read_sub_areas,
        "workplaces": read_workplaces,
    }
    given: Input | None = getattr(scenario.inputs, name)
    if given is None:
        return None
    source = source_of(scenario, given)
    return readers[name](
        source.path,
        datum=source.datum,
        columns=source.columns,
        sheet=source.sheet,
        owner=source.owner,
        licence=source.licence,
        as_of=source.as_of,
    )


def _premises(scenario: Scenario, given: Input) -> Source:
    """Return a list of premises, whose tiers may be called as the policy calls them."""
    source = source_of(scenario, given)
    return replace(source, options={**source.options, "tiers": scenario.rules.tier_words})


def _locator(scenario: Scenario, given: GeocoderTable) -> Locator:
    from geodata.sources.remote.geocoder import PROVIDERS, Geocoder

    return Geocoder(
        provider=PROVIDERS[given.provider],
        cache=scenario.resolve(given.cache),
        city=given.city,
        key_variable=given.key_variable,
        most=given.most,
        per_second=given.per_second,
        offline=given.offline,
        url=given.url,
    )


def _register(scenario: Scenario) -> Source | Read:
    """Return the register's file, or, where the path is a register store, the snapshot in force on its ``as_of``."""
    from geodata.history import is_register_store, load_snapshot
    from geodata.history.snapshots import snapshot_on
    from geodata.sources.origin import is_database

    given = scenario.inputs.enterprise_register
    if not is_database(given.path):
        store = scenario.resolve(given.path)
        if is_register_store(store):
            return load_snapshot(snapshot_on(store, given.as_of))
    return source_of(scenario, given)


def options_of(scenario: Scenario, given: Input) -> dict[str, Any]:
    """Return what every reader takes of a file of the scenario, but for its datum."""
    source = source_of(scenario, given)
    return {
        "path": source.path,
        "columns": source.columns,
        "sheet": source.sheet,
        "owner": source.owner,
        "licence": source.licence,
        "as_of": source.as_of,
    }


def source_of(scenario: Scenario, given: Input) -> Source:
    """Return a file of the scenario with what is said of it."""
    from geodata.sources import Source
    from geodata.sources.origin import is_database, origin_of

    options = given.model_dump(include=OPTIONS)
    return Source(
        path=origin_of(given.path) if is_database(given.path) else scenario.resolve(given.path),
        datum=given.datum,
        columns=given.columns,
        sheet=given.sheet,
        owner=given.owner,
        licence=given.licence,
        as_of=given.as_of.isoformat() if given.as_of else "",
        options=options,
    )
