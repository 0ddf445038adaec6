"""What came of placing a point on the network."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["SnapStatus"]


class SnapStatus(IntEnum):
    """What came of placing a point; 0 is usable, the others are reported and never travelled from."""

    OK = 0
    TOO_FAR = 1
    OTHER_COMPONENT = 2
    NO_EDGE = 3
    BLOCKED = 4
