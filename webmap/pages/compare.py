"""Two plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, render_template, request, url_for

from geodata.messages import current_language, translator
from planner.cli.show import shown_value
from planner.difference import READING, STEPS
from planner.difference.coverage import ENTRIES
from planner.difference.districts import FATES
from planner.difference.organisations import STATES
from planner.difference.sites import MOVES
from planner.kpis import figures
from planner.policy import parse_policy
from webmap.pages.access import known_id, settings, shelf
from webmap.pages.plans import WAITING, map_options, map_page
from webmap.suppression import hidden

if TYPE_CHECKING:
    import pandas as pd

    from planner.policy import Policy
    from webmap.comparing import Comparison

pages = Blueprint("compare", __name__)

_ = translator("webmap")
say = translator("planner")


SAID = READING | STEPS
"""What a reader is told is being done."""


@pages.get("/compare")
def compare() -> Any:
    """Show what differs between two plans: figures, sites, districts, organisations, people, and both maps."""
    plans, _wrong = shelf().plans()
    ids = [request.args.get("a", ""), request.args.get("b", "")]
    if not all(ids):
        return render_template("compare_choose.html", plans=plans, ids=ids)
    found = shelf().comparison(*map(known_id, ids))
    if found is None:
        page = render_template(
            "making.html",
            title=_("Two plans side by side"),
            why=_("What differs is being worked out, which happens once for these two. The page goes on by itself."),
            ask=url_for("compare.progress", a=ids[0], b=ids[1]),
            there="",
            plans=plans,
            ids=ids,
            now=_progress(ids),
        )  # fmt: skip
        return page, 202
    runs = [shelf().manifest(plan_id)["run"] for plan_id in ids]
    policy = parse_policy(dict(runs[1]["policy"]), ids[1])
    sides = zip(ids, ("site_before", "site_after"), strict=True)
    only = [_only(shelf().facilities(plan_id), found, side) for plan_id, side in sides]
    maps = [
        (name, plan_id, {**map_options(plan_id), "only": ids_of, "organisations": False})
        for name, plan_id, ids_of in zip(("first", "second"), ids, only, strict=True)
    ]
    labels = _labels(policy)
    return map_page(
        "compare.html",
        maps,
        plans=plans,
        ids=ids,
        names=[str(run["name"]) for run in runs],
        kpis=_kpis(policy, found),
        moves=[say(text) for text in MOVES.values()],
        sites=_sites(found, labels),
        entries=[say(text) for text in ENTRIES.values()],
        people=_people(found, labels),
        least=settings().suppress_below,
        districts=_counts(found.districts, FATES),
        organisations=_counts(found.organisations, STATES) if g.staff else [],
    )


@pages.get("/compare.json")
def progress() -> Any:
    """Say how far a comparison is, or that it is there; a page that waits asks."""
    ids = [known_id(request.args.get(name, "")) for name in ("a", "b")]
    if shelf().comparison(*ids, wait=False) is not None:
        return {"there": True}
    return {"there": False, **_progress(ids)}


def _progress(ids: list[str]) -> dict[str, Any]:
    """Return how many steps of how many are done, and the one being done in words."""
    now = shelf().comparison_progress(*ids)
    if now is None or now.step not in SAID:
        return {"done": 0, "steps": len(SAID), "said": _(WAITING)}
    return {"done": now.done, "steps": now.steps, "said": say(SAID[now.step])}


def _labels(policy: Policy) -> dict[str, str]:
    chinese = current_language() == "zh"
    return {tier.name: tier.label_zh if chinese else tier.label_en for tier in policy.tiers}


def _only(table: pd.DataFrame, found: Comparison, side: str) -> list[str]:
    """Return the facilities that one of the two plans has and the other has not."""
    changed = found.sites[(found.sites["change"] != "kept") & found.sites[side].notna()]
    pairs = set(zip(changed["tier"], changed[side], strict=True))
    rows = zip(table["facility_id"], table["tier"], table["site_id"], strict=True)
    return [facility for facility, tier, site in rows if (tier, site) in pairs]


def _kpis(policy: Policy, found: Comparison) -> list[dict[str, Any]]:
    known = figures(policy)
    chinese = current_language() == "zh"
    rows = []
    for row in found.figures.to_dict(orient="records"):
        if row["name"] not in known:
            continue
        figure = known[row["name"]]
        change = {"more": 1, "less": -1, "neither": 0}[figure.better] * row["difference"]
        if shown_value(abs(row["difference"]), figure.unit) == shown_value(0.0, figure.unit):
            change = 0  # nobody is told that 6.5 is worse than 6.5
        label = figure.label_zh if chinese else figure.label_en
        verdict = "better" if change > 0 else "worse" if change < 0 else ""
        rows.append({**row, "label": label, "unit": figure.unit, "verdict": verdict})
    return rows


def _sites(found: Comparison, labels: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for tier, part in _by_tier(found.sites, labels):
        changed = part[part["change"] != "kept"].to_dict(orient="records")
        counts = [int((part["change"] == change).sum()) for change in MOVES]
        rows.append(
            {
                "label": labels.get(tier, tier),
                "counts": counts,
                "changed": [_move(row) for row in changed],
            }
        )
    return rows


def _move(row: dict[str, Any]) -> dict[str, Any]:
    """Return a change of a site in words; a site without a name goes by its id."""

    def named(side: str) -> str:
        name, site = row[f"name_{side}"], row[f"site_{side}"]
        return (
            str(name if isinstance(name, str) and name else site) if isinstance(site, str) else ""
        )

    metres = row["moved_m"] if row["change"] == "moved" else None
    return {
        "what": say(MOVES[row["change"]]),
        "before": named("before"),
        "after": named("after"),
        "metres": metres,
    }


def _people(found: Comparison, labels: dict[str, str]) -> list[dict[str, Any]]:
    least = 0 if g.staff else settings().suppress_below
    rows = []
    for tier, part in _by_tier(found.coverage, labels):
        weight = part.set_index("entry")["weight"].reindex(list(ENTRIES)).fillna(0).tolist()
        few = hidden([abs(people) for people in weight], [tier] * len(weight), least)
        shown = [None if out else people for people, out in zip(weight, few, strict=True)]
        rows.append({"label": labels.get(tier, tier), "weights": shown})
    return rows


def _by_tier(frame: pd.DataFrame, labels: dict[str, str]) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each tier, in the policy's order; tiers it no longer has come last."""
    order = list(labels)
    parts = [(str(tier), part) for tier, part in frame.groupby("tier")]
    return sorted(parts, key=lambda row: order.index(row[0]) if row[0] in order else len(order))


def _counts(counts: dict[str, int], words: dict[str, str]) -> list[tuple[str, int]]:
    return [(say(text), counts[key]) for key, text in words.items()]
