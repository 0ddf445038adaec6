"""The entity test of the database of enterprises: place, staff, activity; and ownership, which decides the scope.

An enterprise counts as an entity (实体型企业) when it has a place of business, staff and activity. Who fails stays
in the register with the reason, out of scope; nobody is dropped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.cleaning.text import by_value
from geodata.sources import reasons

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger
    from geodata.sources.tables import Table

COLUMNS: Final = ("premises", "entity", "operating")
_CLOSED: Final = r"注销|吊销|停业|歇业|关闭|撤销|清算|迁出|不存在|未经营|筹建|closed"
# Addresses that only register: no one works there.
_LETTER_BOX: Final = re.compile(
    r"集中登记|集中注册|虚拟地址|虚拟注册|托管地址|秘书公司|仅限办公通讯"
)
_NO: Final = re.compile(r"未|否|没|无|不|非|^0$|^n$|^no$|^false$|×|✗", re.IGNORECASE)
_YES: Final = re.compile(r"是|有|正常|实体|^1$|^y$|^yes$|^true$|√|✓", re.IGNORECASE)


def scope_reasons(
    table: Table,
    ledger: Ledger,
    text: dict[str, pd.Series],
    *,
    ownership: NDArray[np.object_],
    workers: NDArray[np.int64],
    placed: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Return why each row is out of scope, ``""`` where it is in; the first that holds counts.

    Ownership, then what the register says of the entity as a whole, then activity, place and staff.

    Parameters
    ----------
    table, ledger
        The register's cells, and where cells that are neither yes nor no are noted.
    text
        Cleaned ``status``, ``address`` and the columns of this module.
    ownership, workers
        As read.
    placed
        Rows with coordinates of their own: an address that only registers is no reason where there is a place.
    """
    said = {name: _answers(table, ledger, name, text[name]) for name in COLUMNS}
    closed = text["status"].str.contains(_CLOSED, regex=True, na=False).to_numpy(dtype=bool)
    address = by_value(text["address"], lambda one: "x" if _LETTER_BOX.search(one) else "")
    reason = np.array(
        [reasons.SCOPE_BY_OWNERSHIP.get(kind, "") for kind in ownership], dtype=object
    )
    for where, why in (
        (said["entity"] == "no", reasons.SCOPE_NOT_ENTITY),
        (closed, reasons.SCOPE_CLOSED),
        (said["operating"] == "no", reasons.SCOPE_NOT_OPERATING),
        (said["premises"] == "no", reasons.SCOPE_NO_PREMISES),
        ((address == "x") & ~placed & (said["premises"] != "yes"), reasons.SCOPE_LETTER_BOX),
        (workers == 0, reasons.SCOPE_NO_WORKERS),
    ):
        reason = np.where((reason == "") & where, why, reason)
    return reason


def _answers(table: Table, ledger: Ledger, name: str, texts: pd.Series) -> NDArray[np.object_]:
    answers = np.asarray(by_value(texts, yes_or_no), dtype=object)
    unclear = texts.notna().to_numpy() & (answers == "")
    ledger.repair(unclear, table.header(name), texts.to_numpy(), reasons.ANSWER_UNCLEAR)
    return answers


def yes_or_no(text: str) -> str:
    """Return ``yes``, ``no``, or ``""`` where a cell says neither.

    Examples
    --------
    >>> yes_or_no("有"), yes_or_no("无固定场所"), yes_or_no("正常经营"), yes_or_no("非实体"), yes_or_no("待查")
    ('yes', 'no', 'yes', 'no', '')
    """
    if not text:
        return ""
    if _NO.search(text):
        return "no"
    return "yes" if _YES.search(text) else ""
