"""A register of any size as offices send it: valid codes, and every fiftieth row with a fault."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
HEADERS = (
    "序号", "企业名称", "统一社会信用代码", "经营地址", "职工人数", "工会会员数", "行业代码", "登记注册类型", "所属街镇", "所属居村",
    "楼宇名称", "是否建会", "建会日期", "法定代表人", "联系电话", "经度", "纬度",
)  # fmt: skip
TOWNS = 200
WEST, SOUTH, STEP = 121.2, 30.9, 0.02


def codes(count: int) -> list[str]:
    """Valid codes, by the formulas of GB 32100 and GB 11714."""
    numbers = np.arange(count)
    digits = (numbers[:, None] // 10 ** np.arange(7, -1, -1)) % 10
    left = (11 - digits @ np.array([3, 7, 9, 10, 5, 8, 4, 2]) % 11) % 11
    head = np.array([9, 1, 3, 1, 0, 1, 0, 1])
    body = np.column_stack(
        [np.tile(head, (count, 1)), digits, np.where(left == 10, ALPHABET.index("X"), left)]
    )
    weights = np.array([pow(3, place, 31) for place in range(17)])
    check = (31 - body @ weights % 31) % 31
    letters = np.array(list(ALPHABET))[np.column_stack([body, check])]
    return ["".join(row) for row in letters.tolist()]


def rows(count: int, seed: int = 1) -> list[list[object]]:
    """Rows below the header, in a fixed order."""
    dice = np.random.default_rng(seed)
    workers = np.minimum(dice.lognormal(2.2, 1.1, count).astype(int) + 1, 5000)
    members = (workers * dice.uniform(0, 1, count)).astype(int)
    town = dice.integers(0, TOWNS, count)
    east = WEST + (town % 20 + dice.uniform(0.02, 0.98, count)) * STEP
    north = SOUTH + (town // 20 + dice.uniform(0.02, 0.98, count)) * STEP
    industry = dice.choice(
        ["I65", "F51", "F52", "L72", "C34", "H62", "6510", "批发和零售业"], count
    )
    kind = dice.choice(
        ["私营有限责任公司", "个体工商户", "港澳台商投资企业", "股份有限公司", "国有企业"], count
    )
    made: list[list[object]] = [
        [
            i + 1, f"上海第{i:06d}号{'商贸' if i % 2 else '科技'}有限公司", code, f"第{t}路{i % 997 + 1}号", int(w), int(m), ind, own,
            f"第{t}街道", f"第{i % 40}居委会", f"第{i % 5000}大厦" if i % 3 == 0 else None, "是" if i % 3 else "否",
            "2024年3月1日", "张三", "13800000000", round(x, 6), round(y, 6),
        ]
        for i, (code, t, w, m, ind, own, x, y) in enumerate(
            zip(codes(count), town.tolist(), workers.tolist(), members.tolist(), industry.tolist(), kind.tolist(),
                east.tolist(), north.tolist(), strict=True)
        )
    ]  # fmt: skip
    spoil = [
        (4, "12,3"),
        (2, "9.13101E+17"),
        (15, None),
        (4, "若干"),
        (2, made[0][2]),
        (4, "１２３人"),
        (6, "？"),
    ]
    for number, place in enumerate(range(25, count, 50)):
        column, value = spoil[number % len(spoil)]
        made[place][column] = value
    return made


def write_csv(path: Path, count: int, encoding: str = "gb18030") -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["某市企业职工情况统计表"])
        writer.writerow(HEADERS)
        writer.writerows(rows(count))
        writer.writerow(["合计", None, None, None, count])


def write_xlsx(path: Path, count: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_row(0, 0, ["某市企业职工情况统计表"])
        sheet.write_row(1, 0, HEADERS)
        for number, row in enumerate(rows(count), 2):
            sheet.write_row(number, 0, row)
        sheet.write_row(count + 2, 0, ["合计", None, None, None, count])


def street_towns() -> object:
    """The made street_towns, EPSG:4326, as a frame that can be read as boundaries."""
    import geopandas as gpd
    from shapely.geometry import box

    cells = [
        box(
            WEST + t % 20 * STEP,
            SOUTH + t // 20 * STEP,
            WEST + (t % 20 + 1) * STEP,
            SOUTH + (t // 20 + 1) * STEP,
        )
        for t in range(TOWNS)
    ]
    names = [f"第{t}街道" for t in range(TOWNS)]
    ids = [f"310101{t:03d}" for t in range(TOWNS)]
    data = {"street_town_id": ids, "name": names, "borough_id": "310101"}
    return gpd.GeoDataFrame(data, geometry=cells, crs="EPSG:4326")
