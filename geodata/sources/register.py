"""The enterprise register -> one row per enterprise, EPSG:4326, with every refused and mended row named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning import Vintage, check_uscc, clean_text, read_industry, read_ownership
from geodata.cleaning.duplicates import earlier_with_same, is_branch
from geodata.cleaning.ownership import ownership_from_code
from geodata.cleaning.text import by_value
from geodata.crs import STORAGE_CRS
from geodata.layers.division_codes import bare_code
from geodata.layers.ledger import Ledger
from geodata.sources import reasons
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import REGISTER
from geodata.sources.counts import read_members, read_part, read_workers
from geodata.sources.days import read_days
from geodata.sources.entities import COLUMNS as ENTITY_COLUMNS
from geodata.sources.entities import scope_reasons
from geodata.sources.origin import origin_of
from geodata.sources.points import Located, check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, row_names
from geodata.sources.tables import Table, read_table
from geodata.sources.unions import note_loops, read_jurisdiction, read_unionised

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.cleaning.ownership import CodeList
    from geodata.cleaning.uscc import Checked
    from geodata.provenance import Read

_BOROUGH: Final = re.compile(r"^(?:.{2,3}省)?(?:.{2,4}?市)?([\u4e00-\u9fff]{2,4}?[区县])")
_NO_BOROUGHS: Final = ("园区", "小区", "校区", "社区", "厂区", "库区", "业区", "发区")


def read_register(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    industry_vintage: Vintage = "2017",
    ownership_codes: CodeList = "2011",
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read an enterprise register as it arrives.

    Excel, OpenDocument, CSV or TSV in any common Chinese encoding, or a map file; titles, totals and
    blank rows are counted as ignored. Columns that hold data of persons are never read.

    Parameters
    ----------
    path
        The file, or a table of a database: ``postgresql://user@host/database#schema.table``.
    datum
        Datum of its coordinates: ``wgs84``, ``gcj02``, ``bd09``, ``cgcs2000``, or ``EPSG:<number>``
        of a projected grid. A column 坐标系 overrides it row by row.
    columns
        Our column name -> header in the file, for headers that are not known.
    sheet
        Sheet of a workbook, layer of a map file or table of a database; by default every sheet whose
        header fits.
    industry_vintage
        Edition of GB/T 4754 that bare codes are of.
    ownership_codes
        Edition of the registration types that bare codes are of.
    owner, licence, as_of
        Kept in the record.

    Returns
    -------
    Read
        ``frame`` has the columns of the layer ``enterprises`` and, for rows without coordinates
        (geometry None), ``committee_name``, ``street_town_name``, ``borough_name`` and ``division_code``; ``union_date``; rows by ``source_row``.

    Raises
    ------
    GeodataError
        When the file cannot be read or lacks a name, workers, or any means to place a row.
    """
    origin = origin_of(path)
    table = read_table(
        origin,
        REGISTER,
        needed=(("name", "uscc", "union_name"), ("workers",)),
        columns=columns,
        sheet=sheet,
    )
    check_placeable(table, origin.name)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    frame = _columns(table, ledger, located, industry_vintage, ownership_codes)
    return finished(
        "enterprises",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )


