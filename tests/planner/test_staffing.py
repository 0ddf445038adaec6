import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.policy import StaffingRule
from planner.staffing import professionals_needed, staff_districts

RATIOS = {
    "clause": "一(二)",
    "organisations_per_professional": {"least": 30, "most": 50},
    "workers_per_professional": {"least": 2000, "most": 3000},
    "posted_least": 1,
    "posted_most": 2,
    "allocation": "largest_shortfall",
    "below_share": 0.8,
    "below_clause": "一(五)",
    "part_time_chairs": 1,
    "workers_per_volunteer": 500,
}


def rule(reading):
    return StaffingRule.model_validate(RATIOS | {"rule": reading})


@pytest.mark.parametrize(("reading", "needed"), [("either", 2), ("min", 3), ("max", 4)])
def test_a_federation_of_the_documents_size(reading, needed):
    # 100 organisations need 2.0-3.3 professionals, 5,000 workers 1.7-2.5.
    assert professionals_needed(100, 5000, rule(reading)) == needed


@given(st.integers(0, 5000), st.integers(0, 200_000), st.integers(0, 50), st.integers(0, 5000))
def test_a_larger_federation_never_needs_fewer(
    organisations, workers, more_organisations, more_workers
):
    for reading in ("either", "min", "max"):
        small = professionals_needed(organisations, workers, rule(reading))
        large = professionals_needed(
            organisations + more_organisations, workers + more_workers, rule(reading)
        )
        assert small <= large


def test_posted_stays_between_its_limits_and_the_gap_is_the_rest():
    districts = pd.DataFrame(
        {"district_id": ["a", "b"], "organisations": [10, 400], "workers": [100, 20_000]}
    )
    staffing = staff_districts(districts, rule("either"))
    assert staffing["professionals_needed"].tolist() == [1, 7]
    assert staffing["professionals_posted"].tolist() == [1, 2]
