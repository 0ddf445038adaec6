"""Workers counted where they work: headquarters, labour dispatch and construction are split or flagged (五(一))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.errors import Fault, InvalidRowsError, MissingColumnError
from geodata.messages import translator

if TYPE_CHECKING:
    from planner.organisations.rules import OrganisationRules

_ = translator("planner")

FLAG_COLUMNS: Final = ("enterprise_id", "flag", "workers")
_NAMES: Final = (
    ("labour_dispatch", r"劳务|人力资源|人才服务|外包服务|外服|dispatch|staffing|outsourc"),
    ("construction", r"建筑|建设工程|建工|市政工程|装饰工程|安装工程|路桥|construction"),
    ("headquarters", r"总部|总公司|集团|控股|地区总部|headquarter|holding|\bgroup\b"),
)


def flag_off_site(enterprises: pd.DataFrame, rules: OrganisationRules) -> pd.DataFrame:
    """List large enterprises whose workers are probably elsewhere than their registered office.

    By name, and construction also by industry section E; from ``off_site_workers_least`` workers. A flag changes no count:
    it says which rows a table of workplaces should split before the plan is believed.

    Returns
    -------
    DataFrame
        By ``enterprise_id``: ``flag`` (``labour_dispatch``, ``construction``, ``headquarters``; the first that fits),
        ``workers``.
    """
    large = enterprises[enterprises["workers"] >= rules.off_site_workers_least]
    name = large["name"].astype("str").fillna("")
    flag = pd.Series("", index=large.index, dtype="str")
    for code, pattern in _NAMES:
        hit = name.str.contains(pattern, case=False, regex=True)
        if code == "construction":
            hit |= large["industry"] == "E"
        flag = flag.mask(hit & (flag == ""), code)
    found = large.assign(flag=flag)[flag != ""].sort_values("enterprise_id")
    return pd.DataFrame(found[list(FLAG_COLUMNS)]).reset_index(drop=True)


def split_by_workplace(
    enterprises: gpd.GeoDataFrame, workplaces: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Move workers from the registered office to the places where they work.

    Each workplace becomes a row ``<enterprise_id>@<workplace_id>`` with the enterprise's other fields; what the table
    does not place stays at the office. Members follow workers in proportion, in whole numbers with exact sums
    (largest remainders, ties by id), where a row of the table does not give them. No worker is made or lost.

    Parameters
    ----------
    enterprises
        Layer ``enterprises``.
    workplaces
        ``enterprise_id``, ``workplace_id``, ``workers``, optionally ``members``, ``carrier_name`` and ``accuracy`` (else
        ``exact``), and points in the same CRS.

    Returns
    -------
    GeoDataFrame
        Layer ``enterprises`` by ``enterprise_id``; an office that keeps nobody has no row.

    Raises
    ------
    MissingColumnError, InvalidRowsError
        For absent columns, unknown enterprises, repeated workplaces, negative counts, more people placed than the
        enterprise has, or members who outnumber the workers of a workplace or of what is left at the office. Rows are
        named by ``source_row`` where the table has it.
    """
    needed = ["enterprise_id", "workplace_id", "workers", "geometry"]
    missing = [name for name in needed if name not in workplaces.columns]
    if missing:
        raise MissingColumnError(
            Fault(_("columns are missing"), "workplaces", len(missing), missing)
        )
    table = workplaces.sort_values(["enterprise_id", "workplace_id"]).reset_index(drop=True)
    office = enterprises.set_index("enterprise_id")
    _refuse_wrong(table, office)
    if table.geometry.crs != enterprises.crs:
        table = table.to_crs(enterprises.crs)
    row = office.loc[table["enterprise_id"]].reset_index()
    table["members"] = _given(table)
    table["members"] = _members(table, office)
    parts = row.copy()
    parts["enterprise_id"] = (
        table["enterprise_id"].astype("str") + "@" + table["workplace_id"].astype("str")
    )
    for column in ("workers", "members"):
        parts[column] = table[column].astype("int64").to_numpy()
    parts["carrier_name"] = (
        table["carrier_name"] if "carrier_name" in table else pd.Series(None, index=table.index)
    ).astype("str")
    parts["accuracy"] = table.get("accuracy", "exact")
    parts = parts.set_geometry(gpd.GeoSeries(table.geometry.to_numpy(), crs=enterprises.crs))
    placed = table.groupby("enterprise_id")[["workers", "members"]].sum()
    rest = enterprises.copy()
    moved = rest["enterprise_id"].map(placed["workers"]).fillna(0).astype("int64")
    touched = rest["enterprise_id"].isin(placed.index)
    rest["workers"] = rest["workers"] - moved
    rest["members"] = rest["members"] - rest["enterprise_id"].map(placed["members"]).fillna(
        0
    ).astype("int64")
    rest = rest[~touched | (rest["workers"] > 0) | (rest["members"] > 0)]
    whole = pd.concat([rest, parts[rest.columns]], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=enterprises.crs).sort_values(
        "enterprise_id", ignore_index=True
    )


