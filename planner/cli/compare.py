"""Two plans compared: figures, districts, sites opened, closed and moved, organisations that switch, people gained and lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geodata.messages import current_language, translator
from planner.cli.progress import StageDisplay
from planner.cli.show import label_of, print_table, shown_value
from planner.difference import READING, STEPS, difference
from planner.difference.coverage import ENTRIES
from planner.difference.districts import FATES
from planner.difference.organisations import STATES
from planner.difference.sites import MOVES
from planner.explain import policy_of
from planner.kpis import figures
from planner.pipeline import Watch
from planner.store import load_plan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from planner.difference import Difference
    from planner.plan import Plan
    from planner.policy import Tier

_ = translator("planner")

SHARES = {
    "first": 0.2,
    "second": 0.2,
    "districts": 0.1,
    "organisations": 0.1,
    "sites": 0.1,
    "people": 0.3,
}
"""Share of the time that each step of comparing two cities takes, roughly."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Two plans, what differs, and the files that say so, where they were asked for."""

    before: Plan
    after: Plan
    found: Difference
    files: dict[str, Path]


def compare_plans(store: Path, first: str, second: str, folder: Path | None = None) -> Compared:
    """Load and compare two plans, write the files of the difference into a folder, and show how far it is."""
    display = StageDisplay()
    watch = Watch(display)
    try:
        watch.expect(SHARES | ({"files": 1.0} if folder else {}))
        plans = []
        for (name, said), plan_id in zip(READING.items(), (first, second), strict=True):
            with watch.stage(name, _(said)):
                plans.append(load_plan(store, plan_id))
        before, after = plans
        found = difference(before, after, lambda name: watch.stage(name, _(STEPS[name])))
        files: dict[str, Path] = {}
        if folder is not None:
            with watch.stage("files", _("writing workbook, notices and maps")):
                files = _written(folder, before, after, found)
    finally:
        display.close()
    return Compared(before, after, found, files)


def _written(folder: Path, before: Plan, after: Plan, found: Difference) -> dict[str, Path]:
    from planner.difference.notices import notices
    from planner.report.change_book import write_change

    told = notices(before, after, found)
    return write_change(folder, before, after, found, told, values=comparison_json(found))


def comparison_json(found: Difference) -> dict[str, Any]:
    """Return a difference as plain values.

    Returns
    -------
    dict
        ``plans`` (the two ids), ``kpis`` (name -> first, middle, second, difference, city,
        decisions), ``districts`` (fate -> rows),
        ``organisations`` (state -> count, and ``switched_share``), ``sites`` (tier -> opened and closed, moves
        included, moved with both ends, kept),
        ``coverage`` (tier -> entry -> people).
    """
    return {
        "plans": [found.before, found.after],
        "kpis": {
            row["name"]: {
                "first": row["before"],
                "middle": row["middle"],
                "second": row["after"],
                "difference": row["difference"],
                "city": row["city"],
                "decisions": row["decisions"],
            }
            for row in found.figures.to_dict(orient="records")
        },
        "districts": {
            fate: _plain_rows(found.districts.loc[found.districts["fate"] == fate])
            for fate in FATES
        },
        "organisations": {
            **_counts(found.organisations["state"], STATES),
            "switched_share": found.switched_share,
        },
        "sites": {
            str(tier): {
                "opened": sorted(rows.loc[rows["change"].isin(("opened", "moved")), "site_after"]),
                "closed": sorted(rows.loc[rows["change"].isin(("closed", "moved")), "site_before"]),
                "moved": _plain_rows(rows.loc[rows["change"] == "moved"]),
                "kept": int((rows["change"] == "kept").sum()),
            }
            for tier, rows in found.sites.groupby("tier")
        },
        "coverage": {
            str(tier): dict(zip(rows["entry"], rows["weight"], strict=True))
            for tier, rows in found.coverage.groupby("tier", sort=False)
        },
    }


def print_comparison(found: Difference, first: Plan, second: Plan) -> None:
    """Print a difference as tables, the figures first."""
    policy = policy_of(second)
    _print_figures(found, first, second)
    _print_counts(found.districts["fate"], FATES, _("districts"))
    _print_counts(found.organisations["state"], STATES, _("organisations"))
    names = {tier.name: tier for tier in policy.tiers}
    changes = [
        (_tier_name(names, tier), *(f"{n:,}" for n in _counts(rows["change"], MOVES).values()))
        for tier, rows in found.sites.groupby("tier")
    ]
    print_table((_("sites"), *(_(word) for word in MOVES.values())), changes)
    account = [
        (_tier_name(names, tier), *(f"{weight:,.0f}" for weight in rows["weight"]))
        for tier, rows in found.coverage.groupby("tier", sort=False)
    ]
    print_table((_("people within reach"), *(_(word) for word in ENTRIES.values())), account)


def _print_figures(found: Difference, first: Plan, second: Plan) -> None:
    known = {name: policy_of(plan) for plan in (first, second) for name in plan.kpis}
    shown = ["before", "after", "difference"]
    titles = [found.before, found.after, _("difference")]
    if found.figures["middle"].notna().any():
        shown = ["before", "middle", "after", "difference", "city", "decisions"]
        titles = [found.before, _("same network, new register"), found.after, _("difference")]
        titles += [_("by the city's change"), _("by decisions")]
    rows = []
    for row in found.figures.to_dict(orient="records"):
        name = str(row["name"])
        kinds = figures(known[name])
        if name in kinds:
            unit = kinds[name].unit
            values = (shown_value(row[column], unit) for column in shown)
            rows.append((label_of(name, known[name]), *values))
    print_table((_("figure"), *titles), rows)


def _print_counts(values: pd.Series, words: dict[str, str], title: str) -> None:
    counts = _counts(values, words)
    print_table(
        (title, *(_(word) for word in words.values())),
        [(_("count"), *(f"{n:,}" for n in counts.values()))],
    )


def _tier_name(names: dict[str, Tier], tier: Any) -> str:
    if tier not in names:
        return str(tier)
    chosen = names[tier]
    return chosen.label_zh if current_language() == "zh" else chosen.label_en


def _counts(values: pd.Series, among: Iterable[str]) -> dict[str, int]:
    counted = values.value_counts()
    return {name: int(counted.get(name, 0)) for name in among}


def _plain_rows(rows: pd.DataFrame) -> list[dict[str, Any]]:
    kept = rows.astype(object).where(rows.notna(), None)
    return [
        {str(key): value for key, value in row.items()} for row in kept.to_dict(orient="records")
    ]
