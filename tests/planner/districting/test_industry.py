"""Industry federations as arrays: who is in, limits inclusive, nothing lost, last year's parts kept."""

import numpy as np
import pytest

from planner.districting import IndustryThresholds, industry_federations

RULE = IndustryThresholds(
    organisations_least=4,
    workers_least=200,
    area_share_least=0.4,
    concentration_least=1.6,
    organisations_ideal=10,
)


def city(**changed):
    """Give a borough of two street_towns in which exactly industry 3 passes, at every limit.

    Four organisations of it hold 200 of the 500 workers of street_town 0 (0.4), and 250 of 1,000 in the city (0.25): a
    location quotient of 1.6.
    """
    columns = {
        "area": [0] * 6 + [1] * 3,
        "district": [0, 0, 1, 1, 0, 1, 2, 2, 2],
        "industry": [3, 3, 3, 3, 5, 7, 3, 5, 7],
        "workers": [50, 50, 50, 50, 150, 150, 50, 200, 250],
    }
    columns |= changed
    return {key: np.array(value) for key, value in columns.items()}


def made(columns, rule=RULE, before=None, group=None):
    group = np.zeros(len(columns["area"]), dtype=int) if group is None else group
    return industry_federations(group, **columns, thresholds=rule, before=before)


def test_exactly_the_industry_that_concentrates_forms_one_across_districts():
    found = made(city())
    assert found.industry.tolist() == [3]
    assert found.federation.tolist() == [0, 0, 0, 0, -1, -1, -1, -1, -1]
    assert found.organisations.tolist() == [4]
    assert found.workers.tolist() == [200]


@pytest.mark.parametrize(
    "rule",
    [
        {"organisations_least": 5},
        {"workers_least": 201},
        {"area_share_least": 0.400001},
        {"concentration_least": 1.600001},
    ],
)
def test_every_limit_is_inclusive_and_just_above_it_there_is_none(rule):
    strict = IndustryThresholds(**{**vars(RULE), **rule})
    found = made(city(), strict)
    assert len(found.industry) == 0
    assert (found.federation == -1).all()


def test_an_unknown_industry_and_an_empty_city_form_none():
    unknown = city(industry=[-1] * 4 + [5, 7, 3, 5, 7])
    assert len(made(unknown).industry) == 0
    nothing = city(area=[], district=[], industry=[], workers=[])
    nothing = {key: value.astype(int) for key, value in nothing.items()}
    assert len(made(nothing).industry) == 0
    idle = city(workers=[0] * 9)
    assert len(made(idle, IndustryThresholds(workers_least=0, organisations_least=1)).industry) == 0


def test_street_towns_of_a_borough_are_counted_together_and_boroughs_apart():
    columns = {
        "area": np.repeat([0, 1, 2], 10),
        "district": np.repeat([0, 1, 2], 10),
        "industry": np.where(np.arange(30) < 20, 1, 2),
        "workers": np.full(30, 30),
    }
    rule = IndustryThresholds(organisations_least=20, workers_least=600)
    assert made(columns, rule).organisations.tolist() == [20]
    apart = np.repeat([0, 1, 1], 10)
    assert len(made(columns, rule, group=apart).industry) == 0


def large(count=27):
    """Give an industry of so many organisations in three districts, beside as many of others elsewhere."""
    return {
        "area": np.repeat([0, 1], count),
        "district": np.concatenate([np.arange(count) * 3 // count, np.full(count, 3)]),
        "industry": np.repeat([1, 2], count),
        "workers": np.full(2 * count, 100),
    }


def test_a_large_one_is_cut_whole_districts_first_and_nothing_is_lost():
    found = made(large())
    mine = found.federation[:27]
    assert found.industry.tolist() == [1, 1, 1, 2, 2, 2]
    assert found.organisations[:3].tolist() == [9, 9, 9]
    assert (mine == np.arange(27) // 9).all()
    assert found.workers.sum() == 5400
    few = IndustryThresholds(organisations_least=14, workers_least=200, organisations_ideal=10)
    assert made(large(), few).organisations.tolist() == [27, 27]


def test_a_year_later_organisations_stay_in_their_part_and_newcomers_join_their_district():
    before = np.full(54, -1)
    before[:27] = np.arange(27) // 9
    before[[0, 9]] = 1, 0  # two that were swapped by people stay where they are
    before[26] = -1
    found = made(large(), before=before)
    assert found.federation[:26].tolist() == before[:26].tolist()
    assert found.federation[26] == 2
    fewer = np.where(before == 2, -1, before)
    again = made(large(), before=fewer)
    assert again.federation[:27].tolist() == (np.arange(27) // 9).tolist()
