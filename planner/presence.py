"""How many workers are at a place in each hour, and how many of them can come: presence and visiting time (二(三))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from planner.rules import HoursRule

DAYS = ("weekday", "weekend")
"""Kinds of day."""

DAYS_OF_WEEK = np.array([5, 2])
"""How many of each a week has."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """Which profile of presence holds for whom.

    Parameters
    ----------
    table
        float64 (profiles, 2, 24): share of workers present.
    number
        int64 (people,): each one's profile.
    """

    table: NDArray[np.float64]
    number: NDArray[np.int64]


def profiles_of(
    industry: pd.Series, rule: HoursRule, zone: pd.Series | None, counted: pd.DataFrame | None
) -> Profiles:
    """Return everybody's profile: that counted in the zone, else the policy's of the industry.

    Parameters
    ----------
    industry
        Industry section of each enterprise.
    rule
        The policy's profiles.
    zone
        Zone each enterprise lies in, missing where none was counted; None without counts.
    counted
        ``zone_id``, ``day``, ``h00`` ... ``h23``: share present by zone. A kind of day that a zone was not counted on has
        the policy's general profile.
    """
    table, number = presence_table(rule), profile_number(industry, rule)
    if zone is None or counted is None or counted.empty:
        return Profiles(table, number)
    names = sorted(set(counted["zone_id"]))
    place = {name: len(table) + k for k, name in enumerate(names)}
    general = next((k for k, one in enumerate(rule.presence) if not one.industries), 0)
    whole = np.concatenate([table, np.repeat(table[general][None], len(names), axis=0)])
    columns = [f"h{hour:02d}" for hour in range(24)]
    days = [DAYS.index(day) for day in counted["day"]]
    whole[counted["zone_id"].map(place).to_numpy(), days] = counted[columns].to_numpy(float)
    found = zone.map(place).to_numpy(float)
    return Profiles(whole, np.where(np.isnan(found), number, np.nan_to_num(found)).astype(np.int64))


def profile_number(industry: pd.Series, rule: HoursRule) -> NDArray[np.int64]:
    """Return which of the rule's profiles holds for each industry section; the general one where none names it."""
    general = next((k for k, one in enumerate(rule.presence) if not one.industries), 0)
    number = {section: k for k, one in enumerate(rule.presence) for section in one.industries}
    found = industry.map(number).fillna(general)
    return np.asarray(found, dtype=np.int64)


def presence_table(rule: HoursRule) -> NDArray[np.float64]:
    """Return float64 (profiles, 2, 24): share of workers present."""
    return np.array([[one.weekday, one.weekend] for one in rule.presence], dtype=np.float64)


def visits_table(present: NDArray[np.float64], rule: HoursRule) -> NDArray[np.float64]:
    """Return float64 (profiles, 2, 24): worker-hours a week that one worker offers an open site.

    Who is present, and of those who left within the last hour a share, times how likely people can come in that hour,
    times the days of the week.
    """
    left = np.maximum(np.roll(present, 1, axis=2) - present, 0.0)
    left[:, :, 0] = 0.0
    near = np.minimum(present + rule.after_work_share * left, 1.0)
    visiting = np.array([rule.visiting.weekday, rule.visiting.weekend], dtype=np.float64)
    return np.asarray(near * visiting[None] * DAYS_OF_WEEK[None, :, None], dtype=np.float64)
