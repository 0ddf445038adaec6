"""Outdoor workers by hour: couriers at malls and restaurants, cleaners on streets, drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.ground import Ground

# (peak hour, width in hours, height) of a day's humps, and the level all day.
DAYS = {
    "courier": (((11.7, 1.4, 1.0), (18.5, 1.6, 0.8), (22.0, 2.0, 0.35)), 0.06),
    "cleaner": (((5.0, 1.3, 1.0), (14.0, 1.8, 0.55), (19.0, 1.0, 0.2)), 0.02),
    "driver": (((8.0, 1.8, 0.7), (13.0, 1.5, 0.5), (18.0, 2.0, 0.8), (0.5, 2.5, 0.4)), 0.15),
}
LABELS = {"courier": "外卖快递员", "cleaner": "环卫工", "driver": "司机"}
# Points of each kind per enterprise, and people at the peak of the mean point.
POINTS = {"courier": (0.035, 7.0), "cleaner": (0.05, 2.2), "driver": (0.012, 5.0)}


def day_profile(kind: str) -> NDArray[np.float64]:
    """Return 24 numbers, the share of the peak that is present in each hour."""
    humps, level = DAYS[kind]
    hour = np.arange(24) + 0.5
    total = np.full(24, level)
    for peak, width, height in humps:
        away = np.abs(hour - peak)
        away = np.minimum(away, 24 - away)
        total += height * np.exp(-0.5 * (away / width) ** 2)
    return np.asarray(total / total.max())


def outdoor_rows(
    rng: np.random.Generator,
    ground: Ground,
    carriers: pd.DataFrame,
    enterprises: pd.DataFrame,
    premises: pd.DataFrame,
) -> pd.DataFrame:
    """Return the outdoor workers as they are written: a kind, a point, 24 hours."""
    count = len(enterprises)
    eating = enterprises[enterprises["industry"].isin(["H62", "F52"])]
    malls = carriers[carriers["kind"].isin(["mall"])]
    hosts = np.concatenate(
        (
            eating[["x", "y"]].to_numpy(dtype=float),
            np.repeat(malls[["x", "y"]].to_numpy(dtype=float), 8, axis=0),
        )
    )
    stops = premises[premises["key"].isin(["fuel", "mall", "park", "toilet"])]
    places = {
        "courier": _near(rng, hosts, _points("courier", count)),
        "cleaner": _along_streets(rng, ground, _points("cleaner", count)),
        "driver": _near(rng, stops[["x", "y"]].to_numpy(dtype=float), _points("driver", count)),
    }
    frames = []
    for kind, xy in places.items():
        people = POINTS[kind][1] * rng.lognormal(-0.18, 0.6, len(xy))
        hours = np.outer(people, day_profile(kind)) * rng.uniform(0.85, 1.15, (len(xy), 24))
        lon, lat = ground.frame.to_lonlat(xy[:, 0], xy[:, 1])
        frame = pd.DataFrame({"工种": LABELS[kind], "经度": lon, "纬度": lat})
        table = pd.DataFrame(hours.round(1), columns=[f"{hour}时" for hour in range(24)])
        frames.append(pd.concat([frame, table], axis=1))
    rows = pd.concat(frames, ignore_index=True)
    rows.insert(0, "编号", [f"W{n:05d}" for n in range(1, len(rows) + 1)])
    return rows


def _points(kind: str, enterprises: int) -> int:
    return max(8, round(POINTS[kind][0] * enterprises))


def _near(rng: np.random.Generator, hosts: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return points a few metres from hosts."""
    chosen = hosts[rng.choice(len(hosts), count)]
    return np.asarray(chosen + rng.normal(0, 9, chosen.shape))


def _along_streets(rng: np.random.Generator, ground: Ground, count: int) -> NDArray[np.float64]:
    """Return points on the kerb of streets, more on the larger ones."""
    streets = ground.streets
    weight = streets.length_m * streets.rank
    row = rng.choice(len(streets), count, p=weight / weight.sum())
    side = np.where(rng.random(count) < 0.5, 4.0, -4.0)
    x, y, _ = streets.beside(row, rng.random(count), side)
    return np.column_stack((x, y))
