# ruff: noqa: PLR0917, PLR0912, PLR0915, C901, D401 - a numba kernel is one loop over plain arrays
"""Simulated annealing over contiguous maps: shifts and swaps of units along borders, in compiled code.

Every accepted state is contiguous. The penalty of a district out of band is concave in how far it is out, so that what
cannot fit is gathered in few districts instead of spread over many. A search that aims at a number of districts out of
band frees the worst ones instead and draws the others in, which finds maps the concave penalty passes by.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.districting.travel import place_hubs

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Penalty of a district out of band by e (sum over measures, relative to ideal): STEP + CURVE e / (e + BEND) + SLOPE e.
STEP = 0.2
CURVE = 0.8
BEND = 0.25
SLOPE = 0.1
# When a number of districts in band is aimed at: AIM e for all but the few districts that may stay out, which are free.
AIM = 2.0
ANY, AIMED, FREE = 0, 1, 2
# Above the hard maximum: never worth any number of districts in band.
HARD = 5.0
# The same relative slack as the ceiling's.
SLACK = 1e-9
# Share of the moves that exchange two units instead of shifting one.
SWAPS = 0.2


@njit(cache=True, nogil=True)
def _penalty(held, out, into, measures, band, size, role):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Penalty of a district without unit ``out`` and with unit ``into`` (-1: none); all in parts of the ideals.

    Rows of ``band``: least, most, hard maximum (slack included), target.
    """
    away, over, inner = 0.0, 0.0, 0.0
    for m in range(band.shape[1]):
        x = held[m]
        if out >= 0:
            x -= measures[out, m]
        if into >= 0:
            x += measures[into, m]
        if x < band[0, m]:
            away += band[0, m] - x
        elif x > band[1, m]:
            away += x - band[1, m]
            if x > band[2, m] and size > 1:
                over += x - band[2, m] + 0.05
        inner += (x - band[3, m]) ** 2
    if away > 0:
        if role == ANY:
            penalty = STEP + CURVE * away / (away + BEND) + SLOPE * away
        elif role == AIMED:
            penalty = AIM * away
        else:
            penalty = 0.0
        if over > 0:
            penalty += HARD * (0.1 + over)
        return penalty, 1, 1 if over > 0 else 0, 0.0
    return 0.0, 0, 0, inner


@njit(cache=True, nogil=True)
def _free_worst(held, band, spare, role):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Free the ``spare`` districts furthest out of band and aim at the band with all others."""
    count = len(role)
    away = np.zeros(count)
    for d in range(count):
        role[d] = AIMED
        for m in range(band.shape[1]):
            away[d] += max(0.0, band[0, m] - held[d, m]) + max(0.0, held[d, m] - band[1, m])
    for _ in range(min(spare, count)):
        worst = -1
        for d in range(count):
            if role[d] == AIMED and (worst < 0 or away[d] > away[worst]):
                worst = d
        role[worst] = FREE


@njit(cache=True, nogil=True)
def _impurity(held, out, into, industry):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Workers outside the largest industry of a district after a change."""
    total, largest = 0.0, 0.0
    for s in range(len(held)):
        x = held[s]
        if out >= 0:
            x -= industry[out, s]
        if into >= 0:
            x += industry[into, s]
        total += x
        largest = max(largest, x)
    return total - largest


