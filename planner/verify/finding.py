"""What the verifier found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geodata.errors import Fault
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Iterable

_ = translator("planner")


@dataclass(frozen=True)
class Finding:
    """One rule that a plan does not keep.

    Parameters
    ----------
    rule
        Name of the check, stable over versions.
    fault
        What, where, how many, the first five.
    """

    rule: str
    fault: Fault


def finding(rule: str, what: str, examples: Iterable[object], where: str = "") -> list[Finding]:
    """Return one finding when there are examples of it, else none."""
    listed = [str(example) for example in examples]
    if not listed:
        return []
    fix = _("do not use this plan; run the scenario again and compare")
    return [Finding(rule, Fault(what, where or rule, len(listed), listed, fix))]
