"""Make the index of a plan: one SQLite file with full text over pairs of characters."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd

from geodata.crs import STORAGE_CRS
from planner.explain import policy_of
from webmap.coverage import facts_of, station_tier
from webmap.hours import site_hours
from webmap.payload import site_names
from webmap.search.text import pairs, plain
from webmap.search.things import COLUMNS, PUBLIC, things

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from planner.plan import Plan

SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;
CREATE TABLE thing (place INTEGER PRIMARY KEY, kind TEXT, id TEXT, name TEXT, code TEXT, district_id TEXT, unit_id TEXT,
    street_town_id TEXT, workers INTEGER, access_id TEXT, minutes REAL, share REAL, lon REAL, lat REAL, address TEXT, plain TEXT, plain_code TEXT);
CREATE VIRTUAL TABLE words USING fts5(pairs, content='', columnsize=0, prefix='1', tokenize='unicode61 remove_diacritics 0');
CREATE TABLE district (district_id TEXT PRIMARY KEY, name TEXT, street_town_id TEXT, borough_id TEXT);
CREATE TABLE site (site_id TEXT, tier TEXT, facility_id TEXT, district_id TEXT, name TEXT, hours TEXT, lon REAL, lat REAL,
    PRIMARY KEY (tier, site_id)) WITHOUT ROWID;
CREATE TABLE access (enterprise_id TEXT, mode TEXT, access_id TEXT, PRIMARY KEY (enterprise_id, mode)) WITHOUT ROWID;
CREATE TABLE reach (access_id TEXT, tier TEXT, site_id TEXT, deciseconds INTEGER, PRIMARY KEY (access_id, tier)) WITHOUT ROWID;
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
AFTER = """
CREATE INDEX thing_plain ON thing (plain); CREATE INDEX thing_code ON thing (plain_code);
CREATE INDEX site_district ON site (district_id, tier); CREATE INDEX district_town ON district (street_town_id);
INSERT INTO words(words) VALUES ('optimize');
"""


def build_index(plan: Plan, path: Path) -> None:
    """Write the index of a plan to ``path``, which must not exist yet."""
    frame = things(plan)
    with closing(sqlite3.connect(path)) as base:
        base.executescript(SCHEMA)
        _fill(base, "thing", _rows(frame), len(COLUMNS) + 3)
        said = frame[["name", "code", "address"]].fillna("").itertuples(index=False)
        base.executemany(
            "INSERT INTO words (rowid, pairs) VALUES (?, ?)",
            ((place, " ".join(map(pairs, texts))) for place, texts in enumerate(said, start=1)),
        )
        _fill(base, "district", _districts(plan), 4)
        _fill(base, "site", _sites(plan), 8)
        _fill(base, "access", _plain_rows(other_access(plan, frame)), 3)
        _fill(base, "reach", _plain_rows(nearest(plan.derived["reach"])), 4)
        _fill(base, "fact", _facts(plan, int(frame["kind"].isin(PUBLIC).sum())), 2)
        base.executescript(AFTER)
        base.commit()


def nearest(reach: pd.DataFrame) -> pd.DataFrame:
    """Keep the nearest open site of each access point and tier, whatever the way and the hours; ties by site id."""
    columns = ["access_id", "tier", "site_id", "deciseconds"]
    ordered = reach[columns].sort_values(["access_id", "tier", "deciseconds", "site_id"])
    return ordered.drop_duplicates(["access_id", "tier"])


def other_access(plan: Plan, frame: pd.DataFrame) -> pd.DataFrame:
    """Return access points of enterprises by the modes of other tiers, where not the one of `things`.

    Returns
    -------
    pandas.DataFrame
        ``enterprise_id``, ``mode``, ``access_id`` (absent where the enterprise is off the network by that mode).
    """
    facts = facts_of(plan)
    own = station_tier(facts.policy).mode
    modes = {tier.mode for tier in facts.policy.tiers if tier.demand == "workers"} - {own}
    firms = frame.loc[frame["kind"] == "enterprise", ["id", "access_id"]]
    parts = [
        pd.DataFrame(
            {
                "enterprise_id": firms["id"],
                "mode": mode,
                "access_id": firms["id"].map(facts.access("workers", mode)),
            }
        )[lambda t: t["access_id"].fillna("") != firms["access_id"].fillna("")]
        for mode in sorted(modes)
    ]
    columns = ["enterprise_id", "mode", "access_id"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _fill(base: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]], n: int) -> None:
    marks = ", ".join("?" * n)
    base.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - a constant's name


def _rows(frame: pd.DataFrame) -> Iterable[tuple[object, ...]]:
    whole = frame.assign(workers=frame["workers"].fillna(0).astype(int))
    for place, row in enumerate(_plain_rows(whole[list(COLUMNS)]), start=1):
        yield (place, *row, plain(str(row[2] or "")), plain(str(row[3] or "")))


def _plain_rows(frame: pd.DataFrame) -> Iterable[tuple[object, ...]]:
    """Yield rows of Python's own values, None where one is absent."""
    values = frame.astype("object").where(frame.notna(), None)
    return zip(*(values[column].tolist() for column in values), strict=True)


def _districts(plan: Plan) -> Iterable[tuple[object, ...]]:
    towns = plan.layers["street_towns"].set_index("street_town_id")["borough_id"]
    table = plan.districts[["district_id", "name", "street_town_id"]]
    return _plain_rows(table.assign(borough_id=table["street_town_id"].map(towns)))


def _sites(plan: Plan) -> Iterable[tuple[object, ...]]:
    cards = plan.layers["sites"][["site_id", "name", "geometry"]].merge(
        plan.facilities, on="site_id"
    )
    spots = cards.geometry.to_crs(STORAGE_CRS)
    hours = {one: json.dumps(said, ensure_ascii=False) for one, said in site_hours(plan).items()}
    table = pd.DataFrame(cards[["site_id", "tier", "facility_id", "district_id"]]).assign(
        name=site_names(plan, cards),
        hours=cards["facility_id"].map(hours).fillna(""),
        lon=spots.x,
        lat=spots.y,
    )
    return _plain_rows(table)


def _facts(plan: Plan, public: int) -> list[tuple[str, str]]:
    policy = policy_of(plan)
    tiers = [
        {"key": t.name, "label": [t.label_zh, t.label_en], "mode": t.mode, "cutoff": t.cutoff_min}
        for t in policy.tiers
        if t.demand == "workers"
    ]
    return [
        ("tiers", json.dumps(tiers, ensure_ascii=False)),
        ("station", json.dumps(station_tier(policy).name)),
        ("public", json.dumps(public)),
    ]