def _columns(
    table: Table, ledger: Ledger, located: Located, vintage: Vintage, code_list: CodeList
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    text = {name: clean_text(table.column(name)) for name in _TEXTS}
    if "name" not in table.cells:
        # A register of unions: each row is known by its union's name.
        text["name"] = text["union_name"]
    checked = check_uscc(table.column("uscc"))
    code = checked.code
    _note_codes(table, ledger, checked)
    ledger.reject(
        text["name"].isna().to_numpy() & (code == ""), table.header("name"), "", reasons.NO_IDENTITY
    )
    nameless = text["name"].isna().to_numpy() & (code != "")
    ledger.repair(nameless, table.header("name"), code, reasons.NAME_FROM_CODE)
    name = text["name"].where(~nameless, pd.Series(code, dtype="str"))
    placed = located.present | text["committee_name"].notna().to_numpy()
    placed |= text["street_town_name"].notna().to_numpy()
    division = _division_code(table, ledger)
    placed |= (division.str.len() > 6).fillna(value=False).to_numpy(dtype=bool)
    address = text["address"].fillna(text["registered_address"])
    placed |= address.notna().to_numpy() | text["carrier_name"].notna().to_numpy()
    _note_registered_elsewhere(table, ledger, text)
    ledger.reject(~placed, table.header("lon"), "", reasons.NO_PLACE)
    workers = read_workers(table, ledger)
    own_code = _without_duplicates(table, ledger, code, name=name, address=address, located=located)
    members = read_members(table, ledger, workers)
    section, coarse, unknown = read_industry(text["industry"], vintage)
    finer, finest, _unknown = read_industry(text["industry_division"], vintage)
    section = np.where(finest != "", finer, section)
    finer_division = np.where(finest != "", finest, coarse)
    unknown &= section == ""
    ledger.repair(
        unknown, table.header("industry"), text["industry"].to_numpy(), reasons.INDUSTRY_UNKNOWN
    )
    ownership = _ownership(table, ledger, text, code, code_list)
    note_loops(table, ledger, text)
    jurisdiction, jurisdiction_source = read_jurisdiction(table, ledger, text)
    scope_reason = scope_reasons(
        table,
        ledger,
        {**text, "address": address},
        ownership=ownership,
        workers=workers,
        placed=located.present,
    )
    frame = pd.DataFrame(
        {
            "enterprise_id": pd.Series(own_code, dtype="str").where(
                own_code != "", row_names(table)
            ),
            "uscc": pd.Series(code, dtype="str").where(code != ""),
            "name": name,
            "address": address,
            "ownership": pd.Series(ownership, dtype="str"),
            "jurisdiction": pd.Series(jurisdiction, dtype="str"),
            "jurisdiction_source": pd.Series(jurisdiction_source, dtype="str"),
            "industry": pd.Series(section, dtype="str"),
            "industry_division": pd.Series(finer_division, dtype="str"),
            "workers": workers,
            "members": members,
            "women": read_part(table, ledger, "women", workers),
            "migrants": read_part(table, ledger, "migrants", workers),
            "payroll_yuan": read_part(table, ledger, "payroll_yuan", None),
            "unionised": read_unionised(table, ledger, text, members),
            "union_name": text["union_name"],
            "carrier_name": text["carrier_name"],
            "accuracy": pd.Series(read_accuracy(table, ledger), dtype="str"),
            "in_scope": scope_reason == "",
            "scope_reason": pd.Series(scope_reason, dtype="str"),
            "committee_name": text["committee_name"],
            "street_town_name": text["street_town_name"],
            "borough_name": text["borough_name"],
            "division_code": division,
            "union_date": read_days(table, ledger, "union_date", reasons.UNION_DATE_UNUSABLE),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=point_series(located), crs=STORAGE_CRS)


_TEXTS: Final = (
    "name", "address", "borough_name", "registered_address", "industry", "industry_division", "ownership", "holding", "street_town_name",
    "committee_name", "carrier_name", "unionised", "union_name", "parent_union", "jurisdiction",
    "status", *ENTITY_COLUMNS,
)  # fmt: skip


def _note_codes(table: Table, ledger: Ledger, checked: Checked) -> None:
    header, cells = table.header("uscc"), table.column("uscc").to_numpy()
    for where, reason in (
        (checked.mangled, reasons.CODE_MANGLED),
        (checked.short, reasons.CODE_SHORT),
        (checked.wrong, reasons.CODE_WRONG),
        (checked.mended, reasons.CODE_MENDED),
        (checked.organisation_doubt, reasons.CODE_DOUBT),
    ):
        ledger.repair(where, header, cells, reason)


def _division_code(table: Table, ledger: Ledger) -> pd.Series:
    """Return the most detailed administrative code a row gives, bare; missing where it gives none."""
    answer = pd.Series(np.full(len(table.cells), np.nan), dtype="str")
    for name in ("committee_code", "street_town_code", "division_code"):
        texts = clean_text(table.column(name))
        codes = pd.Series(by_value(texts, bare_code), dtype="str")
        bad = texts.notna() & (codes == "")
        ledger.repair(
            bad.to_numpy(), table.header(name), texts.to_numpy(), reasons.DIVISION_CODE_UNUSABLE
        )
        answer = answer.fillna(codes.where(codes != ""))
    return answer


def _note_registered_elsewhere(table: Table, ledger: Ledger, text: dict[str, pd.Series]) -> None:
    """Note rows whose legal address names another borough than their place of business."""
    here = text["address"].fillna(text["borough_name"])
    business = by_value(here, borough_in)
    legal = by_value(text["registered_address"], borough_in)
    unlike = (business != "") & (legal != "") & (business != legal)
    ledger.repair(
        unlike,
        table.header("registered_address"),
        text["registered_address"].to_numpy(),
        reasons.REGISTERED_ELSEWHERE,
    )


def borough_in(address: str) -> str:
    """Return the borough or county an address names first, ``""`` when it names none.

    Examples
    --------
    >>> borough_in("上海市黄浦区中山东一路1号"), borough_in("浦东新区世纪大道1号"), borough_in("园区东路2号")
    ('黄浦区', '浦东新区', '')
    """
    found = _BOROUGH.search(address)
    return found[1] if found and not found[1].endswith(_NO_BOROUGHS) else ""


def _without_duplicates(
    table: Table,
    ledger: Ledger,
    code: NDArray[np.object_],
    *,
    name: pd.Series,
    address: pd.Series,
    located: Located,
) -> NDArray[np.object_]:
    """Refuse repeated rows; return the codes that may serve as ids, ``""`` for branches."""
    names = name.fillna("").to_numpy(dtype=object)
    again = earlier_with_same(code, ledger.alive & (code != ""))
    branch = again & is_branch(names)
    ledger.reject(again & ~branch, table.header("uscc"), code, reasons.DUPLICATE_CODE)
    ledger.repair(branch, table.header("uscc"), code, reasons.BRANCH)
    own_code = np.where(branch, "", code)
    where = [
        f"{x:.4f} {y:.4f}" if np.isfinite(x) else ""
        for x, y in zip(located.lon, located.lat, strict=True)
    ]
    places = np.array(where, dtype=object)
    places = np.where(places == "", address.fillna("").to_numpy(dtype=object), places)
    keys = names + "\x1f" + places
    without_code = ledger.alive & (own_code == "") & (names != "") & (places != "")
    # A row without a code repeats any earlier row of its name and place, with a code or without.
    same = earlier_with_same(keys, ledger.alive & (names != "") & (places != "")) & without_code
    ledger.reject(same, table.header("name"), names, reasons.DUPLICATE_PLACE)
    return own_code


def _ownership(
    table: Table,
    ledger: Ledger,
    text: dict[str, pd.Series],
    code: NDArray[np.object_],
    code_list: CodeList,
) -> NDArray[np.object_]:
    ownership, unknown = read_ownership(text["ownership"], text["holding"], code_list)
    ledger.repair(
        unknown, table.header("ownership"), text["ownership"].to_numpy(), reasons.OWNERSHIP_UNKNOWN
    )
    said = np.array([ownership_from_code(one) for one in code], dtype=object)
    from_code = (ownership == "") & (said != "")
    ledger.repair(from_code, table.header("uscc"), code, reasons.OWNERSHIP_FROM_CODE)
    ownership = np.where(from_code, said, ownership)
    return np.where(ownership == "", "other", ownership)
