"""What premises are equipped with: one cell that lists it, or a column of yes and no for each thing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pandas as pd

from geodata.cleaning.text import clean_text
from geodata.sources.column_values import flags_of

if TYPE_CHECKING:
    from geodata.layers.ledger import Ledger
    from geodata.sources.tables import Table

ITEMS: Final = {
    "kit_aircon": "空调",
    "kit_fridge": "冰箱",
    "kit_microwave": "微波炉",
    "kit_water": "饮水",
    "kit_sockets": "充电插座",
    "kit_tables": "桌椅",
    "kit_first_aid": "急救箱",
    "kit_wifi": "无线网络",
    "kit_sign": "标识",
    "kit_books": "书报架",
}
"""Column of yes and no -> the thing it is about."""
BETWEEN: Final = "、"
_SPLIT: Final = re.compile(r"[、,，;；/|+\n]+")
_NOTHING: Final = re.compile(r"^(无|没有|none|-|/)$", re.IGNORECASE)


def kit_items(text: str) -> list[str]:
    """Return the things a cell lists, each once, in its order.

    Examples
    --------
    >>> kit_items("空调, 冰箱；饮水机、空调"), kit_items("无")
    (['空调', '冰箱', '饮水机'], [])
    """
    parts = [part.strip() for part in _SPLIT.split(text)]
    return list(dict.fromkeys(part for part in parts if part and not _NOTHING.match(part)))


def kit_of(table: Table, ledger: Ledger) -> pd.Series:
    """Return what each row has, ``、`` between; missing where nothing is said, ``""`` where it has nothing.

    A row that says yes or no to any thing is taken to have none of those it leaves blank.
    """
    listed = clean_text(table.column("kit"))
    flags = {thing: flags_of(table, ledger, name) for name, thing in ITEMS.items() if name in table.cells}  # fmt: skip
    answers: list[str | None] = []
    for row, text in enumerate(listed):
        said = {thing: flag.iloc[row] for thing, flag in flags.items()}
        known = isinstance(text, str) or any(not pd.isna(flag) for flag in said.values())
        things = kit_items(text) if isinstance(text, str) else []
        things += [thing for thing, flag in said.items() if not pd.isna(flag) and bool(flag)]
        answers.append(BETWEEN.join(dict.fromkeys(things)) if known else None)
    return pd.Series(answers, dtype="str")
