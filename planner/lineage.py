"""Where a plan comes from: its parents, oldest last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.store import find_plan, list_plans

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Ancestor:
    """One link of a plan's chain.

    Parameters
    ----------
    plan_id
        Id; the plan itself comes first.
    manifest
        What the plan says of its making; None where the store no longer holds it.
    """

    plan_id: str
    manifest: dict[str, Any] | None


def chain(store: Path, plan_id: str) -> tuple[Ancestor, ...]:
    """Return a plan and its parents, youngest first; a parent the store does not hold ends the chain.

    Parameters
    ----------
    store
        Plan store.
    plan_id
        Id or its beginning.

    Raises
    ------
    PlanStoreError
        When the plan itself is unknown, or a record cannot be read.
    """
    known = {plan.plan_id: plan.manifest for plan in list_plans(store)}
    name: str | None = find_plan(store, plan_id).name
    found: list[Ancestor] = []
    while name is not None and name not in {ancestor.plan_id for ancestor in found}:
        manifest = known.get(name)
        found.append(Ancestor(name, manifest))
        name = manifest.get("parent_plan") if manifest else None
    return tuple(found)
