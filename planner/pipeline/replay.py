"""Making a stored plan again from the same inputs, and seeing whether it comes out the same."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault
from geodata.messages import translator
from geodata.provenance import file_sha256
from geodata.sources.origin import is_database
from planner.errors import PlanStoreError
from planner.pipeline.line import run
from planner.plan import DECISIONS, table_digest
from planner.policy import parse_policy
from planner.scenario import parse_scenario
from planner.store import load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.pipeline.watch import Watch
    from planner.plan import Plan

_ = translator("planner")


@dataclass(frozen=True)
class Replay:
    """A plan and the same run made again.

    Parameters
    ----------
    plan_id, again
        Id stored, and id of the run made now.
    tables
        Tables of decisions that differ, in the order they are hashed; empty when the ids are the same.
    packages
        Packages whose version is another one now: name -> (then, now).
    reproducible
        Whether the stored plan said that it can be made again (no search was ended by the clock).
    """

    plan_id: str
    again: str
    tables: tuple[str, ...]
    packages: Mapping[str, tuple[str, str]]
    reproducible: bool

    @property
    def same(self) -> bool:
        """Whether the same decisions came out."""
        return self.plan_id == self.again


def replay(
    store: Path,
    plan_id: str,
    *,
    inputs: Path | None = None,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Replay:
    """Repeat the run of a stored plan on the same inputs and compare the ids; nothing is stored.

    Scenario and policy are those in the plan, whatever became of the files since.

    Parameters
    ----------
    store
        Plan store.
    plan_id
        Id or its beginning.
    inputs
        Folder the scenario's paths start from; where they lay when the plan was made when left out.
    jobs, watch
        As in `planner.pipeline.run`.

    Raises
    ------
    PlanStoreError
        For an unknown plan, or inputs that are missing or not those of the plan.
    """
    plan = load_plan(store, plan_id)
    said = plan.manifest
    folder = inputs or (store.resolve() / str(said.get("inputs_from", "."))).resolve()
    rules = parse_policy(dict(said["policy"]), plan.plan_id)
    values = {key: value for key, value in said["scenario"].items() if key != "policy"}
    scenario = parse_scenario(values, folder, where=plan.plan_id).located(folder, rules)
    _check_inputs(plan, folder)
    with tempfile.TemporaryDirectory(prefix="planner-replay-") as aside:
        again = run(scenario, store=Path(aside), jobs=jobs, watch=watch, parents=store).plan
    return Replay(
        plan.plan_id,
        again.plan_id,
        tuple(name for name in DECISIONS if table_digest(plan, name) != table_digest(again, name)),
        {
            name: (version, str(again.manifest["packages"].get(name, "")))
            for name, version in dict(said["packages"]).items()
            if version != again.manifest["packages"].get(name)
        },
        bool(said["reproducible"]),
    )


def _check_inputs(plan: Plan, folder: Path) -> None:
    """Refuse inputs that are not there or whose bytes are not those the plan was made from."""
    missing, changed = [], []
    known = {str(source["sha256"]) for source in plan.manifest["sources"] if source["sha256"]}
    for path in _files(plan.manifest["scenario"]["inputs"]):
        file = folder / path
        if not file.is_file():
            missing.append(path)
        elif (
            path != plan.manifest["scenario"]["inputs"]["roads"] and file_sha256(file) not in known
        ):
            changed.append(path)
    fix = _("bring back the files of that run; --inputs names the folder their paths start from")
    faults = [
        Fault(what, str(folder), len(names), names, fix)
        for what, names in (
            (_("inputs of the plan are missing"), missing),
            (_("inputs are not those the plan was made from"), changed),
        )
        if names
    ]
    if faults:
        raise PlanStoreError(faults)


def _files(value: Any) -> Iterator[str]:
    """Yield the files that a scenario's inputs name; a database's address is none."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in {"path", "roads"}:
                yield from _files(item)
            elif isinstance(item, str) and not is_database(item):
                yield item
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _files(item)