@njit(cache=True, nogil=True)
def _still_connected(unit, labels, indptr, indices, stamp, mark, stack):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether the neighbours of a unit in its own district stay connected without it."""
    district = labels[unit]
    wanted, first = 0, -1
    for at in range(indptr[unit], indptr[unit + 1]):
        if labels[indices[at]] == district:
            wanted += 1
            first = indices[at]
            stamp[first] = -mark
    if wanted <= 1:
        return wanted == 1
    stamp[unit] = mark
    stamp[first] = mark
    stack[0], top, found = first, 1, 1
    while top > 0:
        top -= 1
        here = stack[top]
        for at in range(indptr[here], indptr[here + 1]):
            other = indices[at]
            if labels[other] == district and stamp[other] != mark:
                if stamp[other] == -mark:
                    found += 1
                    if found == wanted:
                        return True
                stamp[other] = mark
                stack[top] = other
                top += 1
    return False


@njit(cache=True, nogil=True)
def _whole(start, size, labels, indptr, indices, stamp, mark, stack):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether the district of a unit has exactly ``size`` units connected to it."""
    district = labels[start]
    stamp[start] = mark
    stack[0], top, found = start, 1, 1
    while top > 0:
        top -= 1
        here = stack[top]
        for at in range(indptr[here], indptr[here + 1]):
            other = indices[at]
            if labels[other] == district and stamp[other] != mark:
                stamp[other] = mark
                found += 1
                stack[top] = other
                top += 1
    return found == size


