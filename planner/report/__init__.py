"""Files people take away: GeoPackage, GeoParquet, workbook, CSV, and what upper layers add (the offline map)."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import PlanStoreError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan

__all__ = ["write_outputs"]

_ = translator("planner")


def write_outputs(plan: Plan, folder: Path) -> dict[str, Path]:
    """Write every output of a plan into ``folder`` and return kind -> path.

    The map comes from whoever registers a writer under ``planner.writers``, so nothing here imports upward.

    Raises
    ------
    PlanStoreError
        When the folder cannot be written.
    """
    from planner.report.geofiles import write_geopackage, write_geoparquet
    from planner.report.tables import write_tables
    from planner.report.workbook import write_workbook

    try:
        folder.mkdir(parents=True, exist_ok=True)
        outputs = {
            "geopackage": write_geopackage(plan, folder / "plan.gpkg"),
            "geoparquet": write_geoparquet(plan, folder / "geoparquet"),
            "workbook": write_workbook(plan, folder / "plan.xlsx"),
            "tables": write_tables(plan, folder / "tables"),
        }
        for entry in sorted(entry_points(group="planner.writers"), key=lambda entry: entry.name):
            outputs[entry.name] = entry.load()(plan, folder / entry.name)
    except OSError as error:
        fix = _("choose a folder that can be written, and close the files in it")
        raise PlanStoreError(
            Fault(_("cannot write: {error}").format(error=error), str(folder), fix=fix)
        ) from error
    return outputs
