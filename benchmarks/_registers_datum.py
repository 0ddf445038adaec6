"""A million points to GCJ-02 and BD-09 and back: seconds, error of the way back, and three packages in the same run."""

from __future__ import annotations

import json
import subprocess
import time

import numpy as np

COUNT = 1_000_000
PEER_COUNT = 5_000
METRES = 111_320.0

PEERS = """
import json, sys, time
import numpy as np
lon, lat = np.load(sys.argv[1])
answers = {}
def measure(name, back):
    start = time.process_time()
    points = np.array([back(x, y) for x, y in zip(lon.tolist(), lat.tolist())])
    answers[name] = {"cpu_s": time.process_time() - start, "points": points.tolist()}
try:
    from coord_convert.transform import gcj2wgs
    measure("coord-convert", lambda x, y: gcj2wgs(x, y))
except Exception as error:
    answers["coord-convert"] = {"failed": repr(error)}
try:
    import eviltransform
    measure("eviltransform", lambda x, y: eviltransform.gcj2wgs(y, x)[::-1])
except Exception as error:
    answers["eviltransform"] = {"failed": repr(error)}
try:
    from pygcj.pygcj import GCJProj
    proj = GCJProj()
    measure("pygcj", lambda x, y: proj.gcj_to_wgs(y, x)[::-1])
except Exception as error:
    answers["pygcj"] = {"failed": repr(error)}
print(json.dumps(answers))
"""


def run(*, quick: bool, peers: str | None) -> dict[str, object]:
    from geodata.datum import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

    dice = np.random.default_rng(1)
    lon, lat = dice.uniform(120.85, 122.0, COUNT), dice.uniform(30.65, 31.9, COUNT)
    result: dict[str, object] = {"points": COUNT, "target_s": 2, "target_m": 1e-6}
    for name, there, back in (
        ("gcj02", wgs84_to_gcj02, gcj02_to_wgs84),
        ("bd09", wgs84_to_bd09, bd09_to_wgs84),
    ):
        best = []
        for _repeat in range(1 if quick else 3):
            start, cpu = time.perf_counter(), time.process_time()
            x, y = there(lon, lat)
            middle = time.process_time()
            x, y = back(x, y)
            best.append(
                (
                    time.perf_counter() - start,
                    time.process_time() - cpu,
                    time.process_time() - middle,
                )
            )
        wall, both, inverse = min(best)
        result[name] = {
            "there_and_back_s": round(wall, 2),
            "there_and_back_cpu_s": round(both, 2),
            "inverse_cpu_s": round(inverse, 2),
            "worst_error_m": float(metres(x, y, lon, lat).max()),
        }
    if peers:
        result["peers_gcj02_to_wgs84"] = compared(peers, lon[:PEER_COUNT], lat[:PEER_COUNT])
    return result


def metres(x: np.ndarray, y: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return np.hypot((x - lon) * METRES * np.cos(np.radians(lat)), (y - lat) * METRES)


def compared(python: str, lon: np.ndarray, lat: np.ndarray) -> dict[str, object]:
    """Seconds for a million points, from 5,000, and the worst error of each package."""
    import tempfile
    from pathlib import Path

    from geodata.datum import wgs84_to_gcj02

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "points.npy"
        np.save(path, np.array(wgs84_to_gcj02(lon, lat)))
        done = subprocess.run(
            [python, "-c", PEERS, str(path)], check=False, stdout=subprocess.PIPE, text=True
        )
    if done.returncode:
        return {"failed": done.returncode}
    told: dict[str, object] = {}
    for name, answer in json.loads(done.stdout).items():
        if "failed" in answer:
            told[name] = answer
            continue
        points = np.array(answer["points"], dtype=float)
        told[name] = {
            "cpu_s_per_million": round(answer["cpu_s"] / len(lon) * 1e6, 1),
            "worst_error_m": float(metres(points[:, 0], points[:, 1], lon, lat).max()),
        }
    return told
