"""How many workers are at a place in each hour, and how many of them can come: presence and visiting time (二(三))."""

from __future__ import annotations

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


def profile_number(industry: pd.Series, rule: HoursRule) -> NDArray[np.int64]:
    """Return which of the rule's profiles holds for each industry section; the general one where none names it."""
    general = next((k for k, one in enumerate(rule.presence) if not one.industries), 0)
    number = {section: k for k, one in enumerate(rule.presence) for section in one.industries}
    found = industry.map(number).fillna(general)
    return np.asarray(found, dtype=np.int64)


def presence_table(rule: HoursRule) -> NDArray[np.float64]:
    """Return float64 (profiles, 2, 24): share of workers present."""
    return np.array([[one.weekday, one.weekend] for one in rule.presence], dtype=np.float64)


def visits_table(rule: HoursRule) -> NDArray[np.float64]:
    """Return float64 (profiles, 2, 24): worker-hours a week that one worker offers an open site.

    Who is present, and of those who left within the last hour a share, times how likely people can come in that hour,
    times the days of the week.
    """
    present = presence_table(rule)
    left = np.maximum(np.roll(present, 1, axis=2) - present, 0.0)
    left[:, :, 0] = 0.0
    near = np.minimum(present + rule.after_work_share * left, 1.0)
    visiting = np.array([rule.visiting.weekday, rule.visiting.weekend], dtype=np.float64)
    return np.asarray(near * visiting[None] * DAYS_OF_WEEK[None, :, None], dtype=np.float64)
