"""Errors of geodata: each says what is wrong, where, how many, the first five, and what to do.

::

    GeodataError
    ├── InputMissingError      (FileNotFoundError)   a file or layer is not there
    ├── InputFormatError       (ValueError)          a file is there and cannot be read as what it should be
    ├── EmptyLayerError        (ValueError)          read, and nothing in it
    ├── MissingColumnError     (ValueError)          a column that is needed is absent
    ├── InvalidRowsError       (ValueError)          rows whose values cannot be used
    ├── CrsError               (ValueError)          no CRS, a wrong one, or coordinates that contradict it
    ├── NetworkError           (ValueError)          a road network that cannot carry the plan
    ├── RemoteError            (ConnectionError)     a service outside did not answer
    ├── StoreError             (ValueError)          a stored snapshot or table is missing, edited or torn
    └── LockedError            (RuntimeError)        exit 6: somebody else is writing

A stage collects every fault it finds and raises once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ = translator("geodata")

SHOWN = 5


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    what
        The fault as one sentence, already in the reader's language.
    where
        File, layer, column or row range.
    count
        How many rows or objects have it.
    examples
        Some of them; the first five are shown.
    fix
        What the reader can do about it.
    """

    what: str
    where: str = ""
    count: int = 1
    examples: Sequence[object] = field(default_factory=tuple)
    fix: str = ""

    def __str__(self) -> str:
        """Write the fault as a short block of lines."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        lines = [head]
        if self.count > 1 or self.examples:
            shown = ", ".join(str(example) for example in islice(self.examples, SHOWN))
            rest = _("{count} in all").format(count=f"{self.count:,}")
            lines.append(f"  {rest}: {shown}" if shown else f"  {rest}")
        if self.fix:
            lines.append("  " + _("To do: {fix}").format(fix=self.fix))
        return "\n".join(lines)


class FaultsError(Exception):
    """An error made of one or more faults; geodata's and planner's trees grow from it."""

    exit_code = 3

    def __init__(self, faults: Fault | str | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = Fault(faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __str__(self) -> str:
        """Write every fault, one block each (OSError's own text would show an errno)."""
        return "\n".join(str(fault) for fault in self.faults)


class GeodataError(FaultsError):
    """Anything wrong with what the world is said to look like."""


class InputMissingError(GeodataError, FileNotFoundError):
    """A file or layer is not there."""


class InputFormatError(GeodataError, ValueError):
    """A file is there and cannot be read as what it should be."""


class EmptyLayerError(GeodataError, ValueError):
    """A layer was read and has no usable row."""


class MissingColumnError(GeodataError, ValueError):
    """A column that is needed is absent."""


class InvalidRowsError(GeodataError, ValueError):
    """Rows whose values cannot be used."""


class CrsError(GeodataError, ValueError):
    """No CRS, a wrong one, or coordinates that contradict it."""


class NetworkError(GeodataError, ValueError):
    """A road network that cannot carry the plan."""


class RemoteError(GeodataError, ConnectionError):
    """A service outside this machine did not answer."""


class StoreError(GeodataError, ValueError):
    """A stored snapshot or table is missing, was edited, or was written by a newer version."""


class LockedError(GeodataError, RuntimeError):
    """Another process is writing to the same store."""

    exit_code = 6
