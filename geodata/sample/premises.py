"""Premises: stations that exist, public premises, and what could carry a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.sample import names

if TYPE_CHECKING:
    from geodata.sample.cells import Cells
    from geodata.sample.ground import Ground


@dataclass(frozen=True)
class PremisesKind:
    """One kind of premises.

    Parameters
    ----------
    label
        What the file calls the kind.
    per_unit
        Premises per residential-committee cell.
    tail
        End of the name.
    owners
        Who may own it.
    area_m2
        Least and most floor area.
    rent
        Yuan per square metre and month, least and most; 0 where it is lent.
    hours
        Opening and closing.
    existing
        Tier some of them serve today, and the share that does.
    """

    label: str
    per_unit: float
    tail: str
    owners: tuple[str, ...]
    area_m2: tuple[int, int]
    rent: tuple[int, int]
    hours: tuple[str, str]
    existing: tuple[str, float] = ("", 0.0)


STATION, SUB_CENTRE = "职工服务站", "街镇分中心"
SERVICE_POINT, REST_STATION = "工会服务点", "户外职工爱心接力站"
WORKER_SCHOOL = "职工学校"

PREMISES = {
    "party_centre": PremisesKind("党群服务中心", 0.14, "党群服务中心", ("街镇党工委",), (150, 900), (0, 0), ("09:00", "18:00"), (WORKER_SCHOOL, 0.08)),
    "community_centre": PremisesKind("社区中心", 0.45, "社区服务中心", ("街镇", "居委会"), (80, 600), (0, 0), ("08:30", "17:30"), (REST_STATION, 0.15)),
    "school": PremisesKind("学校", 0.25, "学校", ("教育局",), (200, 900), (0, 0), ("08:00", "17:00")),
    "bank": PremisesKind("银行", 0.45, "银行", ("商业银行",), (25, 120), (0, 0), ("09:00", "17:00"), (REST_STATION, 0.12)),
    "pharmacy": PremisesKind("药店", 0.45, "大药房", ("连锁药房",), (15, 60), (0, 0), ("08:00", "21:30"), (REST_STATION, 0.06)),
    "convenience": PremisesKind("便利店", 0.8, "便利店", ("连锁便利",), (15, 50), (0, 0), ("00:00", "24:00"), (REST_STATION, 0.04)),
    "fuel": PremisesKind("加油站", 0.08, "加油站", ("石化企业",), (20, 60), (0, 0), ("00:00", "24:00"), (REST_STATION, 0.1)),
    "toilet": PremisesKind("公厕", 0.4, "公厕", ("绿化市容局",), (12, 40), (0, 0), ("05:00", "22:00"), (REST_STATION, 0.06)),
    "other_public": PremisesKind("其他公共场所", 0.15, "文化活动中心", ("区文旅局", "区体育局"), (120, 700), (0, 0), ("08:30", "20:30")),
}  # fmt: skip

# Carriers whose landlord offers rooms: kind of carrier -> kind of premises, share, rent.
OFFERED = {
    "office": PremisesKind("办公楼", 0.45, "", ("楼宇业主",), (60, 300), (60, 190), ("08:00", "20:00"), (SERVICE_POINT, 0.14)),
    "mall": PremisesKind("商场", 0.7, "", ("商业公司",), (40, 200), (110, 320), ("10:00", "22:00"), (SERVICE_POINT, 0.2)),
    "works": PremisesKind("园区", 0.8, "", ("园区公司",), (80, 400), (30, 90), ("08:00", "19:00"), (SERVICE_POINT, 0.2)),
}  # fmt: skip


def draw_premises(
    rng: np.random.Generator, ground: Ground, cells: Cells, carriers: pd.DataFrame
) -> pd.DataFrame:
    """Return premises with ``key`` (our kind), place in metres, and what the file says of them."""
    frames = [_public(rng, ground, key, rule, len(cells.units)) for key, rule in PREMISES.items()]
    frames += [_offered(rng, carriers, key, rule) for key, rule in OFFERED.items()]
    frames.append(_stations(rng, ground, cells))
    found = pd.concat(frames, ignore_index=True)
    inside = cells.locate(found["x"].to_numpy(dtype=float), found["y"].to_numpy(dtype=float))
    found["unit"] = inside
    return found


def _public(
    rng: np.random.Generator, ground: Ground, key: str, rule: PremisesKind, units: int
) -> pd.DataFrame:
    """Return premises of one kind: the ground's own first, the rest beside streets."""
    count = max(1, round(units * rule.per_unit))
    own = ground.places[(ground.places["kind"] == key) & (ground.places["name"] != "")]
    own = own.iloc[np.sort(rng.permutation(len(own))[:count])]
    drawn = count - len(own)
    streets = ground.streets
    x, y = (streets.x0 + streets.x1) / 2, (streets.y0 + streets.y1) / 2
    weight = streets.length_m * streets.rank * ground.activity(x, y) ** 0.7
    row = rng.choice(len(streets), drawn, p=weight / weight.sum())
    side = np.where(rng.random(drawn) < 0.5, 1.0, -1.0) * rng.uniform(11, 19, drawn)
    x, y, _ = streets.beside(row, rng.random(drawn), side)
    stems = names.pairs(rng)
    frame = pd.DataFrame(
        {
            "key": key,
            "name": [*own["name"].tolist(), *(next(stems) + rule.tail for _ in range(drawn))],
            "x": np.concatenate((own["x"].to_numpy(dtype=float), x)),
            "y": np.concatenate((own["y"].to_numpy(dtype=float), y)),
        }
    )
    return _conditions(rng, frame, rule)


