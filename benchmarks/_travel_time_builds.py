"""From a road file to a stored network, each in a process of its own, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from _made_roads import write_made_roads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geodata.roads.network import RoadNetwork

BUILD = (
    "import json,resource,sys,time\n"
    "wall=time.perf_counter(); cpu=time.process_time()\n"
    "from geodata.roads import build_network, save_network\n"
    "network=build_network(sys.argv[1],modes=[sys.argv[3]],simplify=sys.argv[4]=='1')\n"
    "save_network(network,sys.argv[2])\n"
    "print(json.dumps({'s':time.perf_counter()-wall,'cpu_s':time.process_time()-cpu,"
    "'mb':resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024,"
    "'nodes':network.n_nodes,'edges':network.n_edges}))\n"
)


def build(roads: Path, target: Path, mode: str, *, simplify: bool = True) -> dict[str, float]:
    """Build and store one network: wall seconds, CPU seconds, peak memory in MiB, nodes, edges."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(roads), str(target), mode, str(int(simplify))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: dict[str, float] = json.loads(done.stdout)
    return made


def porto_networks(
    roads: Path, folder: Path, out: dict, log: Callable[[str], None]
) -> dict[str, RoadNetwork]:
    """Porto's networks; the first build warms the kernels' cache and is not counted."""
    from geodata.roads import load_network

    networks = {}
    for name, mode, simplify in (
        ("warm", "walk", True), ("simplified", "walk", True), ("raw", "walk", False), ("drive", "drive", True),
    ):  # fmt: skip
        target = folder / f"{name}-network"
        made = build(roads, target, mode, simplify=simplify)
        log(f"porto {name}: {json.dumps(made)}")
        if name != "warm":
            networks[name] = load_network(target)
        if name == "simplified":
            out["porto_build_s"] = round(made["s"], 2)
            out["porto_build_cpu_s"] = round(made["cpu_s"], 2)
            out["porto_build_mb"] = round(made["mb"])
    return networks


def build_made_roads(folder: Path, out: dict, log: Callable[[str], None]) -> None:
    """A made file of a million nodes to a stored walk network."""
    roads = folder / "million.osm.pbf"
    ways = write_made_roads(roads)
    made = build(roads, folder / "million-network", "walk")
    log(f"made roads: {ways} ways, {roads.stat().st_size / 2**20:.1f} MB: {json.dumps(made)}")
    for unit, digits in (("s", 1), ("cpu_s", 1), ("mb", None)):
        out[f"million_build_{unit}"] = round(made[unit], digits)
