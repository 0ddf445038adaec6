"""What leaving premises before the lease ends costs, and that a site stays where that is more than moving brings."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from planner.problems.leases import broken_leases, closing_factor, leases
from planner.rules import ChangeRule

DAY = date(2027, 1, 1)
SITES = pd.DataFrame(
    {
        "site_id": ["A", "B", "C", "D"],
        "rent_yuan_month": [5000.0, np.nan, 5000.0, 0.0],
        "lease_end": pd.to_datetime(["2028-01-01", "2029-01-01", "2026-12-31", None]).as_unit("s"),
    }
)


def test_the_rest_of_the_rent_counts_in_closings():
    """A year of 5,000 yuan a month is two closings of 30,000; what has run out or has no date costs nothing."""
    found = leases(SITES, "station", ChangeRule(), DAY)
    assert found["rest_yuan"].fillna(-1).tolist() == [round(365 / (365.25 / 12) * 5000), -1, 0, 0]
    factor = closing_factor(found, ChangeRule())
    assert factor.tolist() == pytest.approx([1 + 59959 / 30_000, 2.0, 1.0, 1.0])
    assert closing_factor(found, ChangeRule(closing_yuan=0)).tolist() == [2.0, 2.0, 1.0, 1.0]


def test_what_the_scenario_says_of_a_tier_goes_before_the_column():
    rule = ChangeRule(leases=({"tier": "station", "site_id": "C", "ends": date(2027, 7, 1)},))
    assert leases(SITES, "station", rule, DAY)["rest_yuan"]["C"] == round(181 / (365.25 / 12) * 5000)  # fmt: skip
    assert leases(SITES, "service_point", rule, DAY)["rest_yuan"]["C"] == 0


def test_a_list_without_the_column_has_no_leases():
    found = leases(SITES.drop(columns="lease_end"), "station", ChangeRule(), DAY)
    assert found["ends"].isna().all()
    assert (found["rest_yuan"] == 0).all()


def test_premises_are_paid_for_once_and_not_where_another_tier_stays():
    closed = pd.DataFrame(
        {
            "tier": ["station", "service_point", "station", "station"],
            "site_id": ["A", "A", "B", "gone"],
        }
    )
    broken = broken_leases(closed, {"C"}, SITES, ChangeRule(), DAY)
    assert broken["rest_yuan"].fillna(-1).tolist() == [59959, 0, -1, 0]
    assert broken["ends"].notna().tolist() == [True, False, True, False]
    assert broken_leases(closed, {"A", "B"}, SITES, ChangeRule(), DAY)["rest_yuan"].sum() == 0
