"""The plan a year goes on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.store import load_plan

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan
    from planner.scenario import Scenario


def read_parent(scenario: Scenario, store: Path) -> Plan | None:
    """Load the scenario's parent plan; None where it names none.

    Raises
    ------
    PlanStoreError
        When the store does not hold it, or it was edited.
    """
    name = scenario.change.parent
    return load_plan(store, name) if name else None
