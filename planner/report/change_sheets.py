"""A difference as tables in both languages: the same blocks make the workbook, the page to sign and the words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from geodata.messages import mark, text_in
from planner.difference.choices import CHOICES
from planner.difference.coverage import ENTRIES
from planner.difference.districts import FATES
from planner.difference.notices import CLOSINGS, SWITCHES
from planner.difference.organisations import STATES
from planner.difference.sites import MOVES
from planner.explain import policy_of
from planner.kpis import figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from planner.difference import Difference
    from planner.difference.notices import Notices
    from planner.plan import Plan

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Term:
    """A text in both languages."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        """Return it in one language."""
        return self.zh if language == "zh" else self.en


Cell = str | int | float | None | Term


@dataclass(frozen=True)
class Block:
    """One table.

    Parameters
    ----------
    title
        What it shows; its Chinese is the name of the sheet.
    headers
        Texts of the columns.
    rows
        Cells.
    units
        Unit of each column: ``share``, ``minutes``, ``count``, ``yuan`` or "".
    """

    title: Term
    headers: tuple[Term, ...]
    rows: tuple[tuple[Cell, ...], ...]
    units: tuple[str, ...]


def term(text: str, **values: object) -> Term:
    """Return a marked text in both languages."""
    zh, en = (text_in(language, "planner", text).format(**values) for language in ("zh", "en"))
    return Term(zh, en)


def change_blocks(
    before: Plan, after: Plan, found: Difference, told: Notices | None = None
) -> tuple[Block, ...]:
    """Return every table of a difference, alternatives and figures first, notices last where they are given."""
    blocks = [
        figure_block(before, after, found),
        district_block(found),
        organisation_block(found),
        site_block(after, found),
        coverage_block(after, found),
    ]
    if "alternatives" in after.derived:
        blocks.insert(0, alternative_block(after.derived["alternatives"]))
    if told is not None:
        blocks += notice_blocks(after, told)
    return tuple(blocks)


def figure_block(before: Plan, after: Plan, found: Difference) -> Block:
    """Return every figure before, on last year's network, after, and what the difference is made of."""
    known = {**figures(policy_of(before)), **figures(policy_of(after))}
    rows = []
    for row in found.figures.to_dict(orient="records"):
        kind = known.get(str(row["name"]))
        if kind is None:
            continue
        values = [
            _shown(row[name], kind.unit)
            for name in ("before", "middle", "after", "difference", "city", "decisions")
        ]
        rows.append((Term(kind.label_zh, kind.label_en), *values))
    titles = (
        mark("figure"), mark("before"), mark("same network, new register"), mark("after"), mark("difference"),
        mark("by the city's change"), mark("by decisions"),
    )  # fmt: skip
    return _block(mark("figures"), titles, rows, ("",) * 7)


def district_block(found: Difference) -> Block:
    """Return the districts with their fates, those that changed first."""
    order = [*list(FATES)[1:], "kept"]
    rows = [
        (
            row["name"],
            _word(FATES, row["fate"]),
            row["before"],
            row["after"],
            *(_number(row[f"{what}_{when}"]) for what in ("organisations", "workers") for when in ("before", "after")),
            _number(row["retained_share"]),
        )
        for fate in order
        for row in found.districts[found.districts["fate"] == fate].to_dict(orient="records")
    ]  # fmt: skip
    titles = (
        mark("federation"), mark("what became of it"), mark("id before"), mark("id after"), mark("organisations before"),
        mark("organisations after"), mark("workers before"), mark("workers after"), mark("workers retained"),
    )  # fmt: skip
    units = ("", "", "", "", "count", "count", "count", "count", "share")
    return _block(mark("federations"), titles, rows, units)


def organisation_block(found: Difference) -> Block:
    """Return the organisations that do not simply stay."""
    rows = [
        (
            row["organisation_id"],
            row["name"],
            _word(STATES, row["state"]),
            row["district_before"],
            row["district_after"],
            _number(row["workers_before"]),
            _number(row["workers_after"]),
        )
        for row in found.organisations[found.organisations["state"] != "kept"].to_dict(
            orient="records"
        )
    ]
    titles = (
        mark("organisation"), mark("name"), mark("what became of it"), mark("federation before"), mark("federation after"),
        mark("workers before"), mark("workers after"),
    )  # fmt: skip
    return _block(mark("organisations"), titles, rows, ("", "", "", "", "", "count", "count"))


def site_block(after: Plan, found: Difference) -> Block:
    """Return the sites that open, close or move."""
    tiers = tier_terms(after)
    rows = [
        (
            tiers.get(row["tier"], row["tier"]),
            _word(MOVES, row["change"]),
            row["name_before"] or row["site_before"],
            row["name_after"] or row["site_after"],
            row["district_id"],
            _number(row["moved_m"]),
        )
        for row in found.sites[found.sites["change"] != "kept"].to_dict(orient="records")
    ]
    titles = (
        mark("tier"), mark("change"), mark("site before"), mark("site after"), mark("federation"), mark("metres moved"),
    )  # fmt: skip
    return _block(mark("sites"), titles, rows, ("", "", "", "", "", "count"))


def coverage_block(after: Plan, found: Difference) -> Block:
    """Return the account of people within reach, tier by tier."""
    tiers = tier_terms(after)
    rows = [
        (tiers.get(str(tier), str(tier)), *(float(w) for w in part["weight"]))
        for tier, part in found.coverage.groupby("tier", sort=False)
    ]
    titles = (mark("people within reach"), *ENTRIES.values())
    return _block(mark("people within reach"), titles, rows, ("", *("count",) * len(ENTRIES)))


