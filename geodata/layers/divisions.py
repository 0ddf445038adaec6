"""A dated table of administrative codes: which code and name an area has on a day, and which it had before.

Boundaries and registers are of different years: a street_town that was renamed, merged or upgraded stands in an
old register under what it was called then. The table is the user's; where it does not know a code, nothing fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from geodata.errors import SHOWN
from geodata.layers.division_codes import bare_code
from geodata.layers.parents import bare_place
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

_ = translator("geodata")

COLUMNS: Final = ("code", "name", "former_name", "valid_from", "valid_to", "successor")


@dataclass(frozen=True, eq=False)
class Divisions:
    """The table, and the day it is asked for.

    Parameters
    ----------
    frame
        ``code`` (bare), ``name``, ``former_name`` (nullable), ``valid_from`` and ``valid_to`` (ISO dates, nullable; the
        first day it holds, and the first day it holds no longer), ``successor`` (bare code, nullable). A code may have
        several rows, one per name.
    on
        ISO date the boundaries describe; ``""`` takes every row without an end as present.
    """

    frame: pd.DataFrame
    on: str = ""

    @cached_property
    def present(self) -> pd.Series:
        """Whether each row holds on the day."""
        start, end = self.frame["valid_from"].fillna(""), self.frame["valid_to"].fillna("9999")
        if not self.on:
            return end == "9999"
        return (start <= self.on) & (self.on < end)

    @cached_property
    def successors(self) -> Mapping[str, str]:
        """Code -> the code that holds on the day; chains are followed, a circle ends where it closes."""
        present = set(self.frame.loc[self.present, "code"])
        steps = {
            code: after
            for code, after in zip(self.frame["code"], self.frame["successor"], strict=True)
            if isinstance(after, str) and after and code not in present
        }
        answers = {}
        for code in self.frame["code"]:
            seen, last = {code}, code
            while last in steps and steps[last] not in seen:
                last = steps[last]
                seen.add(last)
            answers[code] = last
        return answers

    def spellings(self) -> list[tuple[str, str, str, bool]]:
        """Return (present code, code, bare name, whether it is a former code or name) of every row, in its order."""
        rows = []
        columns = (self.frame[name] for name in ("code", "name", "former_name"))
        for code, name, former, now in zip(*columns, self.present, strict=True):
            last = self.successors[code]
            rows.append((last, code, bare_place(name), not now or last != code))
            if isinstance(former, str) and former:
                rows.append((last, code, bare_place(former), True))
        return rows

    def compared(self, areas: gpd.GeoDataFrame, id_name: str) -> list[str]:
        """Return sentences on areas whose code and name are not those of the table on the day."""
        names: dict[str, set[str]] = {}
        for code, name, now in zip(
            self.frame["code"], self.frame["name"], self.present, strict=True
        ):
            if now:
                names.setdefault(code, set()).add(bare_place(name))
        unknown: list[str] = []
        unlike: list[str] = []
        ended: list[str] = []
        known = set(self.frame["code"])
        for given, name in zip(areas[id_name], areas["name"], strict=True):
            code = bare_code(given)
            if not code:
                continue
            if code in names:
                if bare_place(name) not in names[code]:
                    unlike.append(f"{given} {name}")
            else:
                (ended if code in known else unknown).append(f"{given} {name}")
        told = (
            (unlike, _("{count} areas have another name in the code table: {examples}")),
            (ended, _("{count} areas have a code that the code table has ended: {examples}")),
            (unknown, _("{count} areas have a code that the code table does not know: {examples}")),
        )
        return [
            text.format(count=f"{len(found):,}", examples=", ".join(found[:SHOWN]))
            for found, text in told
            if found
        ]
