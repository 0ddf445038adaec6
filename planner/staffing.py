"""Headcount: professionals a federation needs by ratio, is posted, and lacks (一(二))."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from planner.policy import StaffingRule


def professionals_needed(organisations: int, workers: int, rule: StaffingRule) -> int:
    """Return how many professionals a federation needs.

    The document says one per 30-50 organisations *or* 2,000-3,000 workers. ``either``: one of the two ratios
    suffices, read at its lenient end. ``min`` and ``max``: the smaller and the larger of the two needs, each read at
    its strict end.

    Parameters
    ----------
    organisations, workers
        Counts of the federation.
    rule
        The ratios and how "or" is read.

    Returns
    -------
    int
        At least 1 where the federation has any organisation or worker, else 0.
    """
    if organisations <= 0 and workers <= 0:
        return 0
    by_organisation, by_worker = rule.organisations_per_professional, rule.workers_per_professional
    lenient = (ceil(organisations / by_organisation.most), ceil(workers / by_worker.most))
    strict = (ceil(organisations / by_organisation.least), ceil(workers / by_worker.least))
    needed = {"either": min(lenient), "min": min(strict), "max": max(strict)}[rule.rule]
    return max(1, needed)


def staff_districts(districts: pd.DataFrame, rule: StaffingRule) -> pd.DataFrame:
    """Return needed and posted professionals per district.

    Parameters
    ----------
    districts
        Columns ``district_id``, ``organisations``, ``workers``.
    rule
        Ratios, and how many may be posted full time (inclusive limits); what is posted never exceeds what is needed
        unless the least to be posted does.

    Returns
    -------
    pandas.DataFrame
        ``district_id``, ``professionals_needed``, ``professionals_posted``; the gap is their difference, filled by
        part-time, seconded and volunteer staff.
    """
    staffing = districts[["district_id"]].copy()
    counts = zip(districts["organisations"], districts["workers"], strict=True)
    staffing["professionals_needed"] = [
        professionals_needed(int(o), int(w), rule) for o, w in counts
    ]
    staffing["professionals_posted"] = staffing["professionals_needed"].clip(
        rule.posted_least, rule.posted_most
    )
    return staffing
