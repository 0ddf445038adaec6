"""Links between basic units that people add or cut: a private gate, a footbridge under repair, a ferry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import by_value, clean_text
from geodata.errors import Fault, InvalidRowsError
from geodata.layers.ledger import Ledger
from geodata.messages import translator
from geodata.sources.aliases import LINKS
from geodata.sources.origin import origin_of
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

_ = translator("geodata")

_ADD: Final = ("add", "增", "增加", "新增", "加", "连通", "相邻", "+")
_CUT: Final = ("cut", "删", "删除", "减", "切断", "断开", "不相邻", "-")


def change_of(text: str) -> str:
    """Return ``add`` or ``cut``, ``""`` when a text means neither.

    Examples
    --------
    >>> change_of("增加"), change_of("CUT"), change_of("?")
    ('add', 'cut', '')
    """
    plain = text.strip().lower()
    return "add" if plain in _ADD else "cut" if plain in _CUT else ""


def read_links(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read the links between units that people add or cut.

    A person's decision is never left out: a row that cannot be used refuses the table.

    Parameters
    ----------
    path
        Table with the columns ``unit_a``, ``unit_b``, ``change`` (add or cut), ``by`` (who decided), ``reason``, and
        ``walk_min`` for new links; Chinese headers are recognised.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``unit_a``, ``unit_b``, ``change``, ``walk_min`` (NaN where not given), ``by``, ``reason``, ``source_row``.

    Raises
    ------
    GeodataError
        For a table that cannot be read, and for rows without units, change, person or reason; all faults at once.
    """
    import geopandas as gpd

    origin = origin_of(path)
    needed = tuple((name,) for name in ("unit_a", "unit_b", "change", "by", "reason"))
    table = read_table(origin, LINKS, needed=needed, columns=columns, sheet=sheet)
    ledger = Ledger(table.source_row, table.sheet)
    text = {
        name: clean_text(table.column(name))
        for name in ("unit_a", "unit_b", "change", "by", "reason")
    }
    change = by_value(text["change"], change_of)
    minutes, unreadable, _mended = read_numbers(table.column("walk_min"))
    tests = [
        (text[name].isna().to_numpy(), _("links without {column}").format(column=name), "")
        for name in ("unit_a", "unit_b", "by", "reason")
    ]
    tests.append((change == "", _("a change is neither add nor cut"), _("write add or cut")))
    tests.append(
        (
            unreadable | (minutes < 0),
            _("a walking time is not a number of minutes"),
            _("write 12.5"),
        )
    )
    faults = [
        Fault(what, origin.name, int(bad.sum()), [_("row {row}").format(row=row) for row in table.source_row[bad]], fix)
        for bad, what, fix in tests
        if bad.any()
    ]  # fmt: skip
    if faults:
        raise InvalidRowsError(faults)
    frame = pd.DataFrame(
        {
            "unit_a": text["unit_a"],
            "unit_b": text["unit_b"],
            "change": pd.Series(change, dtype="str"),
            "walk_min": np.asarray(minutes, dtype=np.float64),
            "by": text["by"],
            "reason": text["reason"],
        }
    )
    return finished(
        "links",
        origin,
        table,
        frame=gpd.GeoDataFrame(frame),
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
