"""With walking times, neighbours are those one can walk to."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.organisations import OrganisationRules, form_organisations
from planner.organisations.reach import NetworkReach, WalkingPairs
from planner.organisations.walking import PLACES_AT_ONCE, RoadWalks, _batches


class Wall:
    """Walks at 80 m a minute; nobody crosses the line y = wall."""

    def __init__(self, wall, limit_m=800):
        self.wall, self.limit_m = wall, limit_m

    def pairs(self, xy, unit, *, limit_min):
        x, y = np.nan_to_num(xy.T, nan=1e9)
        gap = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
        near = (gap <= min(self.limit_m, 80 * limit_min)) & (
            (y[:, None] < self.wall) == (y[None, :] < self.wall)
        )
        near &= unit[:, None] == unit[None, :]
        np.fill_diagonal(near, True)
        place = np.where(np.isfinite(xy[:, 0]), np.arange(len(xy)), -1)
        return WalkingPairs(place, csr_array(near))


def test_a_river_parts_neighbours(enterprises, units):
    rng = np.random.default_rng(3)
    x, y = rng.uniform(300, 700, 80), rng.uniform(300, 700, 80)
    # coarse enough that nothing is taken for a carrier
    rules = OrganisationRules(density_carriers=False)
    register = enterprises({"x": x, "y": y})
    formed = form_organisations(register, units(), rules, walks=Wall(500))
    north = dict(zip(register.enterprise_id, y > 500, strict=True))
    sides = formed.membership.assign(north=formed.membership.enterprise_id.map(north))
    assert set(sides.reason) == {"neighbours"}
    assert (sides.groupby("organisation_id").north.agg(set).map(len) == 1).all()
    plain = form_organisations(register, units(), rules)
    mixed = plain.membership.assign(north=plain.membership.enterprise_id.map(north))
    assert (mixed.groupby("organisation_id").north.agg(set).map(len) == 2).any()


def test_those_out_of_reach_go_to_the_committee(enterprises, units):
    x, y = np.linspace(10, 990, 20), np.full(20, 500.0)
    register = enterprises({"x": x, "y": y})
    formed = form_organisations(register, units(), OrganisationRules(), walks=Wall(0, limit_m=1))
    assert set(formed.membership.reason) == {"committee"}


def test_walks_on_roads_are_those_of_a_shortest_path_search(draw_roads):
    """Two streets 100 m apart that meet only at their far end: a short line, a long walk."""
    street = shapely.LineString
    network = draw_roads(
        [
            street([(0, 0), (1000, 0)]),
            street([(0, 100), (1000, 100)]),
            street([(1000, 0), (1000, 100)]),
        ]
    )
    x = np.array([10.0, 300.0, 300.0, 990.0, 990.0, 300.0, np.nan])
    y = np.array([0.0, 0.0, 100.0, 0.0, 100.0, 0.0, 0.0])
    unit = np.array([0, 0, 0, 0, 0, 1, 0])
    pairs = RoadWalks(network, max_snap_m=50).pairs(
        np.column_stack([x, y]), unit, limit_min=400 * 7.5 / 600
    )
    assert pairs.place[6] == -1
    near = pairs.near.toarray()[np.ix_(pairs.place[:6], pairs.place[:6])]
    along = np.where(y[:6] == 0, x[:6], 2100 - x[:6])  # the streets laid end to end
    walk = np.abs(along[:, None] - along[None, :])
    expected = (walk <= 400) & (unit[:6, None] == unit[None, :6])
    assert np.array_equal(near, expected)
    assert not near[1, 2]  # 100 m by air


def test_batches_hold_whole_units():
    unit = np.repeat(np.arange(50), 300)
    batches = _batches(unit)
    assert batches[0][0] == 0
    assert batches[-1][1] == len(unit)
    assert all(a[1] == b[0] for a, b in pairwise(batches))
    assert all(stop - start <= PLACES_AT_ONCE for start, stop in batches)
    assert all(unit[stop - 1] != unit[stop] for _, stop in batches[:-1])
    assert _batches(np.zeros(9000, int)) == [(0, 9000)]


def test_a_committees_middle_makes_nobody_neighbours(enterprises, units):
    """Hundreds at a committee's centroid: the committee's union, never a building and never neighbours."""
    register = enterprises(
        {"x": [500.0] * 300, "y": [500.0] * 300, "accuracy": ["committee"] * 300}
    )
    for walks in (None, Wall(0)):
        formed = form_organisations(register, units(), OrganisationRules(), walks=walks)
        assert set(formed.membership.reason) == {"committee"}
        assert formed.carriers.empty
        assert set(formed.marks.loc[formed.marks["mark"] == "coarse", "organisation_id"]) == set(
            formed.organisations.organisation_id
        )
        assert formed.organisations.enterprises.max() <= OrganisationRules().joint_enterprises_most


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 120), st.integers(0, 10_000), st.integers(0, 2000), st.integers(1, 800))
def test_walking_makes_and_loses_nobody(city, units, count, seed, wall, limit_m):
    """Wherever the wall and however short the walk: each enterprise, worker and member counts once."""
    register = city(count, seed).assign(in_scope=True, jurisdiction="area", ownership="private")
    formed = form_organisations(
        register, units(), OrganisationRules(), walks=Wall(wall, limit_m=limit_m)
    )
    placed = [*formed.membership.enterprise_id, *formed.outside.enterprise_id]

    assert sorted(placed) == sorted(register.enterprise_id)
    inside = register[register.enterprise_id.isin(formed.membership.enterprise_id)]
    assert formed.organisations.enterprises.sum() == len(inside)
    assert formed.organisations.workers.sum() == inside.workers.sum()
    assert formed.organisations.members.sum() == inside.members.sum()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_small_and_large_units_are_looked_up_alike(data):
    places, enterprises = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 20))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    near = rng.random((places, places)) < 0.15
    near |= near.T
    np.fill_diagonal(near, val=True)
    place = rng.integers(-1, places, enterprises)
    atom = np.sort(rng.integers(0, 6, enterprises))
    members = np.split(np.arange(enterprises), np.flatnonzero(np.diff(atom)) + 1)
    left = rng.permutation(enterprises)
    looks = []
    for most in (4000, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("planner.organisations.reach.DENSE_MOST", most)
            reach = NetworkReach(WalkingPairs(place, csr_array(near)), np.arange(enterprises))
            # Twice: the first look leaves nothing behind.
            reach.look(None, left, members)
            looks.append(reach.look(None, left, members))
    dense, sparse = (look.clusters() for look in looks)
    assert [list(part) for part in dense] == [list(part) for part in sparse]
    for group in (np.arange(len(members)), *dense):
        assert looks[0].near(group) == looks[1].near(group)
