"""Codes and names, present and former, of one level of areas -> the area they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.layers.division_codes import bare_code
from geodata.layers.parents import bare_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geodata.layers.divisions import Divisions

    Found = tuple[NDArray[np.int64], NDArray[np.bool_]]

NONE = -1


class Gazetteer:
    """The spellings of one level's areas.

    Parameters
    ----------
    ids, names
        Of the areas; an id that is an administrative code is known by it.
    parents
        Position of the area each lies in; None where the level has none.
    divisions
        A dated code table with former codes and names.
    """

    def __init__(
        self,
        ids: Sequence[str],
        names: Sequence[str],
        parents: Sequence[int] | None = None,
        divisions: Divisions | None = None,
    ) -> None:
        self.parents = None if parents is None else list(parents)
        self._codes: dict[str, tuple[int, bool]] = {}
        self._names: dict[str, list[tuple[int, bool]]] = {}
        for place, (one, name) in enumerate(zip(ids, names, strict=True)):
            self._codes.setdefault(str(one), (place, False))
            code = bare_code(one)
            if code:
                self._codes.setdefault(code, (place, False))
            self._names.setdefault(bare_place(name), []).append((place, False))
        for last, code, name, former in divisions.spellings() if divisions is not None else ():
            place = self._codes.get(last, (NONE, False))[0]
            if place == NONE:
                continue
            self._codes.setdefault(code, (place, former))
            known = self._names.setdefault(name, [])
            if all(place != other for other, _former in known):
                known.append((place, former))

    @property
    def has_codes(self) -> bool:
        """Whether any area is known by an administrative code."""
        return any(bare_code(code) for code in self._codes)

    def by_code(self, codes: pd.Series) -> Found:
        """Return the area of each code and whether the code is a former one; -1 where it is unknown."""
        places, uniques = pd.factorize(codes)
        answers = [self._code(code) for code in uniques] + [(NONE, False)]
        return _taken(answers, places)

    def by_name(self, names: pd.Series, parents: NDArray[np.int64] | None = None) -> Found:
        """Return the area of each name and whether the name is a former one.

        A name that several areas share means the one inside the given parent; without one, none. A present
        name comes before a former one. A code in place of a name is read as a code.
        """
        above = np.full(len(names), NONE, dtype=np.int64) if parents is None else parents
        texts, known = pd.factorize(names.fillna(""))
        # Name and parent in one number: telling pairs of half a million rows apart as tuples takes seconds.
        width = int(above.max(initial=NONE)) - NONE + 1
        pairs, places = np.unique(texts * width + (above - NONE), return_inverse=True)
        answers = [
            self._name(str(known[pair // width]), pair % width + NONE) for pair in pairs.tolist()
        ]
        return _taken([*answers, (NONE, False)], places)

    def _code(self, code: object) -> tuple[int, bool]:
        return self._codes.get(str(code)) or self._codes.get(bare_code(code)) or (NONE, False)

    def _name(self, name: str, parent: int) -> tuple[int, bool]:
        if not name:
            return NONE, False
        found = self._names.get(bare_place(name), [])
        if parent != NONE and self.parents is not None:
            found = [one for one in found if self.parents[one[0]] == parent]
        present = [one for one in found if not one[1]]
        for among in (present, found):
            if len(among) == 1:
                return among[0]
        return self._code(name) if not found else (NONE, False)


def _taken(answers: list[tuple[int, bool]], places: NDArray[np.intp]) -> Found:
    area = np.array([place for place, _former in answers], dtype=np.int64)
    former = np.array([former for _place, former in answers], dtype=bool)
    return area[places], former[places]
