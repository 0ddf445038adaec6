"""When a site is open, in words: the plan's timetable, else the hours its host is known to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from webmap.words import both

if TYPE_CHECKING:
    from planner.plan import Plan

DAYS = {"weekday": "weekdays", "weekend": "weekends"}
WHOLE_DAY = "00:00–24:00"
COMMA = ["、", ", "]
SEMICOLON = ["；", "; "]
"""Between spans of a day and between days, Chinese and English."""


def site_hours(plan: Plan) -> dict[str, list[str]]:
    """Return [Chinese, English] by ``facility_id``; a site whose hours nobody knows is absent.

    Spans are those of the plan's timetable, which says when somebody is there. A site without one is open when its host is.
    """
    said = _of_hosts(plan)
    table = plan.decisions["hours"].sort_values(["facility_id", "day", "opens_min"])
    spans = [
        f"{_clock(opens)}–{_clock(closes)}"
        for opens, closes in zip(table["opens_min"], table["closes_min"], strict=True)
    ]
    grouped = table.assign(span=spans).groupby(["facility_id", "day"])["span"].agg(list)
    days: dict[str, dict[str, list[str]]] = {}
    for (facility, day), found in grouped.items():
        days.setdefault(facility, {})[day] = found
    return said | {facility: in_words(of_day) for facility, of_day in days.items()}


def in_words(days: dict[str, list[str]]) -> list[str]:
    """Return a timetable as [Chinese, English].

    Examples
    --------
    >>> in_words({"weekday": ["08:30–12:00", "13:00–17:00"], "weekend": ["09:00–12:00"]})[1]
    'weekdays 08:30–12:00, 13:00–17:00; weekends 09:00–12:00'
    >>> in_words({"weekday": ["00:00–24:00"], "weekend": ["00:00–24:00"]})[1]
    'always open'
    """
    if all(days.get(day) == [WHOLE_DAY] for day in DAYS):
        return both("always open", "planner")
    parts = [
        (both(DAYS.get(day, day), "planner"), days[day]) for day in sorted(days, key=_place_of)
    ]
    return [
        SEMICOLON[k].join(f"{words[k]} {COMMA[k].join(spans)}" for words, spans in parts)
        for k in (0, 1)
    ]


def _place_of(day: str) -> tuple[int, str]:
    return (list(DAYS).index(day) if day in DAYS else len(DAYS), day)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _of_hosts(plan: Plan) -> dict[str, list[str]]:
    sites = pd.DataFrame(plan.layers["sites"][["site_id", "opens", "closes"]])
    open_sites = plan.facilities[["facility_id", "site_id"]].merge(sites, on="site_id")
    known = open_sites.dropna(subset=["opens", "closes"])
    rows = zip(known["facility_id"], known["opens"], known["closes"], strict=True)
    return {facility: [f"{opens}–{closes}"] * 2 for facility, opens, closes in rows}
