"""The scenario's files, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geodata.layers import Layers
    from geodata.sources import Source
    from planner.scenario import Input, Scenario


def read_inputs(scenario: Scenario) -> Layers:
    """Read and check every layer of a scenario; raises one GeodataError with the faults of all sources."""
    from geodata.sources import read_layers

    inputs = scenario.inputs
    return read_layers(
        register=_source(scenario, inputs.enterprise_register),
        boundaries=_source(scenario, inputs.boundaries),
        sites=_source(scenario, inputs.sites),
        outdoor=_source(scenario, inputs.outdoor),
    )


def _source(scenario: Scenario, given: Input) -> Source:
    from geodata.sources import Source

    return Source(
        path=scenario.resolve(given.path),
        datum=given.datum,
        columns=given.columns,
        sheet=given.sheet,
        owner=given.owner,
        licence=given.licence,
        as_of=given.as_of.isoformat() if given.as_of else "",
    )