def alternative_block(table: pd.DataFrame) -> Block:
    """Return the alternatives, the chosen one marked."""
    rows = [
        (
            _word(CHOICES, row["choice"]),
            "●" if row["chosen"] else "",
            _number(row["in_band_share"]),
            _number(row["deviation_share"]),
            _number(row["coverage_share"]),
            _number(row["minutes"]),
            _number(row["organisations_switched"]),
            _number(row["switched_by_choice"]),
            _number(row["sites_opened"]),
            _number(row["sites_closed"]),
            _number(row["sites_moved"]),
            _number(row["one_off_yuan"]),
            _number(row["running_yuan_year"]),
            term(mark("yes")) if row["within_limits"] else term(mark("no")),
            row["reason"],
        )
        for row in table.to_dict(orient="records")
    ]
    titles = (
        mark("alternative"), mark("chosen"), mark("federations in band"), mark("distance from the ideals"),
        mark("within reach of a station"), mark("minutes to it"), mark("organisations that switch"), mark("of these by decision"),
        mark("sites that open"), mark("sites that close"), mark("sites that move"), mark("one-off yuan"),
        mark("more yuan a year"), mark("within the limits"), mark("why not"),
    )  # fmt: skip
    units = (
        "", "", "share", "share", "share", "minutes", "count", "count", "count", "count", "count", "yuan", "yuan", "", "",
    )  # fmt: skip
    return _block(mark("alternatives"), titles, rows, units)


def notice_blocks(after: Plan, told: Notices) -> list[Block]:
    """Return one table per kind of notice."""
    tiers = tier_terms(after)
    steps = {
        "people": mark("people to post"), "premises": mark("premises"), "funds": mark("funds"),
        "certificate": mark("certificate"), "account": mark("account"),
    }  # fmt: skip
    switched = [
        (row["organisation_id"], row["name"], int(row["workers"]), row["federation_before"], row["federation_after"],
         row["station_before"], row["station_after"], _word(SWITCHES, row["reason"]), row["effective"])
        for row in told.switched.to_dict(orient="records")
    ]  # fmt: skip
    closed = [
        (tiers.get(row["tier"], row["tier"]), row["site_id"], row["name"], row["federation"], row["instead"],
         _word(CLOSINGS, row["reason"]), row["effective"], row["lease_ends"], _rest(row))
        for row in told.closed.to_dict(orient="records")
    ]  # fmt: skip
    fresh = [
        (row["district_id"], row["name"], int(row["organisations"]), int(row["workers"]), _lacking(steps, row["lacking"]),
         row["effective"])
        for row in told.federations.to_dict(orient="records")
    ]  # fmt: skip
    one = (
        mark("organisation"), mark("name"), mark("workers"), mark("old federation"), mark("new federation"),
        mark("old station"), mark("new station"), mark("reason"), mark("effective"),
    )  # fmt: skip
    two = (
        mark("tier"), mark("site"), mark("name"), mark("federation"), mark("instead"), mark("reason"), mark("effective"),
        mark("lease ends"), mark("rest of the rent, yuan"),
    )  # fmt: skip
    three = (
        mark("federation"), mark("name"), mark("organisations"), mark("workers"), mark("still lacking"), mark("effective"),
    )  # fmt: skip
    return [
        _block(mark("notices: switches"), one, switched, ("", "", "count", *[""] * 6)),
        _block(mark("notices: closings"), two, closed, (*[""] * 8, "yuan")),
        _block(mark("notices: new federations"), three, fresh, ("", "", "count", "count", "", "")),
    ]


def _rest(row: Mapping[Any, Any]) -> Cell:
    """Return what is left of a broken lease; nothing where none is, words where its rent is not known."""
    if not row["lease_ends"]:
        return None
    return term(mark("rent not known")) if math.isnan(row["rest_yuan"]) else int(row["rest_yuan"])


def tier_terms(plan: Plan) -> dict[str, Term]:
    """Return each tier's name in both languages."""
    return {tier.name: Term(tier.label_zh, tier.label_en) for tier in policy_of(plan).tiers}


def _lacking(steps: dict[str, str], names: str) -> Term:
    known = [term(steps[name]) for name in names.replace(",", " ").split() if name in steps]
    return Term("、".join(one.zh for one in known), ", ".join(one.en for one in known))


def _block(
    title: str,
    headers: Sequence[str],
    rows: Sequence[tuple[Cell, ...]],
    units: Sequence[str],
) -> Block:
    return Block(term(title), tuple(term(one) for one in headers), tuple(rows), tuple(units))


def _word(words: dict[str, str], key: Any) -> Term:
    return term(words[str(key)])


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(float(value)) else float(value)


def _shown(value: Any, unit: str) -> str | float | None:
    """Return a figure as people read it, because the rows of one column have different units."""
    number = _number(value)
    return None if number is None else shown(number, unit)


def shown(value: Cell, unit: str, language: Language = "zh") -> str:
    """Write one cell for a page."""
    if value is None:
        return "-"
    if isinstance(value, Term):
        return value.said(language)
    if isinstance(value, str):
        return value
    # "z": what rounds to nothing has no minus sign.
    if unit == "share":
        return f"{value:z.1%}"
    if unit == "minutes":
        return f"{value:z.1f}"
    whole = float(value).is_integer() or unit in {"count", "yuan"}
    return f"{float(value):z,.0f}" if whole else f"{value:z,.1f}"
