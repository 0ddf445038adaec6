"""Joint unions are formed larger or smaller where more districts can be in band then; nobody's union is touched otherwise."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from planner.districting import feasibility
from planner.organisations import OrganisationRules, settle, survey
from planner.organisations.drawing import draw
from planner.organisations.resizing import with_reshared
from planner.policy import read_policy
from planner.problems.districting import districting_problem
from planner.problems.joint_sizes import fit_joint_sizes, short_of_band

RULES = OrganisationRules(
    joint_enterprises_least=5, joint_enterprises_ideal=10, density_carriers=False
)
FEDERATIONS = read_policy("shanghai-2018").federations


def links(units):
    """Let units of a street_town that touch adjoin."""
    pairs = [
        (a.unit_id, b.unit_id)
        for a, b in combinations(units.itertuples(), 2)
        if a.geometry.intersection(b.geometry).length > 0
    ]
    return pd.DataFrame(pairs, columns=["unit_a", "unit_b"]).assign(walk_ds=6000, adjoins=True)


@pytest.fixture(scope="module")
def made(enterprises, units):
    """Give a register and units: t0 has 160 organisations for one district, t1 workers for no district."""
    rng = np.random.default_rng(3)
    ground = units()
    rows = []
    for unit in ground.itertuples():
        x0, y0 = unit.geometry.bounds[:2]
        rich = unit.street_town_id == "t0"
        for workers, count in ((70, 15), (1, 250)) if rich else ((40, 15), (1, 40)):
            x, y = rng.uniform(300, 700, (2, count))
            rows += [
                {"x": x0 + a, "y": y0 + b, "workers": workers} for a, b in zip(x, y, strict=True)
            ]
    register = enterprises(rows)
    # a joint union of today, of a size no rule would form
    today = register.index[(register["workers"] == 1)][:4]
    register.loc[today, "unionised"] = True
    register["union_name"] = register["union_name"].astype(object)
    register.loc[today, "union_name"] = "某楼宇联合工会"
    return register, ground


def fitted(register, ground, rules=RULES, held=(), federations=FEDERATIONS):
    standing = survey(register, ground, rules)
    drawn = draw(standing, rules)
    before = settle(standing, drawn, rules)
    problem = districting_problem(ground, before.organisations, links(ground), federations)
    taken, table = fit_joint_sizes(problem, standing, drawn, rules, held)
    after = settle(standing, with_reshared(drawn, taken), rules) if taken else before
    return before, after, table.set_index("street_town_id"), problem


def share(formed, ground, town):
    problem = districting_problem(ground, formed.organisations, links(ground), FEDERATIONS)
    return next(one.ceiling_share for one in feasibility(problem) if one.street_town_id == town)


def test_a_town_with_too_many_organisations_is_feasible_with_larger_joint_unions(made):
    before, after, table, problem = fitted(*made)
    assert short_of_band(problem)
    row = table.loc["t0"]
    assert (row.outcome, row.in_band_before, row.in_band_after) == ("resized", 0, 1)
    assert row.size_after > row.size_before == 10
    assert share(before, made[1], "t0") == 0
    assert share(after, made[1], "t0") == 1
    count = after.organisations.groupby("street_town_id").size()
    assert row.organisations_after == count["t0"] <= 110 < 120 < row.organisations_before
    # every enterprise still once, and no new joint union beyond the limits
    assert_frame_equal(before.membership[["enterprise_id"]], after.membership[["enterprise_id"]])
    assert after.organisations["workers"].sum() == before.organisations["workers"].sum()
    new = after.organisations[after.organisations["kind"] == "joint"]
    assert new["enterprises"].max() <= RULES.joint_enterprises_most


def test_a_town_that_lacks_workers_is_left_alone(made):
    before, after, table, _problem = fitted(*made)
    row = table.loc["t1"]
    assert row.outcome == "other"
    assert (row.size_before, row.organisations_before) == (row.size_after, row.organisations_after)
    town = after.organisations.set_index("organisation_id")["street_town_id"]
    there = after.membership[after.membership["organisation_id"].map(town) == "t1"]
    assert_frame_equal(there, before.membership.loc[there.index])


def test_unions_of_today_and_those_somebody_holds_stay(made):
    register, ground = made
    before = fitted(register, ground)[0]
    held = before.membership[before.membership["reason"] == "neighbours"].iloc[0].organisation_id
    members = before.membership.loc[before.membership["organisation_id"] == held, "enterprise_id"]
    _before, after, table, _problem = fitted(register, ground, held=[members.iloc[-1]])
    assert table.loc["t0"].outcome == "resized"
    kept = before.membership["reason"].isin(["existing_joint", "existing_own", "own"])
    kept |= before.membership["organisation_id"] == held
    assert kept.sum() > 100
    assert_frame_equal(before.membership[kept], after.membership[kept.to_numpy()])
    # with every joint union held there is nothing to form anew
    everybody = set(before.membership["enterprise_id"])
    _before, same, table, _problem = fitted(register, ground, held=everybody)
    assert table.loc["t0"].outcome == "none_new"
    assert_frame_equal(before.membership, same.membership)


def test_the_order_of_rows_changes_nothing(made):
    register, ground = made
    one = fitted(register, ground)
    other = fitted(
        register.sample(frac=1.0, random_state=1), ground.sample(frac=1.0, random_state=2)
    )
    assert_frame_equal(one[1].membership, other[1].membership)
    assert_frame_equal(one[2], other[2])


def test_smaller_unions_where_organisations_are_too_few(made):
    register, ground = made
    rules = RULES.model_copy(update={"joint_enterprises_ideal": 60})
    small = FEDERATIONS.model_copy(
        update={
            "organisations": FEDERATIONS.organisations.model_copy(
                update={"least": 95.0, "ideal": 130.0, "most": 160.0}
            )
        }
    )
    _before, after, table, _problem = fitted(register, ground, rules, federations=small)
    row = table.loc["t0"]
    assert (row.outcome, row.in_band_after) == ("resized", 1)
    assert 5 <= row.size_after < 60
    assert len(after.organisations) > len(_before.organisations)


def test_no_size_within_the_limits_helps_and_is_said(made):
    register, ground = made
    tight = RULES.model_copy(update={"joint_enterprises_most": 10})
    _before, _after, table, _problem = fitted(register, ground, tight)
    assert table.loc["t0"].outcome == "no_size"


def test_what_has_all_in_band_is_not_listed(made):
    register, ground = made
    wide = FEDERATIONS.model_copy(
        update={
            name: getattr(FEDERATIONS, name).model_copy(update={"least": 1.0, "most": 100_000.0})
            for name in ("organisations", "workers")
        }
    )
    _before, _after, table, problem = fitted(register, ground, federations=wide)
    assert not short_of_band(problem)
    assert not short_of_band(replace(problem, undersize="refuse"))
    assert table.empty