@njit(cache=True, nogil=True)
def anneal(
    labels: NDArray[np.int32],
    count: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    measures: NDArray[np.float64],
    band: NDArray[np.float64],
    table: NDArray[np.float32],
    mass: NDArray[np.float64],
    industry: NDArray[np.float64],
    area: NDArray[np.int32],
    leaving: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    weights: NDArray[np.float64],
    hot: float,
    cold: float,
    moves: int,
    enough: int,
    spare: int,
    seed: int,
) -> tuple[int, float, int, int]:
    """Improve a contiguous map in place and leave the best one found in ``labels``.

    Parameters
    ----------
    labels, count
        District of each unit in 0 ... count - 1, each connected and not empty; overwritten.
    indptr, indices
        Neighbours.
    measures
        Shape (units, bands).
    band
        Shape (5, bands): least, ideal, most, hard maximum, target of the average district.
    table, mass
        Times between units, and what each unit counts.
    industry
        Shape (units, industries); no column: purity does not count.
    area
        Preferred sub-area; -1 none.
    leaving
        Shape (units, count): weighted switching cost of a unit in each district.
    fixed
        Units that never move.
    weights
        Of time (per mass decisecond), balance, impurity (per worker) and cut sub-areas.
    hot, cold
        First and last temperature.
    moves
        Moves to try.
    enough
        Stop early once this few districts are out of band (-1: never).
    spare
        Aim at this many districts out of band and no more: those furthest out are free, all others are drawn to their
        bands in proportion to how far out they are. -1: as many in band as may be, by the concave penalty.
    seed
        Seed of the search.

    Returns
    -------
    tuple of int, float, int, int
        Districts out of band, objective, districts over the hard maximum, moves tried.
    """
    np.random.seed(seed)  # noqa: NPY002  (numba's generator, seeded per call)
    n, bands = measures.shape
    # In parts of the ideals from here on, so that the loop does not divide.
    measures, band = _scaled(measures, band)
    industries = industry.shape[1]
    w_time, w_balance, w_purity, w_area = weights[0], weights[1], weights[2], weights[3]
    held = np.zeros((count, bands))
    mix = np.zeros((count, industries))
    size = np.zeros(count, dtype=np.int64)
    areas = 0
    for unit in range(n):
        areas = max(areas, area[unit] + 1)
    inside = np.zeros((areas, count), dtype=np.int32)
    # Units of each district, in any order, and the place of each unit there.
    member = np.empty((count, n), dtype=np.int32)
    at_place = np.empty(n, dtype=np.int32)
    for unit in range(n):
        d = labels[unit]
        member[d, size[d]] = unit
        at_place[unit] = size[d]
        size[d] += 1
        for m in range(bands):
            held[d, m] += measures[unit, m]
        for s in range(industries):
            mix[d, s] += industry[unit, s]
        if area[unit] >= 0:
            inside[area[unit], d] += 1
    # Penalty, out of band, over the hard maximum and inner imbalance of each district as it stands.
    charge = np.empty(count)
    role = np.zeros(count, dtype=np.int64)
    is_out = np.empty(count, dtype=np.int64)
    is_over = np.empty(count, dtype=np.int64)
    inner = np.empty(count)
    hub = np.empty(count, dtype=np.int32)
    time = np.empty(count)
    stamp = np.zeros(n, dtype=np.int64)
    stack = np.empty(n, dtype=np.int32)
    mark = np.int64(0)
    best = labels.copy()
    best_key, best_out, best_over, best_value = math.inf, count + 1, count, math.inf
    value, out, over = 0.0, 0, 0
    refresh = max(20 * n, 500)
    cooling = (cold / hot) ** (1.0 / max(1, moves))
    temperature = hot
    tried = 0
    while tried < moves:
        if tried % refresh == 0:
            # Hubs move to the new centres; the objective is summed afresh, so that rounding never builds up.
            place_hubs(labels, count, table, mass, hub, time)
            value, out, over = 0.0, 0, 0
            held[:] = 0.0
            for unit in range(n):
                for m in range(bands):
                    held[labels[unit], m] += measures[unit, m]
            if spare >= 0:
                _free_worst(held, band, spare, role)
            for d in range(count):
                charge[d], is_out[d], is_over[d], inner[d] = _penalty(
                    held[d], -1, -1, measures, band, size[d], role[d]
                )
                value += charge[d] + w_balance * inner[d] + w_time * time[d]
                out += is_out[d]
                over += is_over[d]
                if industries > 0:
                    value += w_purity * _impurity(mix[d], -1, -1, industry)
            for unit in range(n):
                value += leaving[unit, labels[unit]]
            for z in range(areas):
                for d in range(count):
                    if inside[z, d] > 0:
                        value += w_area
            key = value + 1e3 * out + 1e6 * over
            if key < best_key - 1e-9:
                best_key, best_out, best_over, best_value = key, out, over, value
                best[:] = labels
            if best_over == 0 and best_out <= enough:
                break
        tried += 1
        temperature *= cooling
        unit = int(np.random.random() * n)  # noqa: NPY002
        if fixed[unit]:
            continue
        a = labels[unit]
        degree = indptr[unit + 1] - indptr[unit]
        if degree == 0:
            continue
        b = labels[indices[indptr[unit] + int(np.random.random() * degree)]]  # noqa: NPY002
        if a == b:
            continue
        back = -1
        if size[a] == 1 or np.random.random() < SWAPS:  # noqa: NPY002
            back = _partner(unit, a, b, member, size, labels, indptr, indices, fixed)
            if back < 0:
                continue
        shift = 0 if back >= 0 else 1
        qa, xa, ga, ja = _penalty(held[a], unit, back, measures, band, size[a] - shift, role[a])
        qb, xb, gb, jb = _penalty(held[b], back, unit, measures, band, size[b] + shift, role[b])
        delta = qa + qb - charge[a] - charge[b] + w_balance * (ja + jb - inner[a] - inner[b])
        delta += w_time * mass[unit] * (table[hub[b], unit] - table[hub[a], unit])
        delta += leaving[unit, b] - leaving[unit, a]
        if back >= 0:
            delta += w_time * mass[back] * (table[hub[a], back] - table[hub[b], back])
            delta += leaving[back, a] - leaving[back, b]
        if w_purity > 0 and industries > 0:
            delta += w_purity * (
                _impurity(mix[a], unit, back, industry)
                + _impurity(mix[b], back, unit, industry)
                - _impurity(mix[a], -1, -1, industry)
                - _impurity(mix[b], -1, -1, industry)
            )
        if w_area > 0 and areas > 0:
            delta += w_area * _cuts(unit, back, a, b, area, inside)
        if delta > 0 and np.random.random() >= math.exp(-delta / temperature):  # noqa: NPY002
            continue
        mark += 1
        if back < 0:
            if not _still_connected(unit, labels, indptr, indices, stamp, mark, stack):
                continue
            labels[unit] = b
        else:
            labels[unit], labels[back] = b, a
            whole = _whole(unit, size[b], labels, indptr, indices, stamp, mark, stack)
            if whole:
                mark += 1
                whole = _whole(back, size[a], labels, indptr, indices, stamp, mark, stack)
            if not whole:
                labels[unit], labels[back] = a, b
                continue
        if back >= 0:
            i, j = at_place[unit], at_place[back]
            member[a, i], member[b, j] = back, unit
            at_place[unit], at_place[back] = j, i
        else:
            size[a] -= 1
            last = member[a, size[a]]
            member[a, at_place[unit]] = last
            at_place[last] = at_place[unit]
            member[b, size[b]] = unit
            at_place[unit] = size[b]
            size[b] += 1
        for m in range(bands):
            held[a, m] -= measures[unit, m]
            held[b, m] += measures[unit, m]
        for s in range(industries):
            mix[a, s] -= industry[unit, s]
            mix[b, s] += industry[unit, s]
        if area[unit] >= 0:
            inside[area[unit], a] -= 1
            inside[area[unit], b] += 1
        if back >= 0:
            for m in range(bands):
                held[a, m] += measures[back, m]
                held[b, m] -= measures[back, m]
            for s in range(industries):
                mix[a, s] += industry[back, s]
                mix[b, s] -= industry[back, s]
            if area[back] >= 0:
                inside[area[back], a] += 1
                inside[area[back], b] -= 1
        value += delta
        out += xa + xb - is_out[a] - is_out[b]
        over += ga + gb - is_over[a] - is_over[b]
        charge[a], is_out[a], is_over[a], inner[a] = qa, xa, ga, ja
        charge[b], is_out[b], is_over[b], inner[b] = qb, xb, gb, jb
        key = value + 1e3 * out + 1e6 * over
        if key < best_key - 1e-9:
            best_key, best_out, best_over, best_value = key, out, over, value
            best[:] = labels
            if over == 0 and out <= enough:
                break
    labels[:] = best
    return best_out, best_value, best_over, tried


