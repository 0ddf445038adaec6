"""Carriers: the buildings, malls, parks and street fronts in which enterprises sit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geodata.sample import names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.ground import Ground


@dataclass(frozen=True)
class CarrierKind:
    """One kind of carrier.

    Parameters
    ----------
    share
        Share of all enterprises that sit in this kind.
    mean
        Enterprises in the mean carrier; they are spread around it lognormally.
    sigma
        Spread of that.
    busy
        Power of activity with which places are drawn; 0 is everywhere alike.
    tails
        Endings of names; empty where the kind has no name of its own.
    half_m
        Half the width of its building, least and most, metres.
    """

    share: float
    mean: float
    sigma: float
    busy: float
    tails: tuple[str, ...]
    half_m: tuple[float, float]


KINDS = {
    "office": CarrierKind(0.45, 13.0, 0.75, 1.6, ("大厦", "商务楼", "广场", "国际中心"), (16, 32)),
    "mall": CarrierKind(0.11, 24.0, 0.5, 1.1, ("购物中心", "百货商厦", "生活广场"), (32, 58)),
    "works": CarrierKind(0.16, 20.0, 0.6, -0.5, ("产业园", "科技园", "创意园"), (38, 70)),
    "street": CarrierKind(0.28, 5.0, 0.5, 0.9, (), (6, 10)),
}


# Named places that are one enterprise each.
SINGLE = ("shop", "firm")


def draw_carriers(rng: np.random.Generator, ground: Ground, enterprises: int) -> pd.DataFrame:
    """Return carriers that together hold ``enterprises`` enterprises.

    Named places of the ground come first: malls, offices and industrial parks as carriers,
    shops and the like as places of one enterprise. The rest stands on road fronts.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``name`` (empty on street fronts), ``x``, ``y`` (metres), ``heading``
        (radians), ``half_m``, ``street``, ``number`` (in the street), ``row`` (piece of street),
        ``enterprises``, ``given`` (True where the ground named it).
    """
    given = _given(rng, ground, enterprises)
    left = enterprises - int(given["enterprises"].sum())
    named = names.pairs(rng)
    frames = [given]
    for kind, rule in KINDS.items():
        total = round(enterprises * rule.share)
        total -= int(given.loc[given["kind"] == kind, "enterprises"].sum())
        total = min(max(total, 0), left)
        if kind == "street":
            total = left
        left -= total
        count = round(total / rule.mean) or int(total > 0)
        if count:
            housed = kind != "street" and len(ground.buildings) >= 2 * count
            place = _in_buildings if housed else _on_fronts
            frame = place(rng, ground, kind, count)
            weight = rng.lognormal(0, rule.sigma, count)
            frame["enterprises"] = 1 + _shares(weight, total - count)
            if rule.tails:
                tails = rng.choice(rule.tails, count)
                drawn = [next(named) + tail for tail in tails.tolist()]
                frame["name"] = frame["name"].where(frame["name"] != "", drawn)
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _shares(weight: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Split ``total`` by weight into whole numbers, largest remainders first."""
    exact = weight / weight.sum() * max(total, 0)
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    rest = max(total, 0) - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:rest]] += 1
    return whole


def _on_fronts(rng: np.random.Generator, ground: Ground, kind: str, count: int) -> pd.DataFrame:
    """Place carriers beside streets, more where it is busier."""
    rule = KINDS[kind]
    streets = ground.streets
    middle_x, middle_y = (streets.x0 + streets.x1) / 2, (streets.y0 + streets.y1) / 2
    weight = streets.length_m * np.sqrt(streets.rank.astype(np.float64))
    weight = weight * ground.activity(middle_x, middle_y) ** rule.busy
    row = rng.choice(len(streets), count, p=weight / weight.sum())
    half = rng.uniform(*rule.half_m, count)
    side = np.where(rng.random(count) < 0.5, 1.0, -1.0)
    share = rng.random(count)
    x, y, heading = streets.beside(row, share, side * (half * 0.8 + 9))
    # A building that would stand in the river or over the border stands across the street.
    land = ground.outline if ground.water is None else ground.outline.difference(ground.water)
    clear = shapely.contains_xy(land.buffer(-8.0), x, y)
    x, y, heading = streets.beside(row, share, np.where(clear, side, -side) * (half * 0.8 + 9))
    return pd.DataFrame(
        {
            "kind": kind,
            "name": "",
            "x": x,
            "y": y,
            "heading": heading,
            "half_m": half,
            "street": [streets.names[k] for k in streets.name[row].tolist()],
            "number": rng.integers(1, 900, count),
            "row": row,
            "given": False,
        }
    )


def _in_buildings(rng: np.random.Generator, ground: Ground, kind: str, count: int) -> pd.DataFrame:
    """Place carriers in the ground's buildings, larger and busier ones first to be drawn."""
    buildings = ground.buildings
    x, y = buildings["x"].to_numpy(dtype=float), buildings["y"].to_numpy(dtype=float)
    footprint = buildings["footprint_m2"].to_numpy(dtype=float)
    weight = np.minimum(footprint, 6_000.0) * ground.activity(x, y) ** KINDS[kind].busy
    chosen = np.sort(rng.choice(len(buildings), count, replace=False, p=weight / weight.sum()))
    street, row = _nearest_street(ground, x[chosen], y[chosen])
    return pd.DataFrame(
        {
            "kind": kind,
            "name": buildings["name"].to_numpy()[chosen],
            "x": x[chosen],
            "y": y[chosen],
            "heading": 0.0,
            "half_m": np.clip(np.sqrt(footprint[chosen]) / 3, 4.0, 25.0),
            "street": street,
            "number": rng.integers(1, 900, count),
            "row": row,
            "given": False,
        }
    )


def _given(rng: np.random.Generator, ground: Ground, enterprises: int) -> pd.DataFrame:
    """Return the ground's own named places as carriers, at most as many as are needed."""
    places = ground.places[ground.places["kind"].isin((*KINDS, *SINGLE))]
    places = places[places["name"] != ""].drop_duplicates(["kind", "name", "x", "y"])
    kind = places["kind"].to_numpy(dtype=object)
    held = np.ones(len(places), dtype=np.int64)
    for name, rule in KINDS.items():
        own = kind == name
        if own.any():
            drawn = rng.lognormal(np.log(rule.mean), rule.sigma, int(own.sum()))
            held[own] = np.maximum(1, np.round(drawn)).astype(np.int64)
    # Two thirds at the most: the rest of a city is not named in its road file.
    order = rng.permutation(len(places))
    inside = np.sort(order[np.cumsum(held[order]) <= enterprises * 2 // 3])
    places, kind, held = places.iloc[inside], kind[inside], held[inside]
    x, y = places["x"].to_numpy(dtype=float), places["y"].to_numpy(dtype=float)
    street, row = _nearest_street(ground, x, y)
    return pd.DataFrame(
        {
            "kind": kind,
            "name": places["name"].to_numpy(),
            "x": x,
            "y": y,
            "heading": 0.0,
            "half_m": 12.0,
            "street": street,
            "number": rng.integers(1, 900, len(places)),
            "row": row,
            "enterprises": held,
            "given": True,
        }
    )


def _nearest_street(
    ground: Ground, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return name and row of the piece of street whose middle is nearest."""
    from scipy.spatial import cKDTree

    streets = ground.streets
    middles = np.column_stack(((streets.x0 + streets.x1) / 2, (streets.y0 + streets.y1) / 2))
    row = np.asarray(cKDTree(middles).query(np.column_stack((x, y)))[1], dtype=np.int64)
    return [streets.names[k] for k in streets.name[row].tolist()], row
