"""When premises are open: the hours their hosts keep, hour by hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from planner.policy import Tier
    from planner.rules import HoursRule

ALL_HOURS = (1 << 24) - 1
"""Mask of every hour of the day; bit h stands for the hour from h to h + 1."""


def minutes_of(clock: pd.Series, default: str) -> NDArray[np.int64]:
    """Return minutes after midnight of "HH:MM"; the default where none is stated."""
    text = clock.astype(object).where(clock.notna(), default).astype(str)
    minutes = text.str[:2].astype(int) * 60 + text.str[3:5].astype(int)
    return np.asarray(minutes, dtype=np.int64)


def host_minutes(
    sites: pd.DataFrame, rule: HoursRule
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return opening and closing of each site's host, minutes after midnight; the rule's where none is stated."""
    return minutes_of(sites["opens"], rule.host_opens), minutes_of(
        sites["closes"], rule.host_closes
    )


def host_hours(sites: pd.DataFrame, rule: HoursRule) -> NDArray[np.bool_]:
    """Return bool (sites, 24): whether a host is open at half past each hour; hours over midnight are read as such."""
    opens, closes = host_minutes(sites, rule)
    half = np.arange(24) * 60 + 30
    plain = (half >= opens[:, None]) & (half < closes[:, None])
    over = (half >= opens[:, None]) | (half < closes[:, None])
    return np.where((closes > opens)[:, None], plain, over)


def open_hours(sites: pd.DataFrame, tier: Tier, rule: HoursRule) -> NDArray[np.bool_]:
    """Return bool (sites, 24): the hours in which a site of the tier counts, before any are planned."""
    if tier.hours == "host":
        return host_hours(sites, rule)
    return np.ones((len(sites), 24), dtype=np.bool_)


def hour_blocks(opened: NDArray[np.bool_], first: int, last: int) -> list[int]:
    """Return masks of the hours from first to last (inclusive) between which no site opens or closes.

    Examples
    --------
    >>> opened = np.zeros((1, 24), dtype=bool)
    >>> opened[0, 8:18] = True
    >>> [bin(mask).count("1") for mask in hour_blocks(opened, 6, 19)]
    [4, 10]
    """
    hours = np.arange(first, last + 1)
    columns = np.ascontiguousarray(opened[:, hours].T)
    _same, number = np.unique(columns, axis=0, return_inverse=True)
    number = np.asarray(number).ravel()
    masks: dict[int, int] = {}
    for hour, group in zip(hours.tolist(), number.tolist(), strict=True):
        masks[group] = masks.get(group, 0) | (1 << hour)
    return sorted(masks.values(), key=lambda mask: mask & -mask)


def hours_in(mask: int) -> list[int]:
    """Return the hours of a mask."""
    return [hour for hour in range(24) if mask >> hour & 1]
