"""What a register says about unions: whether there is one, and who is responsible for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.cleaning.text import by_value, clean_text
from geodata.sources import reasons

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger
    from geodata.sources.tables import Table

_NO: Final = re.compile(r"未|否|没|无|不|尚|^0$|^n$|^no$|^false$|×|✗", re.IGNORECASE)
_YES: Final = re.compile(r"已|是|有|建|联合|独立|^1$|^y$|^yes$|^true$|√|✓|\d{4}", re.IGNORECASE)
_AREA: Final = re.compile(
    r"街道|镇|乡|[区县]总工会|[区县]$|园区|开发区|商务区|社区|居委|村委|小二级|联合工会|地区|属地|^area$",
    re.IGNORECASE,
)
_BUREAU: Final = re.compile(r"局|产业|集团工会|系统工会|央企|中央|^bureau$", re.IGNORECASE)


def read_unionised(
    table: Table, ledger: Ledger, text: dict[str, pd.Series], members: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return whether each enterprise has a union: as said, else by date, name or members."""
    said = by_value(text["unionised"], _yes_or_no)
    unclear = text["unionised"].notna().to_numpy() & (said == "")
    ledger.repair(
        unclear, table.header("unionised"), text["unionised"].to_numpy(), reasons.UNION_UNKNOWN
    )
    dated = clean_text(table.column("union_date")).notna().to_numpy()
    shown = dated | text["union_name"].notna().to_numpy() | (members > 0)
    silent = text["unionised"].isna().to_numpy()
    return np.asarray((said == "yes") | (silent & shown), dtype=bool)


def _yes_or_no(text: str) -> str:
    if not text:
        return ""
    if _NO.search(text):
        return "no"
    return "yes" if _YES.search(text) else ""


def jurisdiction_of(text: str) -> str:
    """Return ``bureau`` when a text names a bureau or an industry, ``area`` when it names an area, else ``""``.

    Examples
    --------
    >>> jurisdiction_of("上海市纺织产业工会"), jurisdiction_of("徐汇区总工会"), jurisdiction_of("某某公司")
    ('bureau', 'area', '')
    """
    if _AREA.search(text):
        return "area"
    return "bureau" if _BUREAU.search(text) else ""


def read_jurisdiction(
    table: Table, ledger: Ledger, text: dict[str, pd.Series]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Read who is responsible for each enterprise, and what says so.

    Returns
    -------
    tuple of numpy.ndarray
        ``area`` or ``bureau``; and ``register`` (its own column says so), else ``superior_union`` (the superior union does),
        else ``default`` (neither does: the area is responsible for whoever works in it).
    """
    own = by_value(text["jurisdiction"], jurisdiction_of)
    above = by_value(text["parent_union"], jurisdiction_of)
    unread = text["jurisdiction"].notna().to_numpy(bool) & (own == "")
    cells = text["jurisdiction"].to_numpy()
    ledger.repair(unread, table.header("jurisdiction"), cells, reasons.JURISDICTION_UNKNOWN)
    source = np.where(own != "", "register", np.where(above != "", "superior_union", "default"))
    said = np.where(own != "", own, above)
    return np.where(said == "", "area", said), source.astype(object)


def note_loops(table: Table, ledger: Ledger, text: dict[str, pd.Series]) -> None:
    """Note rows whose superior union stands, over any number of steps, below their own union; nobody can belong so."""
    below, above = text["union_name"], text["parent_union"]
    rows = np.flatnonzero((below.notna() & above.notna()).to_numpy(bool))
    if not len(rows):
        return
    codes, names = pd.factorize(pd.concat([below.iloc[rows], above.iloc[rows]]))
    under, over = codes[: len(rows)], codes[len(rows) :]
    links = coo_array((np.ones(len(rows)), (under, over)), shape=(len(names),) * 2)
    # unions from which each can be reached over the others are one strong component
    label = connected_components(links.tocsr(), connection="strong")[1]
    looped = np.zeros(len(below), dtype=bool)
    looped[rows] = label[under] == label[over]
    ledger.repair(looped, table.header("parent_union"), above.to_numpy(), reasons.PARENT_LOOP)
