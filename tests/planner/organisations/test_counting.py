"""Rates, sums per unit, and the list that closes the gap."""

import numpy as np
import pandas as pd
import pytest

from planner.organisations import OrganisationRules, form_organisations, gap_list, rates, unit_sums


@pytest.fixture(scope="module")
def formed(city, units):
    register, ground = city(700, 8), units()
    return register, ground, form_organisations(register, ground, OrganisationRules(level="today"))


def test_rates_add_up_to_the_city(formed):
    register, _ground, made = formed
    area = register[register.in_scope & (register.jurisdiction == "area")]
    for by in ("unit_id", "street_town_id"):
        table = rates(made, register, by=by)
        assert table.enterprises.sum() == len(area)
        assert table.workers.sum() == area.workers.sum()
        assert table.members.sum() == area.members.sum()
        assert table.covered.sum() == len(made.membership)
        assert table.organisations.sum() == len(made.organisations)
        assert (table.own + table.joint == table.organisations).all()
    whole = pd.Series("city", index=made.places.unit_id.unique())
    one = rates(made, register, area_of=whole)
    assert one.formation_share.iloc[0] == pytest.approx(area.unionised.mean())
    assert one.membership_share.iloc[0] == pytest.approx(area.members.sum() / area.workers.sum())


def test_units_of_nobody_are_kept(formed, units):
    _register, _ground, made = formed
    wide = units(columns=6)
    table = unit_sums(wide, made.organisations)
    assert list(table.unit_id) == sorted(wide.unit_id)
    assert (table[table.organisations == 0].workers == 0).all()
    assert table.organisations.sum() == len(made.organisations)
    assert table.covered_units.sum() == len(made.membership)
    mix = table.filter(like="workers_")
    assert (mix.sum(axis=1) == table.workers).all()
    assert (table.industry[table.organisations == 0] == "").all()


def test_gap_list_closes_the_gap_largest_first(formed):
    register, _ground, made = formed
    listed = gap_list(made, register)
    for _town, rows in listed.groupby("street_town_id"):
        assert rows.workers.is_monotonic_decreasing
        assert list(rows["place"]) == list(range(1, len(rows) + 1))
    table = rates(made, register).set_index("area_id")
    after = table.unionised + listed.groupby("street_town_id").size()
    assert (after == np.ceil(0.85 * table.enterprises - 1e-9)).all()
