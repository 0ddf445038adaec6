"""A stored table beside the one worked out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.verify.finding import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Sequence

SLACK = 2e-6
"""Relative difference under which two numbers are the same."""


def differing(
    rule: str, what: str, said: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], where: str
) -> list[Finding]:
    """Return a finding that names the rows in which two tables differ, rows of only one of them included.

    Parameters
    ----------
    rule, what, where
        As in `planner.verify.finding.finding`.
    said, again
        The stored table and the one worked out again; columns of ``again`` are compared.
    key
        Columns that name a row.
    """
    names = list(key)
    left = said.drop_duplicates(names).set_index(names)
    right = again.set_index(names)
    alone = [*left.index.difference(right.index), *right.index.difference(left.index)]
    extra = said.loc[said.duplicated(names), names].apply(tuple, axis=1).tolist()
    both = right.index.intersection(left.index)
    wrong = np.zeros(len(both), dtype=bool)
    for column in right.columns:
        if column not in left.columns:
            return finding(rule, what, [column], where)
        a, b = left.loc[both, column], right.loc[both, column]
        wrong |= ~same(a.to_numpy(dtype=object), b.to_numpy(dtype=object))
    listed = [_named(one) for one in [*alone, *extra, *both[wrong]]]
    return finding(rule, what, listed, where)


def same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return where two arrays hold the same value; absent equals absent, numbers within `SLACK`."""
    out = np.empty(len(a), dtype=bool)
    for k, (x, y) in enumerate(zip(a, b, strict=True)):
        if pd.isna(x) or pd.isna(y):
            out[k] = bool(pd.isna(x)) and bool(pd.isna(y))
        elif isinstance(x, str) or isinstance(y, str):
            out[k] = str(x) == str(y)
        else:
            out[k] = close(float(x), float(y))
    return out


def close(x: float, y: float) -> bool:
    """Return whether two numbers are the same: whole ones exactly (people, posts, yuan), others within `SLACK`."""
    if x.is_integer() and y.is_integer():
        return x == y
    return abs(x - y) <= SLACK * max(1.0, abs(y))


def _named(one: object) -> str:
    return "/".join(str(part) for part in one) if isinstance(one, tuple) else str(one)