def _offered(
    rng: np.random.Generator, carriers: pd.DataFrame, key: str, rule: PremisesKind
) -> pd.DataFrame:
    own = carriers[carriers["kind"] == key]
    own = own[rng.random(len(own)) < rule.per_unit]
    kind = {"works": "park"}.get(key, key)
    frame = own[["name", "x", "y"]].reset_index(drop=True)
    frame.insert(0, "key", kind)
    return _conditions(rng, frame, rule)


def _stations(rng: np.random.Generator, ground: Ground, cells: Cells) -> pd.DataFrame:
    """Return a sub-centre for most street_towns, and stations for some: a city that has begun."""
    rows = []
    for town in cells.street_towns.itertuples():
        stem = str(town.name)
        if rng.random() < 0.75:
            rows.append((f"{stem}职工服务中心", SUB_CENTRE, town.geometry))
        rows += [
            (f"{stem}第{number}职工服务站", STATION, town.geometry)
            for number in ("一", "二")[: int(rng.integers(0, 3))]
        ]
    if not rows:
        town = cells.street_towns.iloc[0]
        rows.append((f"{town['name']}职工服务站", STATION, town.geometry))
    streets = ground.streets
    x, y = (streets.x0 + streets.x1) / 2, (streets.y0 + streets.y1) / 2
    unit = cells.locate(x, y)
    owner = cells.units["street_town_id"].to_numpy()[unit]
    place = []
    for name, _tier, _area in rows:
        town_id = cells.street_towns.loc[
            [name.startswith(str(one)) for one in cells.street_towns["name"]], "street_town_id"
        ].iloc[0]
        own = np.flatnonzero(owner == town_id)
        weight = streets.rank[own] * ground.activity(x[own], y[own])
        place.append(int(rng.choice(own, p=weight / weight.sum())))
    at_x, at_y, _ = streets.beside(np.array(place), rng.random(len(rows)), np.full(len(rows), 14.0))
    rule = PremisesKind("工会站点", 1, "", ("街镇总工会",), (90, 420), (0, 0), ("08:30", "17:30"))
    frame = pd.DataFrame(
        {"key": "union_station", "name": [row[0] for row in rows], "x": at_x, "y": at_y}
    )
    frame = _conditions(rng, frame, rule)
    frame["existing"] = [row[1] for row in rows]
    frame["consent"] = "已签约"
    frame["ground_floor"] = "是"
    return frame


def _conditions(rng: np.random.Generator, frame: pd.DataFrame, rule: PremisesKind) -> pd.DataFrame:
    """Add owner, area, rent, consent, dates and hours."""
    count = len(frame)
    frame["label"] = rule.label
    frame["owner"] = rng.choice(rule.owners, count)
    area = rng.uniform(*rule.area_m2, count).round().astype(np.int64)
    frame["area_m2"] = area
    frame["ground_floor"] = np.where(
        rng.random(count) < (0.35 if rule.rent[1] else 0.8), "是", "否"
    )
    frame["rent"] = (rng.uniform(*rule.rent, count) * area / 100).round().astype(np.int64) * 100
    tier, share = rule.existing
    exists = rng.random(count) < share
    frame["existing"] = np.where(exists, tier, "")
    answer = rng.choice(["已签约", "可协商", "不同意"], count, p=[0.16, 0.74, 0.10])
    frame["consent"] = np.where(exists, "已签约", answer)
    later = ~exists & (rng.random(count) < 0.12)
    month = rng.integers(1, 13, count).tolist()
    frame["available_from"] = [
        f"2027-{m:02d}-01" if late else "" for m, late in zip(month, later.tolist(), strict=True)
    ]
    frame["opens"], frame["closes"] = rule.hours
    return frame


def premises_rows(ground: Ground, cells: Cells, premises: pd.DataFrame) -> pd.DataFrame:
    """Return the premises as they are written."""
    lon, lat = ground.frame.to_lonlat(
        premises["x"].to_numpy(dtype=float), premises["y"].to_numpy(dtype=float)
    )
    towns = cells.street_towns.set_index("street_town_id")["name"]
    town = cells.units["street_town_id"].map(towns).to_numpy()[premises["unit"].to_numpy()]
    rows = pd.DataFrame(
        {
            "编号": [f"P{n:05d}" for n in range(1, len(premises) + 1)],
            "名称": premises["name"],
            "类型": premises["label"],
            "所属街镇": town,
            "产权单位": premises["owner"],
            "现有功能": premises["existing"],
            "建筑面积": premises["area_m2"],
            "是否底层": premises["ground_floor"],
            "月租金": premises["rent"],
            "意向": premises["consent"],
            "可用日期": premises["available_from"],
            "开放时间起": premises["opens"],
            "开放时间止": premises["closes"],
            "座位数": premises["seats"],
            "非机动车位": premises["parking"],
            "可自由进入": premises["open_access"],
            "法人资格证": premises["certificate"],
            "银行账户": premises["account"],
            "会员评分": premises["members"],
            "自评分": premises["own"],
            "检查评分": premises["inspection"],
            "第三方评分": premises["third_party"],
            "经度": lon,
            "纬度": lat,
        }
    ).astype(object)
    return rows.where(rows != "", None)
