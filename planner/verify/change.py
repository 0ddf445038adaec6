"""Does a plan keep the limits of its change budget, and what people pinned? Counted again from what it carries on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.messages import translator
from planner.verify.finding import Finding, finding

if TYPE_CHECKING:
    from planner.plan import Plan

_ = translator("planner")


def check_change(plan: Plan) -> list[Finding]:
    """Count organisations that switch although they stay, and sites that close although they are still there."""
    budget = dict(plan.manifest["scenario"].get("change", {}))
    if "carried_units" not in plan.derived:
        return _unexpected(plan)
    found = _check_carried(plan)
    moved = switched_by_choice(plan)
    share = budget.get("most_switched_share")
    both = set(plan.decisions["organisation_district"]["organisation_id"])
    both &= set(plan.derived["carried_organisations"]["organisation_id"])
    if share is not None and len(moved) > float(share) * len(both) + 1e-9:
        what = _("more organisations switch than the change budget allows")
        found += finding("most_switched", what, moved)
    sites = plan.derived["carried_sites"]
    there = set(plan.layers["sites"].loc[plan.layers["sites"]["consent"] != "refused", "site_id"])
    for tier, most in dict(budget.get("most_closings", {})).items():
        mine = sites.loc[(sites["tier"] == tier) & sites["site_id"].isin(there), "site_id"]
        opened = set(plan.facilities.loc[plan.facilities["tier"] == tier, "site_id"])
        closed = sorted(set(mine) - opened)
        if len(closed) > int(most):
            what = _("more sites close or move than the change budget allows")
            found += finding("most_closings", what, closed, str(tier))
    return found + _check_pins(plan, budget, moved) + _check_signed(plan, budget, there)


def switched_by_choice(plan: Plan) -> list[str]:
    """Return the organisations that switch federation although their basic unit was in the one they leave."""
    units = plan.derived["carried_units"].set_index("unit_id")["district_before"]
    now = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    unit = plan.layers["organisations"].set_index("organisation_id")["unit_id"]
    moved = []
    carried = plan.derived["carried_organisations"]
    for name, before in zip(carried["organisation_id"], carried["district_before"], strict=True):
        if name in now.index and units.get(unit[name]) == before and now[name] != before:
            moved.append(str(name))
    return sorted(moved)


def _unexpected(plan: Plan) -> list[Finding]:
    parent = plan.manifest.get("parent_plan")
    return finding(
        "carried",
        _("a plan with a parent that does not say what it carries on"),
        [parent] if parent else [],
    )


def _check_carried(plan: Plan) -> list[Finding]:
    """Every basic unit says where it was, once."""
    listed = plan.derived["carried_units"]["unit_id"]
    astray = sorted(set(plan.layers["units"]["unit_id"]) ^ set(listed)) + sorted(
        listed[listed.duplicated()]
    )
    return finding(
        "carried", _("basic units that do not say where they were, or are unknown"), astray
    )


def _check_pins(plan: Plan, budget: dict[str, object], moved: list[str]) -> list[Finding]:
    """Organisations of pinned federations and pinned organisations stay, while their basic unit hangs together with them."""
    pins = [pin for pin in budget.get("pins", ()) if pin["decision"] == "keep"]  # type: ignore[attr-defined]
    carried = plan.derived["carried_organisations"].set_index("organisation_id")["district_before"]
    names = {pin["id"] for pin in pins if pin["kind"] == "organisation"}
    areas = {pin["id"] for pin in pins if pin["kind"] == "federation"}
    held = [name for name in moved if name in names or carried[name] in areas]
    cut = _cut_off(plan)
    unit = plan.layers["organisations"].set_index("organisation_id")["unit_id"]
    broken = [name for name in held if unit[name] not in cut]
    return finding("pinned", _("pinned organisations that switch"), broken)


def _cut_off(plan: Plan) -> set[str]:
    """Return basic units that no longer adjoin the rest of the federation they were in, inside their street_town."""
    import networkx as nx

    before = plan.derived["carried_units"].set_index("unit_id")["district_before"]
    town = plan.layers["units"].set_index("unit_id")["street_town_id"]
    held = plan.layers["organisations"].groupby("unit_id").size()
    near = plan.derived["adjacency"]
    near = near[near["adjoins"]]
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(before.dropna().index)
    for a, b in zip(near["unit_a"], near["unit_b"], strict=True):
        if before.get(a) is not None and before.get(a) == before.get(b) and town[a] == town[b]:
            graph.add_edge(a, b)
    pieces: dict[str, list[set[str]]] = {}
    for piece in nx.connected_components(graph):
        pieces.setdefault(str(before[next(iter(piece))]), []).append(piece)
    cut: set[str] = set()
    for parts in pieces.values():
        parts.sort(key=lambda part: (-sum(int(held.get(u, 0)) for u in part), min(part)))
        cut.update(*parts[1:]) if len(parts) > 1 else None
    return cut


def _check_signed(plan: Plan, budget: dict[str, object], there: set[str]) -> list[Finding]:
    """Signed premises stay open, unless a person vetoed them."""
    vetoed = {
        (one["tier"], one["site_id"])
        for one in plan.manifest["scenario"].get("decisions", ())
        if one["decision"] == "closed"
    }
    opened = set(zip(plan.facilities["tier"], plan.facilities["site_id"], strict=True))
    carried = plan.derived["carried_sites"]
    known = set(zip(carried["tier"], carried["site_id"], strict=True))
    leases = [one for one in budget.get("leases", ()) if one["signed"]]  # type: ignore[attr-defined]
    keys = [(one["tier"], one["site_id"]) for one in leases]
    closed = [
        ":".join(key)
        for key in keys
        if key in known and key not in opened and key not in vetoed and key[1] in there
    ]
    return finding("signed", _("signed premises that close"), closed)
