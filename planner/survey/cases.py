"""Dated tracks of cases: of enterprises that form no union (一(四)), and of those that pay no dues (四(一))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from geodata.errors import Fault, InvalidRowsError
from geodata.messages import mark, translator
from planner.survey.journal import CASES, add_entries, read_entries

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_ = translator("planner")

STEPS: Final = {
    "rectification_opinion": mark("rectification opinion (整改意见书)"),
    "handling_proposal": mark("handling proposal (处理建议书)"),
    "litigation": mark("litigation"),
    "credit_platform": mark("entry on the credit platform (信用信息平台)"),
    "payment_order": mark("payment order (支付令)"),
    "enforcement": mark("enforcement (强制执行)"),
    "settled": mark("settled"),
}
"""Every step, as people call it."""

TRACKS: Final = {
    "union": ("rectification_opinion", "handling_proposal", "litigation", "settled"),
    "dues": ("rectification_opinion", "handling_proposal", "credit_platform", "payment_order", "enforcement", "settled"),
}  # fmt: skip
"""Steps of each track in their order; a case may be settled at any of them."""

UNION: Final = "union"
"""Track of entries that do not say theirs: those of earlier versions."""


def read_cases(store: Path, track: str = UNION) -> dict[str, list[dict[str, Any]]]:
    """Return the steps of each enterprise's case of a track, in the order they were taken."""
    cases: dict[str, list[dict[str, Any]]] = {}
    for entry in read_entries(store, CASES):
        if entry.get("track", UNION) == track:
            cases.setdefault(entry["enterprise_id"], []).append(entry)
    return cases


def is_open(steps: list[dict[str, Any]]) -> bool:
    """Tell whether a case goes on."""
    return bool(steps) and steps[-1]["step"] != "settled"


def told(steps: list[dict[str, Any]]) -> str:
    """Return all steps with their dates, in one line."""
    return "; ".join(f"{one['date']} {one['step']}" for one in steps)


def take_step(
    store: Path,
    enterprise_id: str,
    step: str,
    day: date,
    *,
    by: str,
    note: str,
    today: date,
    track: str = UNION,
) -> list[dict[str, Any]]:
    """Enter the next step of a case and return all its steps.

    Raises
    ------
    InvalidRowsError
        When the step is none of the track, skips one, repeats one, follows a settled case, or lies before the last step
        or after today.
    """
    taken = read_cases(store, track).get(enterprise_id, [])
    fault = _wrong(taken, TRACKS[track], step, day, today)
    if fault:
        examples = [f"{one['date']} {one['step']}" for one in taken]
        raise InvalidRowsError(Fault(fault, enterprise_id, max(1, len(taken)), examples))
    entry = {
        "enterprise_id": enterprise_id,
        "track": track,
        "step": step,
        "date": day.isoformat(),
        "by": by,
        "note": note,
    }
    add_entries(store, CASES, [entry])
    return [*taken, entry]


def _wrong(
    taken: list[dict[str, Any]], order: tuple[str, ...], step: str, day: date, today: date
) -> str:
    # A settled case may be opened anew from its first step.
    settled = [place for place, one in enumerate(taken) if one["step"] == "settled"]
    current = taken[settled[-1] + 1 :] if settled else taken
    if day > today:
        return _("the step lies in the future")
    if taken and day.isoformat() < taken[-1]["date"]:
        return _("the step lies before the last one")
    if step == "settled":
        return "" if current else _("there is no open case to settle")
    following = order[order.index(current[-1]["step"]) + 1] if current else order[0]
    if step != following:
        return _("the next step is {step}").format(step=following)
    return ""
