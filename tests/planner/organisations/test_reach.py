"""With travel times, neighbours are those one can walk to."""

import numpy as np

from geodata.travel_time.times import TravelTimes
from planner.organisations import OrganisationRules, form_organisations


def walking(x, y, ids, wall):
    """Return times at 80 m a minute; nobody crosses the line y = wall."""
    gap = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    near = (gap <= 800) & ((y[:, None] < wall) == (y[None, :] < wall))
    row, column = np.nonzero(near)
    return TravelTimes(
        from_ids=np.array(ids),
        to_ids=np.array(ids),
        indptr=np.searchsorted(row, np.arange(len(ids) + 1)).astype(np.int64),
        indices=column.astype(np.int32),
        deciseconds=np.rint(gap[row, column] * 7.5).astype(np.int32),
        mode="walk",
        cutoff_ds=6000,
    )


def test_a_river_parts_neighbours(enterprises, units):
    rng = np.random.default_rng(3)
    x, y = rng.uniform(300, 700, 80), rng.uniform(300, 700, 80)
    # coarse enough that nothing is taken for a carrier
    rules = OrganisationRules(density_carriers=False)
    register = enterprises({"x": x, "y": y})
    times = walking(x, y, list(register.enterprise_id), wall=500)
    formed = form_organisations(register, units(), rules, travel_times=times)
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
    nobody = walking(x, y, list(register.enterprise_id), wall=0)
    apart = TravelTimes(
        from_ids=nobody.from_ids,
        to_ids=nobody.to_ids,
        indptr=np.zeros(21, dtype=np.int64),
        indices=np.empty(0, dtype=np.int32),
        deciseconds=np.empty(0, dtype=np.int32),
        mode="walk",
        cutoff_ds=6000,
    )
    formed = form_organisations(register, units(), OrganisationRules(), travel_times=apart)
    assert set(formed.membership.reason) == {"committee"}
