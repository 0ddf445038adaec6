"""What each stage of the line may depend on, written as a key: the same key, the same answer.

A key is a hash of the program's code, the language of its texts, the part of the scenario a stage reads and the keys of
the stages before it. Each stage lists what it does *not* read: a setting somebody adds later counts everywhere until it is
said not to, so a forgotten entry costs time and never gives a stale answer.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from geodata.messages import current_language, mark
from planner.rules import ChangeRule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from planner.scenario import Scenario


@dataclass(frozen=True)
class Stage:
    """One stage of the line.

    Parameters
    ----------
    title
        What people see while it runs.
    after
        Stages whose answers it reads.
    ignores
        Dotted keys of `settings` that cannot change its answer.
    share
        Its share of a city's run, for the time that is left (docs/performance.md).
    """

    title: str
    after: tuple[str, ...]
    ignores: tuple[str, ...]
    share: float


_CHOICE = ("decisions", "seed", "stopping", "change")
_ROADS_SAID = ("inputs.roads_owner", "inputs.roads_licence", "inputs.roads_as_of")
_BUDGET = tuple(f"change.{name}" for name in ChangeRule.model_fields if name != "parent")
_UNPINNED = tuple(name for name in _BUDGET if name != "change.pins")
_SITES = tuple(
    f"change.{name}"
    for name in (
        "people_per_closing",
        "share_per_closing",
        "broken_lease_factor",
        "leases",
        "closing_yuan",
        "moving_yuan",
        "most_closings",
    )
)
_LATER = (
    "policy.staffing", "policy.rates", "policy.money", "policy.programme", "policy.assessment", "policy.bargaining",
    "policy.services", "policy.equity", "policy.industry_federations", "resources",
)  # fmt: skip

STAGES: dict[str, Stage] = {
    "layers": Stage(
        mark("reading and checking the inputs"),
        (),
        (*_CHOICE, "policy", "travel", "inputs.roads", *_ROADS_SAID),
        0.11,
    ),
    "network": Stage(
        mark("building the road network"),
        ("layers",),
        (*_CHOICE, "policy.organisations", "policy.federations", *_LATER),
        0.01,
    ),
    "units": Stage(
        mark("basic units"),
        ("layers", "network"),
        (*_CHOICE, "inputs", "policy"),
        0.01,
    ),
    "density": Stage(
        mark("workers no register explains"),
        ("units",),
        (*_CHOICE, "policy.organisations", "policy.federations", "policy.tiers", *_LATER),
        0.02,
    ),
    "organisations": Stage(
        mark("enterprises to union organisations"),
        ("units",),
        (
            "decisions",
            "seed",
            "stopping",
            *_BUDGET,
            "inputs",
            "policy.tiers",
            "policy.staffing",
        ),
        0.08,
    ),
    "adjacency": Stage(
        mark("which basic units adjoin on the ground"),
        ("organisations", "network"),
        (*_CHOICE, "policy.tiers", *_LATER),
        0.02,
    ),
    "joint_unions": Stage(
        mark("sizes of joint unions"),
        ("adjacency",),
        ("decisions", "seed", "stopping", *_UNPINNED, "policy.tiers", *_LATER),
        0.02,
    ),
    "federations": Stage(
        mark("federations of today"),
        ("joint_unions",),
        (*_CHOICE, "policy", "travel"),
        0.01,
    ),
    "districts": Stage(
        mark("drawing federation districts"),
        ("federations",),
        ("decisions", "policy.tiers", *_LATER, *_SITES),
        0.02,
    ),
    "access": Stage(
        mark("placing people and premises on the roads"),
        ("districts", "network", "density"),
        (*_CHOICE, *_LATER),
        0.03,
    ),
    "basemap": Stage(
        mark("roads and water for the map"), ("network",), (*_CHOICE, "policy", "travel"), 0.01
    ),
}
"""Stages whose answers are kept; each tier's siting is a further one, see `stage_of`."""

TIER = "tier_"
TIER_SHARE = 0.035
UNKEPT = {
    "industries": (mark("industry federations across districts"), 0.005),
    "targets": (mark("handing the city's numbers down"), 0.001),
    "staff": (mark("posting professionals"), 0.001),
    "money": (mark("costs, dues and budgets"), 0.003),
    "hours": (mark("opening hours"), 0.06),
    "programme": (mark("what opens in which half-year"), 0.005),
    "services": (mark("readiness, bargaining, services, equity"), 0.06),
    "figures": (mark("figures"), 0.02),
    "verify": (mark("verifying independently"), 0.21),
    "store": (mark("storing the plan"), 0.02),
}
"""Stages that every run does again: they are quick, or they are the proof."""


