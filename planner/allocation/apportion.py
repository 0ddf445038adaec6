"""Whole units shared out so that they add up: by largest remainder, or to whoever lacks most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def largest_remainder(total: int, weights: NDArray[np.integer]) -> NDArray[np.int64]:
    """Share a whole number in proportion to whole weights (Hamilton's method).

    Each gets its exact share rounded down; the units left go to the largest remainders, ties to the earlier one. All in
    whole numbers, so the parts add up to the total whatever the weights.

    Parameters
    ----------
    total
        What is shared, at least 0.
    weights
        At least 0; where all are 0 they count alike.

    Examples
    --------
    >>> largest_remainder(10, np.array([3, 3, 3])).tolist()
    [4, 3, 3]
    >>> largest_remainder(3, np.array([0, 5, 1])).tolist()
    [0, 3, 0]
    """
    size = len(weights)
    if size == 0:
        return np.zeros(0, dtype=np.int64)
    weight = [int(one) for one in weights]
    whole = sum(weight)
    if whole == 0:
        weight, whole = [1] * size, size
    floors = [total * one // whole for one in weight]
    remainder = [total * one % whole for one in weight]
    order = sorted(range(size), key=lambda place: (-remainder[place], place))
    for place in order[: total - sum(floors)]:
        floors[place] += 1
    return np.array(floors, dtype=np.int64)


def largest_shortfall(
    pool: int, least: NDArray[np.integer], most: NDArray[np.integer], need: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Share posts one by one, each to the place with the smallest share of its need filled (ties to the larger need).

    The result is max-min fair in shares filled: no place can gain without one that is served no better losing.

    Parameters
    ----------
    pool
        Posts there are.
    least, most
        Fewest and most posts of a place, inclusive; the fewest are given first.
    need
        What a place's share is measured against.

    Examples
    --------
    >>> largest_shortfall(5, np.array([1, 1, 1]), np.array([2, 2, 2]), np.array([4, 2, 2])).tolist()
    [2, 2, 1]
    """
    import heapq
    from fractions import Fraction

    given = [int(one) for one in least]
    left = pool - sum(given)
    queue = [
        (Fraction(given[k], max(1, int(need[k]))), -int(need[k]), k)
        for k in range(len(given))
        if given[k] < int(most[k])
    ]
    heapq.heapify(queue)
    while left > 0 and queue:
        _share, _need, k = heapq.heappop(queue)
        given[k] += 1
        left -= 1
        if given[k] < int(most[k]):
            heapq.heappush(queue, (Fraction(given[k], max(1, int(need[k]))), -int(need[k]), k))
    return np.array(given, dtype=np.int64)


def proportional(
    pool: int, least: NDArray[np.integer], most: NDArray[np.integer], need: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Share posts beyond the fewest in proportion to what is still needed, by largest remainder; see `largest_shortfall`."""
    given = np.asarray(least, dtype=np.int64).copy()
    left = pool - int(given.sum())
    while left > 0:
        room = np.asarray(most, dtype=np.int64) - given
        if not room.any():
            break
        wanted = np.where(room > 0, np.maximum(np.asarray(need) - given, 1), 0)
        share = np.minimum(largest_remainder(left, wanted), room)
        given += share
        left -= int(share.sum())
    return given
