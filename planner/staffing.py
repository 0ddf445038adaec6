"""Headcount: professionals a federation needs by ratio, is posted, and lacks (一(二))."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from geodata.errors import Fault
from geodata.messages import translator
from planner.allocation.apportion import largest_shortfall, proportional
from planner.errors import InfeasibleError

if TYPE_CHECKING:
    import pandas as pd

    from planner.policy import StaffingRule


_ = translator("planner")


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


def staff_districts(
    districts: pd.DataFrame, rule: StaffingRule, pool: int | None = None
) -> pd.DataFrame:
    """Return needed and posted professionals per district, and those who are counted apart.

    Parameters
    ----------
    districts
        Columns ``district_id``, ``organisations``, ``workers``.
    rule
        Ratios, how many may be posted full time (inclusive limits), and how posts are shared out when short.
    pool
        Professionals there are to post; None: as many as may be.

    Returns
    -------
    pandas.DataFrame
        ``district_id``, ``professionals_needed``, ``professionals_posted``, ``part_time_chairs``, ``volunteers``; the gap
        is needed less posted. A district of nobody needs and gets nobody.

    Raises
    ------
    InfeasibleError
        When the pool is below the fewest to be posted; says how many would do.
    """
    staffing = districts[["district_id"]].copy()
    counts = zip(districts["organisations"], districts["workers"], strict=True)
    needed = np.array([professionals_needed(int(o), int(w), rule) for o, w in counts], np.int64)
    peopled = needed > 0
    least = np.where(peopled, rule.posted_least, 0)
    wanted = np.where(peopled, needed.clip(rule.posted_least, rule.posted_most), 0)
    posted = wanted
    if pool is not None and pool < int(wanted.sum()):
        if pool < int(least.sum()):
            raise InfeasibleError(_too_few(pool, int(least.sum()), int(peopled.sum()), rule))
        share_out = largest_shortfall if rule.allocation == "largest_shortfall" else proportional
        posted = share_out(pool, least, wanted, needed)
    workers = districts["workers"].to_numpy(np.int64)
    staffing["professionals_needed"] = needed
    staffing["professionals_posted"] = posted.astype(np.int64)
    staffing["part_time_chairs"] = np.where(peopled, rule.part_time_chairs, 0)
    staffing["volunteers"] = -(-workers // rule.workers_per_volunteer)
    return staffing


def _too_few(pool: int, least: int, federations: int, rule: StaffingRule) -> Fault:
    return Fault(
        _(
            "{pool} professionals are too few for {federations} federations with at least {least} each"
        ).format(pool=pool, federations=federations, least=rule.posted_least),
        _("staff"),
        federations,
        fix=_("the smallest resources.professionals that would do is {least}").format(least=least),
    )


def pool_below_share(posted: int, pool: int | None, above: int) -> float:
    """Return the share of the whole professional pool that serves in federations and below (一(五)).

    Parameters
    ----------
    posted
        Professionals posted to federations.
    pool
        Professionals there are to post; those not posted serve nowhere yet and count in the pool. None: all are posted.
    above
        Professionals who serve above.
    """
    whole = (posted if pool is None else max(pool, posted)) + above
    return posted / whole if whole else 0.0