def stage_names(scenario: Scenario) -> list[str]:
    """Return the kept stages of a scenario in the order of the line."""
    tiers = [TIER + tier.name for tier in scenario.rules.tiers]
    return [*(name for name in STAGES if name != "basemap"), *tiers, "basemap"]


def stage_of(name: str, scenario: Scenario) -> Stage:
    """Return a stage by its name; a tier's comes after access and the tiers before it."""
    if name == "layers" and scenario.inputs.sites_from_roads:
        ignores = tuple(key for key in STAGES[name].ignores if key != "inputs.roads")
        return replace(STAGES[name], ignores=ignores)
    if not name.startswith(TIER):
        return STAGES[name]
    tiers = [TIER + tier.name for tier in scenario.rules.tiers]
    before = tiers[: tiers.index(name)]
    return Stage(mark("choosing sites: {tier}"), ("access", *before), _LATER, TIER_SHARE)


def stage_keys(scenario: Scenario) -> dict[str, str]:
    """Return the key of every kept stage.

    An input that is no file on this machine (a table of a database) has no fingerprint before it is read; the keys are
    then of this run alone.
    """
    known = settings(scenario)
    keys: dict[str, str] = {}
    for name in stage_names(scenario):
        stage = stage_of(name, scenario)
        parts = [code_version(), current_language(), name, _without(known, stage.ignores)]
        parts += [keys[before] for before in stage.after]
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
        keys[name] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return keys


def settings(scenario: Scenario) -> dict[str, Any]:
    """Return everything of a scenario that can change a plan, as plain values, with the hashes of its files."""
    values = scenario.model_dump(mode="json", by_alias=True, exclude={"name", "store", "policy"})
    values["policy"] = scenario.rules.model_dump(mode="json")
    # Lists of premises are read with the tiers' names, whatever else the policy says of them.
    values["tier_words"] = scenario.rules.tier_words
    values["inputs"] = {
        name: {"source": given, "sha256": [_fingerprint(scenario, path) for path in _paths(given)]}
        if name == "roads" or not isinstance(given, str)
        else given
        for name, given in values["inputs"].items()
    }
    return values


def _paths(given: Any) -> Iterator[str]:
    """Yield what an input names: itself, or every ``path`` in it."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict) and isinstance(given.get("path"), str):
        yield given["path"]
        # A file of counts may name a further one, of the zones they refer to.
        for inside in given.values():
            if isinstance(inside, dict | list):
                yield from _paths(inside)
    elif isinstance(given, dict | list):
        for inside in given.values() if isinstance(given, dict) else given:
            yield from _paths(inside)


def _fingerprint(scenario: Scenario, path: str) -> str:
    file = scenario.resolve(path)
    if file.is_dir():
        inside = sorted(part for part in file.rglob("*") if part.is_file())
        return hashlib.sha256("".join(_sha256(part) for part in inside).encode()).hexdigest()
    # What cannot be read here is refused, or read, by the stage; nothing kept may stand for it.
    return _sha256(file) if file.is_file() else secrets.token_hex(16)


def _sha256(file: Traversable) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _without(values: dict[str, Any], ignored: tuple[str, ...]) -> dict[str, Any]:
    kept = dict(values)
    for path in ignored:
        head, _dot, rest = path.partition(".")
        if not rest:
            kept.pop(head, None)
        elif isinstance(kept.get(head), dict):
            kept[head] = _without(kept[head], (rest,))
    return kept


@cache
def code_version() -> str:
    """Return a hash of the program's own files, its interpreter and the packages it computes with."""
    digest = hashlib.sha256(repr(sys.version_info[:3]).encode())
    for package in ("geodata", "planner"):
        for name, file in sorted(_sources(resources.files(package), package)):
            digest.update(f"{name}:{_sha256(file)}\n".encode())
    for name in ("numpy", "pandas", "geopandas", "shapely", "scipy", "numba", "highspy", "pymetis"):
        try:
            digest.update(f"{name}=={version(name)}\n".encode())
        except (
            PackageNotFoundError
        ):  # frozen into one file by somebody: the program's files still count
            digest.update(f"{name}\n".encode())
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for part in folder.iterdir():
        inside = f"{name}/{part.name}"
        if part.is_dir():
            yield from _sources(part, inside)
        elif part.name.endswith((".py", ".toml", ".csv", ".json")):
            yield inside, part
