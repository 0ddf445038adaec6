"""Rows that say the same enterprise twice, and branches that only share their head office's code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BRANCH: Final = re.compile(
    r"分公司|分店|分厂|分行|支行|分院|分校|分部|分所|分支|营业部|营业厅|营业所|门店|门市|办事处|经营部|[\)\u4e00-\u9fff]店\)?$|加油站$|第[一二三四五六七八九十\d]+[店厂部]",
)


def earlier_with_same(keys: NDArray[np.object_], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows whose key stands in an earlier row, looking only at rows of ``among``.

    Examples
    --------
    >>> earlier_with_same(np.array(["a", "b", "a", "a"], dtype=object), np.array([True, True, False, True])).tolist()
    [False, False, False, True]
    """
    again = np.zeros(len(keys), dtype=bool)
    places = np.flatnonzero(among)
    again[places] = pd.Series(keys[places], dtype=object).duplicated(keep="first").to_numpy()
    return again


def is_branch(names: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return whether each name is that of a branch, shop or office of a larger enterprise.

    Examples
    --------
    >>> is_branch(np.array(["上海甲有限公司", "上海甲有限公司徐汇分公司"], dtype=object)).tolist()
    [False, True]
    """
    return np.array([bool(_BRANCH.search(str(name))) for name in names], dtype=bool)
