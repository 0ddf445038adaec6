"""Two plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geodata.messages import translator
from planner.cli.show import label_of, print_table, shown_value
from planner.kpis import figures
from planner.policy import Policy, parse_policy

if TYPE_CHECKING:
    from planner.plan import Plan

_ = translator("planner")


def compare_plans(first: Plan, second: Plan) -> dict[str, Any]:
    """Return what differs between two plans.

    Returns
    -------
    dict
        ``plans`` (the two ids), ``kpis`` (name -> first, second, difference), ``sites`` (tier -> opened, closed, kept),
        ``organisations`` (kept, switched, opened, closed; districts are matched by the most shared organisations).
    """
    a, b = first.facilities, second.facilities
    tiers = sorted({*a["tier"], *b["tier"]})
    sites = {}
    for tier in tiers:
        old = set(a.loc[a["tier"] == tier, "site_id"])
        new = set(b.loc[b["tier"] == tier, "site_id"])
        sites[tier] = {
            "opened": sorted(new - old),
            "closed": sorted(old - new),
            "kept": len(old & new),
        }
    return {
        "plans": [first.plan_id, second.plan_id],
        "kpis": {
            name: {
                "first": first.kpis.get(name),
                "second": value,
                "difference": value - first.kpis.get(name, 0.0),
            }
            for name, value in second.kpis.items()
        },
        "sites": sites,
        "organisations": _organisations(first, second),
        "policy": dict(second.manifest["policy"]),
    }


def _organisations(first: Plan, second: Plan) -> dict[str, int]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    old = first.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    new = second.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    both = old.index.intersection(new.index)
    pairs = old.loc[both].to_frame("old").assign(new=new.loc[both])
    shared = pairs.groupby(["old", "new"]).size().unstack(fill_value=0)
    kept = 0
    if shared.size:
        rows, columns = linear_sum_assignment(-shared.to_numpy())
        kept = int(np.sum(shared.to_numpy()[rows, columns]))
    return {
        "kept": kept,
        "switched": len(both) - kept,
        "opened": len(new.index.difference(old.index)),
        "closed": len(old.index.difference(new.index)),
    }


def print_comparison(comparison: dict[str, Any]) -> None:
    """Print the comparison as three tables."""
    policy: Policy = parse_policy(comparison["policy"], "plan")
    known = figures(policy)
    first, second = comparison["plans"]
    rows = [
        (
            label_of(name, policy),
            shown_value(values["first"], known[name].unit),
            shown_value(values["second"], known[name].unit),
            shown_value(values["difference"], known[name].unit),
        )
        for name, values in comparison["kpis"].items()
        if name in known
    ]
    print_table((_("figure"), first, second, _("difference")), rows)
    sites = [
        (tier, f"{len(part['opened']):,}", f"{len(part['closed']):,}", f"{part['kept']:,}")
        for tier, part in comparison["sites"].items()
    ]
    print_table((_("sites"), _("opened"), _("closed"), _("kept")), sites)
    counts = comparison["organisations"]
    text = _(
        "organisations: {kept} keep their district, {switched} switch, {opened} are new, {closed} ended"
    )
    click.echo(text.format(**{name: f"{count:,}" for name, count in counts.items()}))
