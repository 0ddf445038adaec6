"""Adjacency against brute force on small random maps: whose squares touch, where streets cross, how long one walks."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.areas import build_adjacency

CRS = "EPSG:32629"
SIDE, CELL = 5, 100.0


@st.composite
def maps(draw):
    """Draw squares shared out among units, and the streets and bridges between their middles that exist."""
    unit = draw(st.lists(st.integers(0, 6), min_size=SIDE**2, max_size=SIDE**2))
    steps = [((i, j), (i + di, j + dj)) for i in range(SIDE) for j in range(SIDE) for di, dj in ((0, 1), (1, 0)) if i + di < SIDE and j + dj < SIDE]  # fmt: skip
    built = draw(st.lists(st.sampled_from([-1, 0, 0, 1]), min_size=len(steps), max_size=len(steps)))
    return np.reshape(unit, (SIDE, SIDE)), [(s, k) for s, k in zip(steps, built, strict=True)]


def middle(cell):
    return (cell[0] * CELL + CELL / 2, cell[1] * CELL + CELL / 2)


@settings(max_examples=40, deadline=None)
@given(maps())
def test_adjacency_is_what_counting_squares_says(draw, street, drawn):
    unit, steps = drawn
    lanes = [(s, kind) for s, kind in steps if kind >= 0]
    if not lanes:
        return
    network = draw(
        [street(*middle(a), *middle(b)) for (a, b), _ in lanes], layer=[kind for _, kind in lanes]
    )
    names = sorted(set(unit.ravel().tolist()))
    cells = [shapely.union_all([shapely.box(i * CELL, j * CELL, (i + 1) * CELL, (j + 1) * CELL) for i, j in np.argwhere(unit == k)]) for k in names]  # fmt: skip
    units = gpd.GeoDataFrame({"unit_id": [f"u{k}" for k in names]}, geometry=cells, crs=CRS)
    frame = build_adjacency(units, network).set_index(["unit_a", "unit_b"])
    border, over = {}, {}
    for (a, b), kind in steps:
        pair = tuple(sorted((f"u{unit[a]}", f"u{unit[b]}")))
        if pair[0] != pair[1]:
            border[pair] = border.get(pair, 0.0) + CELL
            if kind >= 0:
                over[pair] = min(kind, over.get(pair, kind))
    expected = {pair for pair in border if pair in over}
    # whoever adjoins is joined by a street, so the walk between two centres is found unless one stands apart
    found = {pair for pair, row in frame.iterrows() if row.adjoins}
    assert found <= expected
    graph = nx.Graph((a, b) for (a, b), _ in lanes)
    pieces = {cell: k for k, part in enumerate(nx.connected_components(graph)) for cell in part}
    if len(set(pieces.values())) == 1:
        assert found == expected
        assert {pair for pair, row in frame.iterrows() if row.border_m > 12} <= set(border)
        touched = {f"u{unit[cell]}" for cell in pieces}
        assert {p for p in border if set(p) <= touched} <= set(frame.index)
    for pair, row in frame.iterrows():
        # every corner that squares share counts a metre
        assert row.border_m == pytest.approx(border.get(pair, 0.0), abs=12)
        assert row.over == (("street", "bridge")[over[pair]] if pair in over else "")
        ends = [_centre(units, unit, pieces, name) for name in pair]
        assert any(abs(row.walk_ds - walk) <= 1 for walk in _walks(graph, *ends))
    turned = units.iloc[::-1].assign(unit_id=[f"u{9 - int(n[1])}" for n in units.unit_id[::-1]])
    mirrored = {
        tuple(sorted(f"u{9 - int(n[1])}" for n in pair))
        for pair, row in build_adjacency(turned, network).set_index(["unit_a", "unit_b"]).iterrows()
        if row.adjoins
    }
    assert mirrored == found  # symmetric: names and order of the units do not matter


def _centre(units, unit, pieces, name):
    """Return the square that stands for a unit and the deciseconds to it: of its largest piece of streets, nearest."""
    spot = units.set_index("unit_id").geometry[name].representative_point()
    own = [c for c in pieces if unit[c] == int(name[1])]
    gap = lambda cell: shapely.Point(middle(cell)).distance(spot)  # noqa: E731
    if not own:
        least = min(map(gap, pieces))
        return [c for c in pieces if gap(c) < least + 1e-6], round(least * 7.5)
    size = {k: sum(1 for c in pieces if pieces[c] == k) for k in set(pieces.values())}
    largest = max(size[pieces[c]] for c in own)
    near = []
    for piece in {
        pieces[c] for c in own if size[pieces[c]] == largest
    }:  # of equal pieces any will do
        inside = [c for c in own if pieces[c] == piece]
        least = min(map(gap, inside))
        near += [c for c in inside if gap(c) < least + 1e-6]
    return near, 0


def _walks(graph, a, b):
    """Return the deciseconds between two centres; of equally near squares any will do."""
    return {
        round(nx.shortest_path_length(graph, x, y) * CELL * 7.5) + a[1] + b[1]
        for x in a[0]
        for y in b[0]
        if nx.has_path(graph, x, y)
    }
