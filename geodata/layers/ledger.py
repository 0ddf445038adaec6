"""Which rows of one source were refused or mended, and why; nothing is dropped without an entry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.provenance import REJECTED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Reason:
    """Why a row was refused or mended, and what its owner can do.

    Both texts are English keys of the message catalogue, marked where they are defined and
    translated where they are shown.
    """

    text: str
    fix: str = ""


class Ledger:
    """The account of one source's rows.

    Parameters
    ----------
    source_rows
        Row of each record in the user's file.
    sheets
        Sheet of each record, where the file has several that were read.
    """

    def __init__(self, source_rows: ArrayLike, sheets: Sequence[str] | None = None) -> None:
        self._rows = np.asarray(source_rows, dtype=np.int64)
        self._sheets = None if sheets is None else np.asarray(sheets, dtype=object)
        self.alive: NDArray[np.bool_] = np.ones(len(self._rows), dtype=bool)
        self._touched = np.zeros(len(self._rows), dtype=bool)
        self._rejected: list[pd.DataFrame] = []
        self._repaired: list[pd.DataFrame] = []

    def reject(
        self, where: NDArray[np.bool_], column: str, values: ArrayLike, reason: Reason
    ) -> None:
        """Refuse rows; one that was refused before keeps its first reason."""
        fresh = where & self.alive
        if fresh.any():
            self._rejected.append(self._entries(fresh, column, values, reason))
            self.alive &= ~fresh

    def repair(
        self, where: NDArray[np.bool_], column: str, values: ArrayLike, reason: Reason
    ) -> None:
        """Note that rows were mended or are in doubt; they stay."""
        fresh = where & self.alive
        if fresh.any():
            self._repaired.append(self._entries(fresh, column, values, reason))
            self._touched |= fresh

    def _entries(
        self, where: NDArray[np.bool_], column: str, values: ArrayLike, reason: Reason
    ) -> pd.DataFrame:
        places = np.flatnonzero(where)
        cells = np.asarray(values, dtype=object)
        picked = cells[places] if cells.ndim else np.repeat(cells, len(places))
        entries = pd.DataFrame(
            {
                "source_row": self._rows[places],
                "column": column,
                "value": pd.Series([_as_text(value) for value in picked], dtype="str"),
                "reason": reason.text,
                "suggested_fix": reason.fix,
            }
        )
        if self._sheets is not None:
            entries["sheet"] = self._sheets[places]
        return entries

    @property
    def rejected(self) -> pd.DataFrame:
        """One line per refused row, by row."""
        return _stacked(self._rejected)

    @property
    def repaired(self) -> pd.DataFrame:
        """One line per repair of a row that was kept, by row."""
        entries = _stacked(self._repaired)
        if self.alive.all() or entries.empty:
            return entries
        keys = self._keys()
        kept = {key for key, alive in zip(keys, self.alive, strict=True) if alive}
        return entries[[key in kept for key in _entry_keys(entries)]].reset_index(drop=True)

    def _keys(self) -> list[tuple[object, int]]:
        sheets = [""] * len(self._rows) if self._sheets is None else self._sheets.tolist()
        return list(zip(sheets, self._rows.tolist(), strict=True))

    @property
    def repaired_rows(self) -> int:
        """Kept rows with at least one repair."""
        return int((self._touched & self.alive).sum())

    def rejected_by_reason(self) -> dict[str, int]:
        """Return reason -> refused rows, in a fixed order."""
        return _counts(self.rejected)

    def repaired_by_reason(self) -> dict[str, int]:
        """Return reason -> mended rows, in a fixed order."""
        return _counts(self.repaired)


def empty_entries() -> pd.DataFrame:
    """Return a table of refused rows without a row."""
    frame = pd.DataFrame({name: pd.Series(dtype="str") for name in REJECTED_COLUMNS})
    frame["source_row"] = frame["source_row"].astype("int64")
    return frame


def _entry_keys(entries: pd.DataFrame) -> list[tuple[object, int]]:
    sheets = entries["sheet"].tolist() if "sheet" in entries else [""] * len(entries)
    return list(zip(sheets, entries["source_row"].tolist(), strict=True))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.12g}"
    return str(value)


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return empty_entries()
    whole = pd.concat(parts, ignore_index=True)
    order = ["sheet", "source_row"] if "sheet" in whole else ["source_row"]
    return whole.sort_values(order, kind="stable", ignore_index=True)


def _counts(entries: pd.DataFrame) -> dict[str, int]:
    return dict(sorted(Counter(entries["reason"].tolist()).items()))
