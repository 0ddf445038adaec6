"""Labour disputes: more in some trades, more where firms are large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geodata.sample.ground import Ground

LABELS = ("拖欠工资", "劳动合同", "工伤待遇", "解除劳动关系", "其他")
SHARES = (0.4, 0.22, 0.14, 0.16, 0.08)
PER_ENTERPRISE = 0.008
WEIGHT = {"E": 3.0, "C": 1.6, "H": 1.8, "G": 1.5, "O": 1.4}


def dispute_rows(
    rng: np.random.Generator, ground: Ground, enterprises: pd.DataFrame
) -> pd.DataFrame:
    """Return disputes as they are written: number, kind, date, settled or not, people, place."""
    count = max(5, round(PER_ENTERPRISE * len(enterprises)))
    trade = np.array([WEIGHT.get(code[:1], 1.0) for code in enterprises["industry"]])
    weight = trade * np.sqrt(enterprises["workers"].to_numpy(dtype=float))
    row = np.sort(rng.choice(len(enterprises), count, p=weight / weight.sum()))
    here = enterprises.iloc[row]
    lon, lat = ground.frame.to_lonlat(here["x"].to_numpy(), here["y"].to_numpy())
    day = np.datetime64("2025-10-01") + rng.integers(0, 380, count)
    people = np.minimum(here["workers"].to_numpy(), 1 + rng.geometric(0.35, count))
    return pd.DataFrame(
        {
            "编号": [f"D{n:05d}" for n in range(1, count + 1)],
            "案由": rng.choice(LABELS, count, p=SHARES),
            "发生日期": day.astype(str),
            "是否办结": np.where(rng.random(count) < 0.55, "是", "否"),
            "涉及人数": people,
            "经度": lon,
            "纬度": lat,
        }
    )
