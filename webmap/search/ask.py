"""Ask the index of a plan."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from webmap.search.text import MOST, is_code, plain, question

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 20
NAMED = 5
"""Federations named of a place that holds many."""

EARTH_KM = 6371.0


class Index:
    """The index of one plan; every question opens the file anew, so that threads share nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self) -> sqlite3.Connection:
        """Open the index for reading; it never changes once it is there."""
        base = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        base.row_factory = sqlite3.Row
        return base

    def ask(self, text: str, *, staff: bool) -> list[dict[str, Any]]:
        """Return the answers to a question, the nearest first.

        Codes and names that begin with the text come first, then names that hold it: federations, sites and places
        before organisations and enterprises, larger ones before smaller.

        Parameters
        ----------
        text
            Part of a name, an id or a code.
        staff
            Whether enterprises and their unions may be shown.
        """
        with closing(self.connect()) as base:
            facts = {
                row["name"]: json.loads(row["value"]) for row in base.execute("SELECT * FROM fact")
            }
            last = 2**62 if staff else facts["public"]
            found = _found(base, text, last)
            return [_answer(base, row, facts["tiers"], facts["station"]) for row in found]


def _found(base: sqlite3.Connection, text: str, last: int) -> list[sqlite3.Row]:
    asked = question(text)
    if not asked:
        return []
    start = plain(text[:MOST])
    places: dict[int, None] = {}
    for column in ("plain_code", "plain"):
        begins = f"SELECT place FROM thing WHERE {column} >= ? AND {column} < ? AND place <= ? ORDER BY {column}, place LIMIT ?"  # noqa: S608
        rows = base.execute(begins, (start, start + "\U0010ffff", last, LIMIT))
        places |= dict.fromkeys(row["place"] for row in rows)
    if not (places and is_code(start)):
        holds = "SELECT rowid AS place FROM words WHERE words MATCH ? AND rowid <= ? LIMIT ?"
        places |= dict.fromkeys(row["place"] for row in base.execute(holds, (asked, last, LIMIT)))
    marks = ",".join("?" * len(places))
    rows = base.execute(f"SELECT * FROM thing WHERE place IN ({marks})", list(places)).fetchall()  # noqa: S608
    exact = {row["place"]: start in (row["plain"], row["plain_code"]) for row in rows}
    first = dict.fromkeys(sorted(places, key=lambda place: (not exact[place], place)))
    by_place = {row["place"]: row for row in rows}
    return [by_place[place] for place in list(first)[:LIMIT]]


def _answer(
    base: sqlite3.Connection, row: sqlite3.Row, tiers: list[dict[str, Any]], station_tier: str
) -> dict[str, Any]:
    districts = _districts(base, row)
    main = next(tier for tier in tiers if tier["key"] == station_tier)
    station = _own_station(base, row, main) if row["district_id"] else None
    near = _nearest(base, row, tiers) if row["kind"] == "enterprise" else []
    staffed = row["kind"] in (
        "enterprise",
        "organisation",
        "district",
        "unit",
        "street_town",
        "borough",
    )
    return {
        "kind": row["kind"],
        "id": row["id"],
        "name": row["name"] or "",
        "code": row["code"] or "",
        "workers": row["workers"] if staffed else None,
        "lat": row["lat"],
        "lon": row["lon"],
        "federations": [{"id": one["district_id"], "name": one["name"]} for one in districts[:NAMED]],
        "count": len(districts),
        "station": station,
        "near": near,
        "minutes": row["minutes"],
        "share": row["share"] if row["kind"] != "enterprise" else None,
        "mode": main["mode"],
        "cutoff": main["cutoff"],
    }  # fmt: skip


def _districts(base: sqlite3.Connection, row: sqlite3.Row) -> list[sqlite3.Row]:
    keys = {"borough": "borough_id", "street_town": "street_town_id"}
    column = keys.get(row["kind"], "district_id")
    value = row["id"] if row["kind"] in keys else row["district_id"]
    asked = f"SELECT district_id, name FROM district WHERE {column} = ? ORDER BY district_id"  # noqa: S608
    return base.execute(asked, (value,)).fetchall()


def _own_station(
    base: sqlite3.Connection, row: sqlite3.Row, tier: dict[str, Any]
) -> dict[str, Any] | None:
    asked = "SELECT * FROM site WHERE district_id = ? AND tier = ? ORDER BY facility_id LIMIT 1"
    site = base.execute(asked, (row["district_id"], tier["key"])).fetchone()
    if site is None:
        return None
    return {
        "id": site["facility_id"],
        "name": site["name"] or site["facility_id"],
        "hours": json.loads(site["hours"] or '""'),
        "km": _km(row, site),
    }


def _nearest(
    base: sqlite3.Connection, row: sqlite3.Row, tiers: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    others = base.execute(
        "SELECT mode, access_id FROM access WHERE enterprise_id = ?", (row["id"],)
    )
    access = {one["mode"]: one["access_id"] for one in others}
    asked = (
        "SELECT deciseconds, facility_id, name, hours FROM reach JOIN site USING (tier, site_id) "
        "WHERE access_id = ? AND tier = ?"
    )
    found = {}
    for tier in tiers:
        point = access.get(tier["mode"], row["access_id"])
        site = base.execute(asked, (point, tier["key"])).fetchone()
        if site is not None:
            found[tier["key"]] = site
    return [
        {
            "tier": tier["label"],
            "id": found[tier["key"]]["facility_id"],
            "name": found[tier["key"]]["name"] or found[tier["key"]]["facility_id"],
            "hours": json.loads(found[tier["key"]]["hours"] or '""'),
            "minutes": round(found[tier["key"]]["deciseconds"] / 600, 1),
            "mode": tier["mode"],
        }
        for tier in tiers
        if tier["key"] in found
    ]


def _km(a: sqlite3.Row, b: sqlite3.Row) -> float | None:
    if a["lat"] is None or b["lat"] is None:
        return None
    lat1, lon1, lat2, lon2 = map(math.radians, (a["lat"], a["lon"], b["lat"], b["lon"]))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_KM * math.asin(math.sqrt(half)), 2)
