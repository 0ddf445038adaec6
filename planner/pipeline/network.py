"""The road network of a run: built once per road file and mode settings, then found again by their hash."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import PlanStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geodata.roads import RoadNetwork
    from planner.scenario import Scenario

_ = translator("planner")

NETWORKS = "networks"
"""Folder of the plan store that holds networks by content hash."""


def network_for(scenario: Scenario, *, crs: str, store: Path) -> RoadNetwork:
    """Return the scenario's network, from the store when it was built before with the same settings.

    Parameters
    ----------
    scenario
        Road file, modes of its tiers, and numbers laid over the modes' defaults.
    crs
        Working CRS.
    store
        Plan store; the network is kept under ``networks/<content hash>``, because a plan can only be verified on it.
    """
    from geodata.roads import build_network, load_network

    roads = scenario.resolve(scenario.inputs.roads)
    modes = tuple(
        sorted(
            {scenario.travel.mode, *(mode for tier in scenario.rules.tiers for mode in tier.modes)}
        )
    )
    index = (
        store / NETWORKS / f"{_key(roads, crs, modes, scenario.travel.modes)}.json"
        if roads.is_file()
        else None
    )
    if index is not None and index.is_file():
        folder = store / NETWORKS / json.loads(index.read_text(encoding="utf-8"))["content_hash"]
        if folder.is_dir():
            return load_network(folder)
    network = build_network(roads, modes=modes, crs=crs, overrides=scenario.travel.modes)
    keep_network(network, store)
    if index is not None:
        index.write_text(
            json.dumps({"content_hash": network.content_hash, "roads": roads.name}),
            encoding="utf-8",
        )
    return network


def stored_network(store: Path, content_hash: str) -> RoadNetwork:
    """Return the network a plan was made on.

    Raises
    ------
    PlanStoreError
        When the store does not hold it.
    """
    from geodata.roads import load_network

    folder = store / NETWORKS / content_hash
    if not folder.is_dir():
        fix = _("run the scenario again with this store; the network is rebuilt from its road file")
        raise PlanStoreError(
            Fault(_("the plan's road network is not in the store"), str(folder), fix=fix)
        )
    return load_network(folder)


def keep_network(network: RoadNetwork, store: Path) -> Path:
    """Store a network under its content hash, whole or not at all, and return its folder."""
    from geodata.roads import save_network

    folder = store / NETWORKS / network.content_hash
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        save_network(network, draft / "network")
        if not folder.exists():
            (draft / "network").rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _key(
    roads: Path, crs: str, modes: tuple[str, ...], overrides: Mapping[str, Mapping[str, Any]]
) -> str:
    from geodata.modes import modes_from
    from geodata.roads.store import FORMAT

    digest = hashlib.sha256()
    with roads.open("rb") as stream:
        digest.update(hashlib.file_digest(stream, "sha256").digest())
    # Every number of every mode counts: a new default speed is another network.
    digest.update(repr([FORMAT, crs, modes_from(modes, overrides)]).encode())
    return digest.hexdigest()[:24]