def _members(table: pd.DataFrame, office: pd.DataFrame) -> pd.Series:
    """Return the members the table gives; the others of an enterprise are shared out over the rest as the workers are."""
    given = table["members"].notna().to_numpy(bool)
    shared = table["members"].fillna(0).to_numpy().astype(np.int64)
    people = office[["workers", "members"]].astype("int64")
    at = people.index.get_indexer(pd.Index(table["enterprise_id"]))
    counts = people.to_numpy(np.int64)
    placed = table["workers"].to_numpy(np.int64)
    # the table is sorted, so the workplaces of one enterprise lie together
    for rows in np.split(np.arange(len(at)), np.flatnonzero(np.diff(at)) + 1):
        total, members = counts[at[rows[0]]].tolist()
        members -= int(shared[rows].sum())
        free = rows[~given[rows]]
        parts = np.append(placed[free], total - placed[rows].sum())
        total = int(parts.sum())
        exact = members * parts
        floor = exact // max(total, 1)
        left = members - int(floor.sum()) if total else 0
        order = np.lexsort((np.arange(len(parts)), -(exact % max(total, 1))))
        floor[order[:left]] += 1
        shared[free] = floor[:-1]
    return pd.Series(shared, index=table.index)


def _refuse_wrong(table: pd.DataFrame, office: pd.DataFrame) -> None:
    """Raise with every row that contradicts the register or another row; rows are named by their place in the user's file."""
    label = table["enterprise_id"].astype(str) + "@" + table["workplace_id"].astype(str)
    if "source_row" in table:
        rows = table["source_row"].astype(str)
        label = pd.Series([_("row {row}").format(row=row) for row in rows]) + ": " + label
    firm = table["enterprise_id"]
    known = firm.isin(office.index)
    workers, members = table["workers"], _given(table)
    given = members.notna()
    placed = workers.groupby(firm).transform("sum")
    settled = members.fillna(0).groupby(firm).transform("sum")
    most, most_members = firm.map(office["workers"]), firm.map(office["members"])
    # who is left once the given rows have theirs: in workplaces without a number, and at the office
    left = most - workers.where(given, 0).groupby(firm).transform("sum")
    crowded = known & (most_members <= most) & (placed <= most) & (settled <= most_members)
    crowded &= given.groupby(firm).transform("any") & (most_members - settled > left)
    repeated = pd.Series(table.duplicated(["enterprise_id", "workplace_id"], keep=False))
    tests = (
        (
            ~known,
            _("workplaces of enterprises that are not in the register"),
            _("give the code as in the register"),
        ),
        (
            repeated,
            _("workplace_id occurs more than once in an enterprise"),
            _("give every workplace an id of its own, or delete the row"),
        ),
        (
            (workers < 0) | (members < 0),
            _("people of a workplace are below zero"),
            _("write a whole number of 0 or more"),
        ),
        (
            given & (members > workers),
            _("workplaces hold more members than workers"),
            _("correct one of the two numbers"),
        ),
        (
            known & (placed > most),
            _("workplaces hold more workers than the enterprise has"),
            _("lower the workers of these rows, or correct the register"),
        ),
        (
            known & (settled > most_members),
            _("workplaces hold more members than the enterprise has"),
            _("lower the members of these rows, or correct the register"),
        ),
        (
            crowded,
            _("what these rows leave to the office has more members than workers"),
            _("raise the members of these rows, or leave them empty: they follow the workers"),
        ),
    )
    faults = [
        Fault(what, "workplaces", int(hit.sum()), list(label[hit]), fix)
        for hit, what, fix in tests
        if hit.any()
    ]
    if faults:
        raise InvalidRowsError(faults)


def _given(table: pd.DataFrame) -> pd.Series:
    """Return the members the rows give, NaN where they give none."""
    if "members" in table:
        return table["members"].astype("float64")
    return pd.Series(np.nan, index=table.index)
