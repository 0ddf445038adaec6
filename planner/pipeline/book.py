"""The book of premises in the line: laid over the sites the program suggests itself, and its vetoes as decisions of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import translator
from planner.scenario import Decision

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.scenario import Scenario

_ = translator("planner")

COLUMNS = (
    "site_id", "name", "kind", "consent", "available_from", "lease_end", "rent_yuan_month", "owner", "floor_area_m2", "ground_floor",
    "veto", "by", "reason", "said_on", "lon", "lat", "found",
)  # fmt: skip
"""Columns of the plan's table ``premises_book``."""


def settled_book(
    book: gpd.GeoDataFrame | None, suggested: gpd.GeoDataFrame
) -> gpd.GeoDataFrame | None:
    """Return the book after its waiting rows were looked for among the sites the program suggests itself.

    Parameters
    ----------
    book
        Rows with ``site_id`` and ``found``, or None.
    suggested
        Candidates of carriers, large enterprises and premises to find; or all candidates.
    """
    from geodata.layers.premises_book import MADE, found_in

    if book is None:
        return None
    mine = suggested[suggested["site_id"].str.startswith(MADE)].reset_index(drop=True)
    waiting = (~book["found"] & book["site_id"].str.startswith(MADE)).to_numpy()
    row = found_in(book[waiting].reset_index(drop=True), mine)
    known = pd.Series(row >= 0, index=book.index[waiting])
    ids = pd.Series(mine["site_id"].to_numpy(dtype=object)[row] if len(mine) else "", index=known.index)  # fmt: skip
    site_id = book["site_id"].copy()
    site_id.loc[known.index[known]] = ids[known]
    found = book["found"].copy()
    found.loc[known.index[known]] = True
    return book.assign(site_id=site_id, found=found)


def suggested_with_book(
    suggested: gpd.GeoDataFrame, book: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Return the program's own suggestions with what the book says of them."""
    import numpy as np

    from geodata.layers.premises_book import SAID, with_book

    settled = settled_book(book, suggested)
    if settled is None or suggested.empty:
        return suggested
    place = {name: row for row, name in enumerate(suggested["site_id"].tolist())}
    found = np.array([place.get(name, -1) for name in settled["site_id"]], dtype=np.int64)
    if not (found >= 0).any():
        return suggested
    nothing = [None] * len(suggested)
    blank = {name: pd.Series(nothing, suggested.index, dtype=settled[name].dtype) for name in SAID}
    return with_book(suggested.assign(**blank), settled, found)


def with_vetoes(
    scenario: Scenario, book: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame
) -> Scenario:
    """Return the scenario with the book's vetoes as decisions; what the scenario itself says of a site goes first.

    Parameters
    ----------
    scenario
        With its own pins and vetoes.
    book
        See `settled_book`.
    sites
        All candidates. A veto of every tier becomes one decision for each tier that could use the premises.
    """
    settled = settled_book(book, sites)
    if settled is None:
        return scenario
    vetoed = settled[settled["found"] & (settled["veto"] != "")].sort_values("site_id")
    known = sites.set_index("site_id")
    own = {(one.tier, one.site_id) for one in scenario.decisions}
    more = []
    for row in vetoed.to_dict(orient="records"):
        site = known.loc[row["site_id"]]
        tiers = _tiers(scenario, str(row["veto"]), str(site["kind"]), site["existing_tier"])
        more += [
            Decision(
                tier=tier,
                site_id=str(row["site_id"]),
                decision="closed",
                by=str(row["by"]),
                reason=str(row["reason"]),
            )
            for tier in tiers
            if (tier, row["site_id"]) not in own
        ]
    return scenario.model_copy(update={"decisions": (*scenario.decisions, *more)})


def _tiers(scenario: Scenario, veto: str, kind: str, existing_tier: object) -> list[str]:
    from geodata.layers.premises_book import ALL_TIERS

    named = set(veto.split(","))
    return [
        tier.name
        for tier in scenario.rules.tiers
        if tier.name in named
        or (ALL_TIERS in named and (kind in tier.candidates or existing_tier == tier.name))
    ]


def book_notes(book: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame) -> list[str]:
    """Return what a reader should know of the book: rows of suggestions that are no more."""
    settled = settled_book(book, sites)
    if settled is None or settled["found"].all():
        return []
    lost = settled.loc[~settled["found"]]
    names = [name or site for name, site in zip(lost["name"], lost["site_id"], strict=True)]
    told = _("premises_book: {count} rows answer to no premises of this year and are kept for the next book: {names}")  # fmt: skip
    return [told.format(count=len(lost), names=", ".join(names[:5]))]


def book_table(book: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the plan's table ``premises_book``, columns `COLUMNS`, by ``site_id``; no rows without a book."""
    from geodata.crs import STORAGE_CRS

    settled = settled_book(book, sites)
    if settled is None:
        return pd.DataFrame(columns=list(COLUMNS))
    points = settled.geometry.to_crs(STORAGE_CRS)
    has = ~points.isna()
    table = pd.DataFrame(settled.drop(columns=settled.geometry.name)).assign(
        lon=points[has].x.round(7), lat=points[has].y.round(7)
    )
    for name in ("available_from", "lease_end", "said_on"):
        table[name] = table[name].dt.strftime("%Y-%m-%d").fillna("")
    for name in ("consent", "owner"):
        table[name] = table[name].fillna("")
    return table[list(COLUMNS)].sort_values(["site_id", "name"], ignore_index=True)
