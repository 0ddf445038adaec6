"""Enterprises in carriers: industry, ownership, workers, members, unions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geodata.sample import names
from geodata.sample.carriers import SINGLE
from geodata.sample.codes import social_credit_codes
from geodata.sample.industries import INDUSTRIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.cells import Cells
    from geodata.sample.ground import Ground

# Registered types as registers write them, with shares of firms in offices and parks.
OWNERSHIP = {
    "私营有限责任公司": 0.66,
    "其他有限责任公司": 0.13,
    "私营独资企业": 0.05,
    "外商投资企业": 0.045,
    "港、澳、台商投资企业": 0.035,
    "股份有限公司": 0.02,
    "国有企业": 0.025,
    "国有独资公司": 0.01,
    "集体企业": 0.015,
    "股份合作企业": 0.01,
}
SELF_EMPLOYED = "个体工商户"

# Median and spread (sigma) of workers by kind of carrier; the tail is lognormal plus Pareto.
WORKERS = {
    "office": (6.0, 1.25),
    "mall": (6.0, 1.0),
    "works": (11.0, 1.35),
    "street": (3.5, 0.85),
    "shop": (4.0, 0.9),
    "firm": (8.0, 1.25),
}
OWN_UNION_FROM = 25
WORKERS_MOST = 3_000


def draw_enterprises(
    rng: np.random.Generator, ground: Ground, cells: Cells, carriers: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per enterprise, in a shuffled order as in a register.

    ``x`` and ``y`` are in the local plane; ``unit`` is a row of ``cells.units``.
    """
    owner = np.repeat(np.arange(len(carriers)), carriers["enterprises"].to_numpy())
    owner = rng.permutation(owner)
    count = len(owner)
    carrier = carriers.iloc[owner].reset_index(drop=True)
    frame = pd.DataFrame({"carrier": owner, "kind": carrier["kind"], "place": carrier["name"]})
    frame["x"], frame["y"] = _places(rng, ground, carrier)
    frame["unit"] = cells.locate(frame["x"].to_numpy(), frame["y"].to_numpy())
    street = carrier["street"].replace("", "无名路")
    step = rng.integers(0, 30, count) * np.where(carrier["kind"] == "street", 2, 0)
    frame["address"] = street + (carrier["number"] + step).astype(str) + "号"
    industry = _industries(rng, carriers, owner)
    frame["industry"] = [INDUSTRIES[k].code for k in industry.tolist()]
    frame["ownership"] = _ownership(rng, carrier["kind"].to_numpy(dtype=object))
    frame["workers"] = _workers(rng, frame)
    frame["women"] = rng.binomial(frame["workers"].to_numpy(), rng.beta(4, 5, count))
    frame["name"] = _names(rng, frame, industry, carrier)
    admin = cells.units["street_town_id"].str[:6].to_numpy()[frame["unit"].to_numpy()]
    frame["code"] = social_credit_codes(
        rng, admin.tolist(), (frame["ownership"] == SELF_EMPLOYED).to_numpy()
    )
    named = ~frame["kind"].isin(SINGLE) & (rng.random(count) < 0.93)
    frame["building"] = frame["place"].where(named, "")
    away = (frame["workers"] >= 40) & (rng.random(count) < 0.03)
    frame["jurisdiction"] = np.where(away, "局（产业）", "地区")
    _unions(rng, frame)
    return frame


