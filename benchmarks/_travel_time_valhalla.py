"""Valhalla's matrix as a peer: its own programs, run once each, out of the unpacked wheel.

Tiles are built from the same road file into a temporary folder. The service is asked twice, for one
pair and for the whole matrix; the difference of CPU seconds is the matrix without the start. What
cannot be installed or run is a reason in the result, never an error: Valhalla is no dependency.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

BUILD_LIMIT_S, MATRIX_LIMIT_S = 120, 90
"""Wall seconds after which the peer is given up: a loaded machine needs about half of them."""


def _config(site: Path, tiles: Path) -> dict[str, Any]:
    """The package's own default configuration with larger matrices allowed, and no log."""
    source = site / "valhalla" / "valhalla_build_config.py"
    spec = importlib.util.spec_from_file_location("valhalla_build_config", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def stated(part: dict[str, Any]) -> dict[str, Any]:
        return {
            key: stated(value) if isinstance(value, dict) else value
            for key, value in part.items()
            if not isinstance(value, module.Optional)
        }

    config = stated(module.config)
    config["mjolnir"] |= {"tile_dir": str(tiles), "tile_extract": "", "admin": "", "timezone": ""}
    for part in ("mjolnir", "loki", "thor", "odin", "meili"):
        config[part].setdefault("logging", {})["type"] = ""
    config.setdefault("logging", {})["type"] = ""
    config["service_limits"]["pedestrian"] |= {
        "max_matrix_location_pairs": 1_000_000, "max_matrix_distance": 200_000.0, "max_locations": 2_000,
    }  # fmt: skip
    return config


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(command: list[str], limit_s: float, folder: Path) -> tuple[str, float]:
    """Standard output of a program and the CPU seconds it took."""
    before = _cpu()
    with (folder / "valhalla-errors.txt").open("w") as errors:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, check=True, timeout=limit_s
        )
    return done.stdout, _cpu() - before


def _request(sources: list[list[float]], targets: list[list[float]]) -> str:
    """A matrix on foot between points given as longitude and latitude."""
    sides = (
        [{"lon": lon, "lat": lat} for lon, lat in points] for points in (sources, targets)
    )  # fmt: skip
    return json.dumps(
        dict(zip(("sources", "targets"), sides, strict=True)) | {"costing": "pedestrian"}
    )


def measure(
    site: Path, roads: Path, sources: list[list[float]], targets: list[list[float]], folder: Path
) -> dict[str, Any]:
    """Build tiles, ask for the matrix; ``{"reason": ...}`` when that cannot be done here.

    Parameters
    ----------
    site
        Folder the wheel was unpacked into.
    roads
        Road file, .osm.pbf.
    sources, targets
        Longitude and latitude, WGS 84.
    folder
        Temporary folder.
    """
    programs = site / "valhalla" / "bin"
    if not (programs / "valhalla_service").is_file():
        return {"reason": "pyvalhalla did not install"}
    tiles = folder / "valhalla-tiles"
    tiles.mkdir()
    config = folder / "valhalla.json"
    try:
        config.write_text(json.dumps(_config(site, tiles)))
        wall = time.perf_counter()
        _, build_cpu_s = _run(
            [str(programs / "valhalla_build_tiles"), "-c", str(config), "-j", str(os.cpu_count() or 1),
             str(roads)], BUILD_LIMIT_S, folder,
        )  # fmt: skip
        build_s = time.perf_counter() - wall
        ask = [str(programs / "valhalla_service"), str(config), "sources_to_targets"]
        _, start_cpu_s = _run([*ask, _request(sources[:1], targets[:1])], MATRIX_LIMIT_S, folder)
        answer, cpu_s = _run([*ask, _request(sources, targets)], MATRIX_LIMIT_S, folder)
        # Its log shares standard output with the answer, which is the last line.
        rows = json.loads(answer[answer.index('{"') :].splitlines()[0])["sources_to_targets"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, AttributeError) as error:
        return {"reason": f"{type(error).__name__}: {str(error)[:200]}"}
    seconds = (
        rows["durations"]
        if isinstance(rows, dict)
        else [[one["time"] for one in row] for row in rows]
    )
    pairs = sum(value is not None for row in seconds for value in row)
    return {
        "peer": "valhalla", "pairs": pairs, "cpu_s": max(cpu_s - start_cpu_s, 1e-3),
        "start_cpu_s": start_cpu_s, "build_s": build_s, "build_cpu_s": build_cpu_s,
    }  # fmt: skip
