"""Plans of older versions: what a reader adds to a record that did not know it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMAT = 2
"""Version of the stored format; a reader refuses a larger one and brings a smaller one up to date."""


def migrated(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a plan (`plan.json`) as this version writes it; the files on disk stay as they are.

    Parameters
    ----------
    record
        Of any version up to `FORMAT`, with its keys ``format``, ``run`` and ``kpis``.
    """
    current = dict(record)
    for version in range(int(record["format"]), FORMAT):
        current = STEPS[version](current)
    return current


def _from_1(record: dict[str, Any]) -> dict[str, Any]:
    """Plans before the yearly run: no digests, no change budget, and figures of later versions are missing."""
    run = dict(record["run"])
    run.setdefault("digests", {"districts": {}, "tiers": {}})
    run.setdefault("kpi_names", sorted(record["kpis"]))
    run["scenario"] = {"change": {}, **run["scenario"]}
    return {**record, "run": run, "format": 2}


STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1}
"""Version -> what brings its record to the next one."""
