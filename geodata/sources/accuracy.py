"""How exactly a row is placed, as the source says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.cleaning.text import clean_text
from geodata.sources.reasons import ACCURACY_UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger
    from geodata.sources.tables import Table

ACCURACIES: Final = ("exact", "building", "street", "committee", "street_town")
_ACCURACY_NAMES: Final = {
    "精确": "exact", "门牌": "exact", "门牌号": "exact", "门址": "exact", "gps": "exact",
    "楼宇": "building", "楼栋": "building", "建筑": "building", "园区": "building", "兴趣点": "building",
    "道路": "street", "街路": "street", "路段": "street",
    "居委": "committee", "居村": "committee", "社区": "committee", "居委会": "committee", "村": "committee",
    "街镇": "street_town", "街道": "street_town", "乡镇": "street_town",
}  # fmt: skip


def read_accuracy(table: Table, ledger: Ledger) -> NDArray[np.object_]:
    """Return one of :data:`ACCURACIES` per row; coordinates without a word on it are exact."""
    texts = clean_text(table.column("accuracy"))
    lower = texts.str.lower()
    known = lower.map({**{name: name for name in ACCURACIES}, **_ACCURACY_NAMES})
    unknown = (texts.notna() & known.isna()).to_numpy()
    ledger.repair(unknown, table.header("accuracy"), texts.to_numpy(), ACCURACY_UNKNOWN)
    answers = known.astype(object).where(known.notna(), "exact").to_numpy(dtype=object)
    return np.where(unknown, "street", answers)
