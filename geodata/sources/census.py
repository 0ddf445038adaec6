"""Census totals of workers by street_town and borough, which a density is calibrated to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import clean_text
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geodata.provenance import Read

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "borough_name": ("区", "行政区", "所属区", "区名称", "borough", "borough_name", "district"),
    "street_town_name": ("街镇", "街道", "乡镇", "街镇名称", "名称", "street_town", "street_town_name", "name"),
    "workers": (
        "从业人员", "从业人数", "就业人数", "从业人员数", "期末从业人员", "workers", "employment", "employment_2023", "jobs",
    ),
    "non_public_share": ("非公占比", "非公有制占比", "非公比例", "non_public_share"),
}  # fmt: skip
BAD_COUNT: Final = Reason(
    mark("the number of workers cannot be used"), mark("write a number of 0 or more")
)
BAD_SHARE: Final = Reason(mark("the share cannot be used"), mark("write a share between 0 and 1"))
NO_AREA: Final = Reason(
    mark("neither a street_town nor a borough is named"), mark("give the name of the area")
)
_TOTAL: Final = re.compile(r"合计|总计|小计|全区|total", re.IGNORECASE)


def read_census(
    path: str | Path,
    *,
    datum: str = "",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read census totals.

    Parameters
    ----------
    path
        A table with the workers of street_towns and boroughs; a row that names no street_town, or calls itself a total
        (合计), is its borough's.
    datum
        Of no meaning here; every reader takes it.
    columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``borough_name``, ``street_town_name`` (both nullable), ``workers`` (float), ``non_public_share`` (nullable);
        without points.
    """
    import geopandas as gpd

    path = Path(path)
    table = read_table(
        path,
        FIELDS,
        needed=(("workers",), ("borough_name", "street_town_name")),
        columns=columns,
        sheet=sheet,
    )
    ledger = Ledger(table.source_row, table.sheet)
    numbers, unreadable, _mended = read_numbers(table.column("workers"))
    bad = unreadable | (numbers < 0) | ~np.isfinite(numbers)
    ledger.reject(bad, table.header("workers"), table.column("workers").to_numpy(), BAD_COUNT)
    shares, unclear, _mended = read_numbers(table.column("non_public_share"))
    wrong = unclear | (shares < 0) | (shares > 1)
    ledger.repair(
        wrong,
        table.header("non_public_share"),
        table.column("non_public_share").to_numpy(),
        BAD_SHARE,
    )
    borough = clean_text(table.column("borough_name"))
    town = clean_text(table.column("street_town_name"))
    total = town.str.contains(_TOTAL, na=False)
    borough = borough.where(
        borough.notna() | ~total, town.str.replace(_TOTAL, "", regex=True).replace("", None)
    )
    town = town.where(~total)
    ledger.reject(
        (borough.isna() & town.isna()).to_numpy(), table.header("borough_name"), "", NO_AREA
    )
    frame = gpd.GeoDataFrame(
        {
            "borough_name": pd.Series(borough, dtype="str"),
            "street_town_name": pd.Series(town, dtype="str"),
            "workers": np.nan_to_num(numbers),
            "non_public_share": np.where(wrong, np.nan, shares),
        },
        geometry=[None] * len(numbers),
        crs=None,
    )
    return finished(
        "census",
        path,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
