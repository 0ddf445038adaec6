"""The book of premises: what owners said and people decided about premises, kept from year to year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.text import by_value, clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.layers.premises_book import ALL_TIERS
from geodata.messages import mark
from geodata.sources.aliases import PREMISES_BOOK
from geodata.sources.column_values import dates_of, flags_of, numbers_of, words_of, yes_or_no
from geodata.sources.origin import origin_of
from geodata.sources.points import point_series, read_points
from geodata.sources.reading import Declared, finished
from geodata.sources.sites import CONSENT_UNKNOWN, consent_of, site_kind, tier_of
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

NOBODY_KNOWN: Final = Reason(
    mark("the row names no premises: neither an id nor a name with coordinates"),
    mark("give the id the program wrote, or the name with longitude and latitude"),
)
VETO_UNKNOWN: Final = Reason(
    mark("the veto cannot be read; taken for every tier"),
    mark("write 是 for every tier, or the names of tiers"),
)
VETO_UNSIGNED: Final = Reason(
    mark("the veto does not say who decided and why; it holds all the same"),
    mark("fill in who decided and the reason"),
)


def vetoed_tiers(text: str) -> str:
    """Return the tiers a veto is about, comma between; ``all`` for every tier, ``""`` for no veto, ``?`` where unclear.

    Examples
    --------
    >>> [vetoed_tiers(text) for text in ("是", "否", "服务站、服务点", "station", "也许")]
    ['all', '', 'service_point,station', 'station', '?']
    """
    said = yes_or_no(text)
    if said is not None or text in {"全部", "所有", ALL_TIERS}:
        return "" if said is False else ALL_TIERS
    found = [tier_of(part) for part in re.split(r"[、,，;；/ ]+", text) if part]
    return ",".join(sorted(set(found))) if found and all(found) else "?"


def read_premises_book(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read the book of premises, as `planner premises` writes it or as a list of people's own.

    Parameters
    ----------
    path
        Table with an id, or a name and coordinates, and what was said: consent, date, end of the lease, rent, owner, floor area, ground
        floor, veto (是 for every tier, or names of tiers), who, why, on which day. A blank cell says nothing.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``site_id``, ``name``, ``kind`` (nullable), ``consent`` (nullable), ``available_from``, ``lease_end``, ``rent_yuan_month``,
        ``owner``, ``floor_area_m2``, ``ground_floor``, ``veto`` (tiers, ``all`` or ``""``), ``by``, ``reason``,
        ``said_on``; points where given, EPSG:4326.
    """
    import geopandas as gpd

    origin = origin_of(path)
    table = read_table(
        origin, PREMISES_BOOK, needed=(("site_id", "name"),), columns=columns, sheet=sheet
    )
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    ids, names = clean_text(table.column("site_id")), clean_text(table.column("name"))
    known = ids.notna().to_numpy() | (names.notna().to_numpy() & located.present)
    ledger.reject(~known, table.header("site_id"), names.fillna("").to_numpy(), NOBODY_KNOWN)
    text = {name: clean_text(table.column(name)).fillna("") for name in ("by", "reason")}
    veto = _vetoes(table, ledger)
    unsigned = (veto != "") & ((text["by"] == "") | (text["reason"] == "")).to_numpy()
    ledger.repair(unsigned, table.header("veto"), ids.fillna("").to_numpy(), VETO_UNSIGNED)
    kind = by_value(clean_text(table.column("kind")), site_kind)
    frame = gpd.GeoDataFrame(
        {
            "site_id": ids.fillna(""),
            "name": names.fillna(""),
            "kind": pd.Series(kind, dtype="str"),
            "consent": words_of(table, ledger, "consent", consent_of, CONSENT_UNKNOWN),
            "available_from": dates_of(table, ledger, "available_from"),
            "lease_end": dates_of(table, ledger, "lease_end"),
            "rent_yuan_month": numbers_of(table, ledger, "rent_yuan_month"),
            "owner": clean_text(table.column("owner")),
            "floor_area_m2": numbers_of(table, ledger, "floor_area_m2"),
            "ground_floor": flags_of(table, ledger, "ground_floor"),
            "veto": pd.Series(veto, dtype="str"),
            **text,
            "said_on": dates_of(table, ledger, "said_on"),
        },
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "premises_book",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )


def _vetoes(table: Table, ledger: Ledger) -> np.ndarray:
    texts = clean_text(table.column("veto"))
    said = by_value(texts, lambda text: vetoed_tiers(text) if text else "")
    unclear = said == "?"
    ledger.repair(unclear, table.header("veto"), texts.fillna("").to_numpy(), VETO_UNKNOWN)
    return np.where(unclear, ALL_TIERS, said)
