"""What the premises file says beyond place and price: seats, parking, gates, papers and marks of existing stations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geodata.sample.premises import STATION

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

HOSTS = ("bank", "pharmacy", "convenience", "fuel", "toilet")
GATED_SHARE = {"bank": 0.02, "school": 0.35, "office": 0.25, "park": 0.2}


def add_rooms(rng: np.random.Generator, premises: pd.DataFrame) -> pd.DataFrame:
    """Return the premises with ``seats``, ``parking``, ``open_access``, ``certificate``, ``account`` and four marks."""
    count = len(premises)
    kind = premises["key"].to_numpy(dtype=object)
    area = premises["area_m2"].to_numpy(dtype=float)
    host = np.isin(kind, HOSTS)
    seats = np.clip((area / rng.uniform(5, 9, count)).round(), 2, 30).astype(np.int64)
    known = host & (rng.random(count) < 0.8)
    parking = np.where(rng.random(count) < 0.8, rng.integers(2, 25, count), 0)
    gated = rng.random(count) < np.array([GATED_SHARE.get(one, 0.05) for one in kind.tolist()])
    station = (premises["existing"] == STATION).to_numpy()
    marks = {
        name: _where(station, np.clip(rng.normal(mean, 8, count), 40, 100).round().astype(np.int64))
        for name, mean in (("members", 82), ("own", 90), ("inspection", 78), ("third_party", 75))
    }
    return premises.assign(
        seats=_where(known, seats),
        parking=_where(host, parking),
        open_access=np.where(gated, "否", "是"),
        certificate=_where(station, np.where(rng.random(count) < 0.75, "是", "否")),
        account=_where(station, np.where(rng.random(count) < 0.7, "是", "否")),
        **marks,
    )


def _where(known: NDArray[np.bool_], values: NDArray[np.generic]) -> NDArray[np.object_]:
    return np.where(known, values.astype(object), "")
