"""First maps: METIS, random spanning trees, or last year's districts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.districting.repair import (
    attach,
    fill_empty,
    keep_heaviest_pieces,
    sow,
    split,
    tree_map,
)
from planner.districting.shedding import shed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.ceiling import Limits
    from planner.districting.parts import Part


# METIS complains on standard output when it is asked for districts of next to no units.
METIS_LEAST = 4


def loads(part: Part, limit: Limits) -> NDArray[np.float64]:
    """Return one weight per unit: the mean of its measures, each relative to its ideal."""
    load: NDArray[np.float64] = (part.measures / limit.ideal).mean(axis=1)
    return load


def metis_map(part: Part, limit: Limits, count: int, seed: int) -> NDArray[np.int32]:
    """Draw a map with METIS (one blended weight per unit) and repair what it leaves disconnected or empty."""
    if part.size < METIS_LEAST * count:
        return spanning_tree_map(part, limit, count, seed)
    import pymetis

    load = loads(part, limit)
    # METIS wants integers; near units are dearer to part.
    weight = np.rint(load * (1000 * part.size / max(load.sum(), 1e-12))).astype(np.int64) + 1
    near = np.maximum(1, 10_000 // (50 + part.ds.astype(np.int64)))
    drawn = pymetis.part_graph(
        count,
        pymetis.CSRAdjacency(part.indptr.astype(np.int64), part.indices.astype(np.int64)),
        vweights=weight,
        eweights=near,
        recursive=count < 9,
        contiguous=False,
        options=pymetis.Options(seed=seed & 0x7FFFFFFF),
    )
    labels = np.asarray(drawn.vertex_part, dtype=np.int32)
    return mended(part, limit, labels, count, seed)


def mended(
    part: Part, limit: Limits, labels: NDArray[np.int32], count: int, seed: int
) -> NDArray[np.int32]:
    """Return the labels with every district connected and none empty; unlabelled units (-1) are attached."""
    labels = np.array(labels, dtype=np.int32)
    load = loads(part, limit)
    keep_heaviest_pieces(labels, count, part.indptr, part.indices, load, part.locked)
    if (labels < 0).all():
        labels[:] = 0
    attach(labels, count, part.indptr, part.indices, load)
    fill_empty(labels, count, part.indptr, part.indices, load, part.locked, seed)
    return labels


def spanning_tree_map(part: Part, limit: Limits, count: int, seed: int) -> NDArray[np.int32]:
    """Draw a map by cutting random spanning trees."""
    load = loads(part, limit)
    labels = tree_map(count, part.indptr, part.indices, load, seed)
    fill_empty(labels, count, part.indptr, part.indices, load, part.locked, seed)
    return labels


def inherited_map(
    part: Part, limit: Limits, count: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Carry last year's districts over to ``count`` districts.

    New units join the lightest district they border. Too many districts: the lightest without locked units joins its
    lightest neighbour. Too few: the heaviest is split.

    Returns
    -------
    tuple of NDArray[np.int32]
        The map, and for each of its districts the one of last year it carries on (-1: a new one).
    """
    load = loads(part, limit)
    labels, home = _carried(part, load)
    while len(home) > count:
        gone = _join_lightest(part, load, labels, len(home))
        if gone < 0:
            break
        labels[labels > gone] -= 1
        home = np.delete(home, gone)
    if len(home) < count:
        fill_empty(labels, count, part.indptr, part.indices, load, part.locked, seed)
        drawn = int(labels.max()) + 1
        home = np.concatenate([home, np.full(drawn - len(home), -1, dtype=np.int32)])
    return labels, home


def carried_map(part: Part, limit: Limits, seed: int) -> tuple[NDArray[np.int32], int]:
    """Carry last year's districts over as they are; return the map and the number of districts.

    Units that are new, or cut off from their district, join the lightest district they border. A district above the hard
    maximum gives units at its border to its neighbours, the cheapest to switch first; where that cannot do, it is split.
    One that is a single unit, or is held together by locked units, stays above the maximum.
    """
    load = loads(part, limit)
    labels, home = _carried(part, load)
    count = len(home)
    stuck: set[int] = set()
    sow(seed)
    while True:
        held = np.zeros((count, part.measures.shape[1]))
        np.add.at(held, labels, part.measures)
        size = np.bincount(labels, minlength=count)
        heavy = (held > limit.hard * (1 + 1e-9)).any(axis=1) & (size > 1)
        over = [int(d) for d in np.flatnonzero(heavy) if int(d) not in stuck]
        if not over:
            return labels, count
        shed_map = shed(part, limit, labels, over[0], int(home[over[0]]))
        if shed_map is not None:
            labels = shed_map
        elif split(labels, over[0], count, 0.5, part.indptr, part.indices, load, part.locked):
            home = np.append(home, home[over[0]])
            count += 1
        else:
            stuck.add(over[0])


def _carried(part: Part, load: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return last year's districts with new and cut-off units attached, and which one each is (-1: a new one)."""
    known = np.unique(part.incumbent[part.incumbent >= 0])
    labels = np.where(part.incumbent >= 0, np.searchsorted(known, part.incumbent), -1)
    labels = labels.astype(np.int32)
    drawn = max(1, len(known))
    keep_heaviest_pieces(labels, drawn, part.indptr, part.indices, load, part.locked)
    if (labels < 0).all():
        labels[:] = 0
    attach(labels, drawn, part.indptr, part.indices, load)
    home = known.astype(np.int32) if len(known) else np.array([-1], dtype=np.int32)
    return labels, home


def _join_lightest(
    part: Part, load: NDArray[np.float64], labels: NDArray[np.int32], count: int
) -> int:
    """Join the lightest free district to its lightest neighbour; return its number, or -1 when all are locked."""
    held = np.bincount(labels, weights=load, minlength=count)
    locked = np.bincount(labels[part.locked], minlength=count) > 0
    for district in np.argsort(np.where(locked, np.inf, held), kind="stable"):
        if locked[district]:
            break
        members = np.flatnonzero(labels == district)
        around = {
            int(labels[other])
            for unit in members
            for other in part.indices[part.indptr[unit] : part.indptr[unit + 1]]
        } - {int(district)}
        if around:
            labels[members] = min(around, key=lambda d: (held[d], d))
            return int(district)
    return -1
