"""Rows of the register that are wrong on purpose, as some are in every real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata.sample.codes import spoil

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

KINDS = (
    "bad_code",
    "duplicate_code",
    "no_coordinates",
    "outside",
    "negative_workers",
    "worded_workers",
    "full_width",
    "swapped",
    "no_name",
)
# One in 1,500 rows has each fault, and at least two rows.
ONE_IN = 1_500
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def spoil_rows(
    rng: np.random.Generator, register: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, NDArray[np.int64]]]:
    """Return the register with some rows spoilt, and their positions by kind of fault.

    A duplicated row is a copy of a sound one with another number of workers; the sound one may
    stand above or below it.
    """
    each = max(2, len(register) // ONE_IN)
    drawn = rng.choice(len(register), each * len(KINDS), replace=False)
    parts = np.split(drawn, len(KINDS))
    rows = {kind: np.sort(part) for kind, part in zip(KINDS, parts, strict=True)}
    cells: dict[str, list[Any]] = {name: register[name].tolist() for name in register.columns}

    def change(kind: str, column: str, new: Callable[[Any], Any]) -> None:
        for row in rows[kind].tolist():
            cells[column][row] = new(cells[column][row])

    change("bad_code", "统一社会信用代码", spoil)
    sound = np.setdiff1d(np.arange(len(register)), drawn)
    copied = rng.choice(sound, each, replace=False)
    for row, source in zip(rows["duplicate_code"].tolist(), copied.tolist(), strict=True):
        for name, column in cells.items():
            if name != "序号":
                column[row] = column[source]
        cells["职工人数"][row] += 1
    for axis in ("经度", "纬度"):
        change("no_coordinates", axis, lambda _degrees: None)
    change("outside", "经度", lambda degrees: round(degrees + 1.7, 7))
    change("negative_workers", "职工人数", lambda count: -count)
    change("worded_workers", "职工人数", lambda _count: "不详")
    change("full_width", "职工人数", lambda count: str(count).translate(_FULL_WIDTH))
    for row in rows["swapped"].tolist():
        lon, lat = cells["经度"], cells["纬度"]
        lon[row], lat[row] = lat[row], lon[row]
    change("no_name", "企业名称", lambda _name: None)
    return pd.DataFrame(cells, dtype=object), rows
