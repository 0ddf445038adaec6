"""What open sites reach, against plain loops over the pairs."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from planner.problems.demand import TierDemand
from planner.problems.holding import _array_digest
from planner.problems.reached import nearest_open, open_reach, people_of_sites


def demand_of(seed, rows=40, sites=9):
    """Give rows that reach some sites, some of them none, in no order of time; several sites are as far."""
    rng = np.random.default_rng(seed)
    near = rng.random((rows, sites)) < 0.4
    near[rng.random(rows) < 0.2] = False
    row, column = np.nonzero(near)
    frame = pd.DataFrame(
        {
            "access_id": [f"a{k:02d}" for k in range(rows)],
            "way": 0,
            "hours": 1,
            "people": rng.integers(1, 9, rows).astype(float),
        }
    )
    indptr = np.concatenate([[0], np.cumsum(near.sum(axis=1))]).astype(np.int64)
    times = rng.integers(0, 4, len(row)).astype(np.int32)
    names = rng.permutation([f"s{k}" for k in range(sites)])
    return TierDemand(frame, indptr, column.astype(np.int32), times), names


def pairs_by_row(demand, names, opened):
    """Return (deciseconds, site) of the open sites of each row, nearest first, by plain loops."""
    return [
        sorted(
            (int(demand.deciseconds[k]), str(names[demand.indices[k]]))
            for k in range(demand.indptr[row], demand.indptr[row + 1])
            if demand.indices[k] in opened
        )
        for row in range(len(demand.rows))
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("opened", [[], [4], [7, 1, 3, 0]])
def test_reach_nearest_and_cards_are_those_of_plain_loops(seed, opened):
    demand, names = demand_of(seed)
    found = open_reach(demand, names, np.array(opened, dtype=np.int32))
    expected = pairs_by_row(demand, names, opened)

    assert found.site_ids.tolist() == sorted(names[opened].tolist())
    for row, pairs in enumerate(expected):
        mine = slice(found.indptr[row], found.indptr[row + 1])
        sites = found.site_ids[found.indices[mine]].tolist()
        assert sites == sorted(site for _time, site in pairs)
        assert sorted(zip(found.deciseconds[mine].tolist(), sites, strict=True)) == pairs

    nearest = nearest_open(found)
    assert nearest[["access_id", "deciseconds", "site_id"]].to_numpy().tolist() == [
        [f"a{row:02d}", *pairs[0]] for row, pairs in enumerate(expected) if pairs
    ]

    people = demand.rows["people"].tolist()
    cards = people_of_sites(found)
    assert list(cards.index) == found.site_ids.tolist()
    for site, card in cards.iterrows():
        reach = [row for row, pairs in enumerate(expected) if site in {s for _t, s in pairs}]
        assert card["within"] == sum(people[row] for row in reach)
        assert card["only_here"] == sum(people[row] for row in reach if len(expected[row]) == 1)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(3_000_000, dtype=np.int32),
        np.array([1.23456789, -0.5, np.inf]),
        np.array(["甲", "b"]),
        np.zeros(0),
        np.array([True, False]),
    ],
)
def test_a_digest_taken_in_pieces_is_that_of_the_whole(array):
    plain = np.round(array, 6) if array.dtype.kind == "f" else array
    text = json.dumps([plain.dtype.kind, plain.tobytes().hex()], ensure_ascii=False)
    assert _array_digest(array) == hashlib.sha256(text.encode()).hexdigest()[:24]
