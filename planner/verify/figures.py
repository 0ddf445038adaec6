"""Do the figures follow from the tables? Coverage, minutes and counts are worked out again by plain sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.messages import translator
from planner.verify.finding import Finding, finding

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.policy import Policy, Tier

_ = translator("planner")

SLACK = 2e-6
"""Figures are stored with six decimals."""


def check_figures(plan: Plan, policy: Policy) -> list[Finding]:
    """Compare every figure that is recomputed here with the plan's."""
    again = _counts(plan, policy)
    for tier in policy.tiers:
        again |= _tier_figures(plan, tier)
    wrong = [
        f"{name}: {plan.kpis.get(name)} <> {value:.6f}"
        for name, value in again.items()
        if name not in plan.kpis or abs(plan.kpis[name] - value) > SLACK * max(1.0, abs(value))
    ]
    return finding("figures", _("figures that do not follow from the tables"), wrong)


def _counts(plan: Plan, policy: Policy) -> dict[str, float]:
    enterprises: list[Any] = [
        row for row in plan.layers["enterprises"].itertuples() if row.in_scope
    ]
    workers = sum(int(row.workers) for row in enterprises)
    districts: list[Any] = list(plan.districts.itertuples())
    rule = policy.federations
    inside = [
        row
        for row in districts
        if rule.workers.least <= row.workers <= rule.workers.most
        and rule.organisations.least <= row.organisations <= rule.organisations.most
    ]
    staffing = plan.decisions["staffing"]
    stations = plan.facilities[plan.facilities["tier"] == "station"]
    return {
        "enterprises_in_scope": len(enterprises),
        "workers_in_scope": workers,
        "unregistered_workers": sum(int(row.workers) for row in _unregistered(plan)),
        "union_rate_share": sum(bool(row.unionised) for row in enterprises)
        / max(1, len(enterprises)),
        "membership_rate_share": sum(int(row.members) for row in enterprises) / max(1, workers),
        "organisations": len(plan.layers["organisations"]),
        "districts": len(districts),
        "districts_in_band_share": len(inside) / max(1, len(districts)),
        "organisations_per_district": sum(row.organisations for row in districts)
        / max(1, len(districts)),
        "workers_per_district": sum(row.workers for row in districts) / max(1, len(districts)),
        "professionals_needed": float(sum(staffing["professionals_needed"])),
        "professionals_posted": float(sum(staffing["professionals_posted"])),
        "stations_to_find": sum(str(site).startswith("unit:") for site in stations["site_id"]),
    }


def _tier_figures(plan: Plan, tier: Tier) -> dict[str, float]:
    weights = _weights(plan, tier)
    access = {
        row.entity_id: row.access_id
        for row in plan.derived["access"].itertuples()
        if row.layer == tier.demand and row.mode == tier.mode and isinstance(row.access_id, str)
    }
    said = plan.derived["reach"]
    said = said[said["tier"] == tier.name]
    reach = dict(zip(said["access_id"], said["deciseconds"].astype(int), strict=True))
    total = reached = time = 0.0
    for entity, weight in weights.items():
        total += weight
        deciseconds = reach.get(access.get(entity, ""))
        if deciseconds is not None:
            reached += weight
            time += weight * deciseconds
    return {
        f"{tier.name}_sites": int((plan.facilities["tier"] == tier.name).sum()),
        f"{tier.name}_coverage_share": reached / total if total else 0.0,
        f"{tier.name}_mean_min": time / 600.0 / reached if reached else 0.0,
    }


def _weights(plan: Plan, tier: Tier) -> dict[str, float]:
    if tier.demand == "outdoor":
        hours = [
            f"h{hour:02d}" for hour in range(tier.period.first_hour, tier.period.last_hour + 1)
        ]
        frame = plan.layers["outdoor"]
        table = frame[hours].to_numpy(float)
        return {name: float(sum(row)) for name, row in zip(frame["outdoor_id"], table, strict=True)}
    frame = plan.layers["enterprises"]
    scope = frame[frame["in_scope"]]
    weights = {
        name: float(workers)
        for name, workers in zip(scope["enterprise_id"], scope["workers"], strict=True)
    }
    for row in _unregistered(plan):
        weights[row.unregistered_id] = float(row.workers)
    return weights


def _unregistered(plan: Plan) -> list[Any]:
    layer = plan.layers.get("unregistered")
    return [] if layer is None else list(layer.itertuples())