@njit(cache=True, nogil=True)
def _scaled(measures, band):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Measures in parts of their ideals; least, most, hard maximum (with slack) and target likewise."""
    n, bands = measures.shape
    units = np.empty((n, bands))
    limits = np.empty((4, bands))
    for m in range(bands):
        ideal = band[1, m]
        for unit in range(n):
            units[unit, m] = measures[unit, m] / ideal
        limits[0, m] = band[0, m] / ideal * (1 - SLACK)
        limits[1, m] = band[2, m] / ideal * (1 + SLACK)
        limits[2, m] = band[3, m] / ideal * (1 + SLACK)
        limits[3, m] = band[4, m] / ideal
    return units, limits


@njit(cache=True, nogil=True)
def _partner(unit, a, b, member, size, labels, indptr, indices, fixed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A random unit of district b that borders district a elsewhere than only at ``unit``; -1 none found."""
    for _ in range(5):
        other = member[b, int(np.random.random() * size[b])]  # noqa: NPY002
        if fixed[other]:
            continue
        for at in range(indptr[other], indptr[other + 1]):
            if indices[at] != unit and labels[indices[at]] == a:
                return other
    return -1


@njit(cache=True, nogil=True)
def _cuts(unit, back, a, b, area, inside):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Change in the number of (sub-area, district) pairs that touch."""
    change = 0
    z = area[unit]
    y = area[back] if back >= 0 else -1
    if z == y:
        return 0
    if z >= 0:
        change += (1 if inside[z, b] == 0 else 0) - (1 if inside[z, a] == 1 else 0)
    if y >= 0:
        change += (1 if inside[y, a] == 0 else 0) - (1 if inside[y, b] == 1 else 0)
    return change