def _places(
    rng: np.random.Generator, ground: Ground, carrier: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scatter enterprises of a street along it, the others inside their building."""
    count = len(carrier)
    row = carrier["row"].to_numpy(dtype=np.int64)
    side = np.where(rng.random(count) < 0.5, 1.0, -1.0) * rng.uniform(7, 13, count)
    along_x, along_y, _ = ground.streets.beside(row, rng.random(count), side)
    spread = carrier["half_m"].to_numpy(dtype=float) * 0.5
    single = carrier["kind"].isin(SINGLE).to_numpy()
    x = carrier["x"].to_numpy(dtype=float) + rng.uniform(-1, 1, count) * spread * ~single
    y = carrier["y"].to_numpy(dtype=float) + rng.uniform(-1, 1, count) * spread * ~single
    street = (carrier["kind"] == "street").to_numpy()
    x, y = np.where(street, along_x, x), np.where(street, along_y, y)
    # Whoever would stand outside the study area stands in the street instead.
    out = ~shapely.contains_xy(ground.outline.buffer(-1.0), x, y)
    middle_x, middle_y, _ = ground.streets.beside(row, np.full(count, 0.5), np.zeros(count))
    return np.where(out, middle_x, x), np.where(out, middle_y, y)


def _industries(
    rng: np.random.Generator, carriers: pd.DataFrame, owner: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw industries that gather in space.

    Each part of the city has a leading industry per kind of carrier, each carrier leans to
    it or to one of its own, and most of its enterprises follow.
    """
    from scipy.spatial import cKDTree

    xy = carriers[["x", "y"]].to_numpy(dtype=float)
    poles = xy[rng.choice(len(xy), max(4, len(xy) // 55), replace=False)]
    pole = np.asarray(cKDTree(poles).query(xy)[1], dtype=np.int64)
    kinds = carriers["kind"].replace({"shop": "street", "firm": "office"}).to_numpy(dtype=object)
    lead = np.zeros(len(carriers), dtype=np.int64)
    drawn = np.zeros(len(owner), dtype=np.int64)
    kind_of = kinds[owner]
    for kind in ("office", "mall", "works", "street"):
        share = np.array([getattr(industry, kind) for industry in INDUSTRIES], dtype=float)
        share /= share.sum()
        own = kinds == kind
        of_pole = rng.choice(len(INDUSTRIES), len(poles), p=share)
        of_carrier = rng.choice(len(INDUSTRIES), int(own.sum()), p=share)
        lead[own] = np.where(rng.random(len(of_carrier)) < 0.8, of_pole[pole[own]], of_carrier)
        here = kind_of == kind
        drawn[here] = rng.choice(len(INDUSTRIES), int(here.sum()), p=share)
    return np.where(rng.random(len(owner)) < 0.6, lead[owner], drawn)


def _ownership(rng: np.random.Generator, kind: NDArray[np.object_]) -> NDArray[np.object_]:
    types = np.array(list(OWNERSHIP), dtype=object)
    share = np.array(list(OWNERSHIP.values()))
    drawn = types[rng.choice(len(types), len(kind), p=share / share.sum())]
    chance = np.select([kind == "street", kind == "shop", kind == "mall"], [0.5, 0.4, 0.22], 0.01)
    return np.where(rng.random(len(kind)) < chance, SELF_EMPLOYED, drawn)


def _workers(rng: np.random.Generator, frame: pd.DataFrame) -> NDArray[np.int64]:
    """Draw heavy-tailed worker counts, at least 1."""
    kind = frame["kind"].to_numpy(dtype=object)
    median = np.array([WORKERS[k][0] for k in kind.tolist()])
    sigma = np.array([WORKERS[k][1] for k in kind.tolist()])
    workers = median * np.exp(sigma * rng.standard_normal(len(frame)))
    small = (frame["ownership"] == SELF_EMPLOYED).to_numpy()
    workers = np.where(small, np.minimum(workers, rng.integers(3, 16, len(frame))), workers)
    # One firm in 250 is a large one, and these follow a power law.
    large = ~small & (rng.random(len(frame)) < 0.004)
    workers = np.where(large, 150 * (1 + rng.pareto(1.6, len(frame))), workers)
    return np.clip(np.round(workers), 1, WORKERS_MOST).astype(np.int64)


def _names(
    rng: np.random.Generator,
    frame: pd.DataFrame,
    industry: NDArray[np.int64],
    carrier: pd.DataFrame,
) -> list[str]:
    """Name enterprises; a named shop of the road file keeps its name."""
    brands = names.brands(rng, len(frame))
    ends = np.where(frame["ownership"] == "股份有限公司", "股份有限公司", "有限公司")
    ends = np.where(frame["ownership"] == SELF_EMPLOYED, "店", ends)
    ends = np.where(frame["ownership"].isin(["国有企业", "集体企业", "私营独资企业"]), "厂", ends)
    pick = rng.random(len(frame))
    found = []
    rows = zip(brands, industry.tolist(), ends.tolist(), pick.tolist(), strict=True)
    for brand, number, end, chance in rows:
        words = INDUSTRIES[number].words
        found.append(f"{names.CITY[:2]}{brand}{words[int(chance * len(words))]}{end}")
    kept = (carrier["kind"].isin(SINGLE) & carrier["given"]).to_numpy()
    places = carrier["name"].tolist()
    for row in np.flatnonzero(kept).tolist():
        found[row] = places[row]
    return found


def _unions(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    """Add ``union`` (name or empty), ``members``, ``covered`` (units of its union)."""
    workers = frame["workers"].to_numpy()
    count = len(frame)
    state = frame["ownership"].str.startswith("国有").to_numpy()
    own = (workers >= OWN_UNION_FROM) & (rng.random(count) < 0.78)
    own |= (workers >= 10) & (workers < OWN_UNION_FROM) & (rng.random(count) < 0.45)
    own |= state & (workers >= 10)
    own &= (frame["ownership"] != SELF_EMPLOYED).to_numpy()
    # A carrier has a joint union or not; where it has one, most of the small ones are in it.
    carriers = int(frame["carrier"].max()) + 1
    has_joint = (rng.random(carriers) < 0.7)[frame["carrier"].to_numpy()]
    has_joint &= ((frame["place"] != "") & ~frame["kind"].isin(SINGLE)).to_numpy()
    joint = ~own & has_joint & (workers < 60) & (rng.random(count) < 0.85)
    union = np.where(own, frame["name"] + "工会委员会", "")
    union = np.where(joint, frame["place"] + "联合工会", union)
    frame["union"] = union
    rate = np.clip(rng.normal(0.84, 0.1, count), 0.3, 1.0)
    frame["members"] = np.where(union != "", rng.binomial(workers, rate), 0)
    sizes = frame.groupby("union")["union"].transform("size")
    frame["covered"] = np.where(union != "", sizes, 0)
