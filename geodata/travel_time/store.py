"""Travel times on disk: plain arrays in a folder, read back without filling memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import Fault, InputFormatError, InputMissingError
from geodata.messages import translator
from geodata.travel_time.times import TravelTimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ = translator("geodata")

_ARRAYS = ("from_ids", "to_ids", "indptr", "indices", "deciseconds")


def save_times(times: TravelTimes, folder: str | Path) -> Path:
    """Write travel times to a folder; returns it.

    The facts are written last, so a folder without ``times.json`` is not whole and is refused.
    """
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    (home / "times.json").unlink(missing_ok=True)
    for name in _ARRAYS:
        values = getattr(times, name)
        if not _is_file(values, home / f"{name}.npy"):
            np.save(home / f"{name}.npy", values, allow_pickle=False)
    facts = {"mode": times.mode, "cutoff_ds": times.cutoff_ds, "period": times.period}
    (home / "times.json").write_text(json.dumps(facts), encoding="utf-8")
    return home


def load_times(folder: str | Path) -> TravelTimes:
    """Read travel times from a folder; the arrays stay on disk until they are used.

    Raises
    ------
    InputMissingError
        When there is no such folder.
    InputFormatError
        When it does not hold travel times.
    """
    home = Path(folder)
    if not home.is_dir():
        raise InputMissingError(Fault(_("there is no such folder"), where=str(home)))
    try:
        facts = json.loads((home / "times.json").read_text(encoding="utf-8"))
        arrays: dict[str, Any] = {
            name: np.load(home / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in _ARRAYS
        }
        times = TravelTimes(**arrays, **facts)
    except (OSError, ValueError, TypeError) as error:
        raise InputFormatError(
            Fault(
                _("the folder does not hold travel times"),
                where=str(home),
                fix=_("compute the travel times again"),
            )
        ) from error
    if len(times.indptr) != len(times.from_ids) + 1 or times.indptr[-1] != len(times.indices):
        raise InputFormatError(Fault(_("the travel times do not fit together"), where=str(home)))
    return times


def _is_file(values: NDArray[Any], path: Path) -> bool:
    """Whether an array is already the content of a file, because it grew there."""
    name = getattr(values, "filename", None)
    return name is not None and Path(name).resolve() == path.resolve()


class Growing:
    """An array that grows at its end, in memory up to a budget and in a file beyond it.

    Parameters
    ----------
    dtype
        Type of the values.
    path
        File (.npy) to move to; None always stays in memory.
    most_bytes
        Budget in memory.
    """

    def __init__(
        self, dtype: np.dtype[Any], path: Path | None = None, most_bytes: float = np.inf
    ) -> None:
        self.values: NDArray[Any] = np.empty(0, dtype)
        self._used = 0
        self._path, self._most = path, most_bytes

    def reserve(self, length: int) -> None:
        """Set memory aside for this many values; pages that are never written cost nothing."""
        if self._used == 0 and (self._path is None or self._bytes(length) <= self._most):
            self.values = np.empty(length, self.values.dtype)

    def trimmed(self) -> NDArray[Any]:
        """Give back what was reserved and not used, and return the array."""
        if not isinstance(self.values, np.memmap):
            self.values.resize(self._used, refcheck=False)
        return self.values

    def _bytes(self, length: int) -> int:
        return length * self.values.itemsize

    def grow(self, length: int) -> NDArray[Any]:
        """Make room for ``length`` values and return the array; old values stay where they are."""
        on_disk = isinstance(self.values, np.memmap)
        if self._path is None or (not on_disk and self._bytes(length) <= self._most):
            if length > len(self.values):
                self.values.resize(length, refcheck=False)
            self._used = length
            return self.values
        if not on_disk:
            self._write_header(self._used)
            with self._path.open("ab") as file:
                self.values[: self._used].tofile(file)
        self._extend(length)
        self._used = length
        return self.values

    def _write_header(self, length: int) -> None:
        """Begin the file; its header has room for any length."""
        assert self._path is not None  # noqa: S101 - only called with a file
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("wb") as file:
            header = {
                "descr": np.lib.format.dtype_to_descr(self.values.dtype),
                "fortran_order": False,
                "shape": (length,),
            }
            np.lib.format.write_array_header_1_0(file, header)

    def _extend(self, length: int) -> None:
        """Lengthen the file and map it again."""
        assert self._path is not None  # noqa: S101 - only called with a file
        dtype = self.values.dtype
        if isinstance(self.values, np.memmap):
            self.values.flush()
        self.values = np.empty(0, dtype)
        with self._path.open("r+b") as file:
            np.lib.format.read_magic(file)
            np.lib.format.read_array_header_1_0(file)
            start = file.tell()
            file.seek(0)
            np.lib.format.write_array_header_1_0(
                file,
                {
                    "descr": np.lib.format.dtype_to_descr(dtype),
                    "fortran_order": False,
                    "shape": (length,),
                },
            )
            if file.tell() != start:
                raise OSError(_("the header of {path} has no room").format(path=self._path))
            file.truncate(start + length * dtype.itemsize)
        self.values = np.load(self._path, mmap_mode="r+")


@dataclass(frozen=True)
class Spill:
    """Where pairs go when they are too many for memory.

    Parameters
    ----------
    folder
        Folder for the files; None always stays in memory.
    memory_mb
        Megabytes of pairs to keep in memory.
    """

    folder: Path | None = None
    memory_mb: float = np.inf

    def arrays(self, dtype: np.dtype[Any]) -> tuple[Growing, Growing]:
        """Make the growing columns (int32) and times of pairs."""
        columns = np.dtype(np.int32)
        pair = columns.itemsize + dtype.itemsize
        made = []
        for name, kind in (("indices", columns), ("deciseconds", dtype)):
            path = self.folder / f"{name}.npy" if self.folder else None
            made.append(Growing(kind, path, self.memory_mb * 2**20 * kind.itemsize / pair))
        return made[0], made[1]


IN_MEMORY = Spill()
