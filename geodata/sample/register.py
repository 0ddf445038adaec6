"""The enterprise register as an .xlsx export: a title, Chinese headers, personal columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geodata.sample.cells import Cells
    from geodata.sample.frame import LocalFrame

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN = "一二三四五六七八九十"


def register_rows(
    rng: np.random.Generator, frame: LocalFrame, cells: Cells, enterprises: pd.DataFrame
) -> pd.DataFrame:
    """Return the register as it is written, one row per enterprise, ``object`` cells."""
    lon, lat = frame.to_lonlat(enterprises["x"].to_numpy(), enterprises["y"].to_numpy())
    unit = cells.units.iloc[enterprises["unit"].to_numpy()]
    towns = cells.street_towns.set_index("street_town_id")["name"]
    boroughs = cells.boroughs.set_index("borough_id")["name"]
    town = unit["street_town_id"].map(towns).to_numpy()
    union = enterprises["union"].to_numpy(dtype=object)
    blank = union == ""
    count = len(enterprises)
    rows = pd.DataFrame(
        {
            "序号": np.arange(1, count + 1),
            "企业名称": enterprises["name"].to_numpy(),
            "统一社会信用代码": enterprises["code"].to_numpy(),
            "登记注册类型": enterprises["ownership"].to_numpy(),
            "行业代码": enterprises["industry"].to_numpy(),
            "所属区": unit["street_town_id"].str[:6].map(boroughs).to_numpy(),
            "所属街镇": town,
            "所属居村": unit["name"].to_numpy(),
            "经营地址": enterprises["address"].to_numpy(),
            "楼宇名称": enterprises["building"].to_numpy(),
            "职工人数": enterprises["workers"].to_numpy(),
            "女职工数": enterprises["women"].to_numpy(),
            "农民工数": enterprises["migrants"].to_numpy(),
            "工资总额": enterprises["payroll"].to_numpy(),
            "会员人数": enterprises["members"].to_numpy(),
            "是否建会": np.where(blank, "否", "是"),
            "工会名称": union,
            "涵盖单位数": enterprises["covered"].to_numpy(),
            "上级工会": np.where(blank, "", np.asarray(town, dtype=object) + "总工会"),
            "管辖": enterprises["jurisdiction"].to_numpy(),
            "经度": lon,
            "纬度": lat,
            "坐标系": "WGS84",
            "联系人": _people(rng, count),
            "手机": [f"120{n:08d}" for n in rng.integers(0, 10**8, count).tolist()],
        }
    ).astype(object)
    return rows.where(rows != "", None)


def _people(rng: np.random.Generator, count: int) -> list[str]:
    """Return names that belong to nobody: a surname and a numeral."""
    first = rng.integers(0, len(_SURNAMES), count).tolist()
    second = rng.integers(0, len(_GIVEN), count).tolist()
    return [_SURNAMES[a] + _GIVEN[b] for a, b in zip(first, second, strict=True)]
