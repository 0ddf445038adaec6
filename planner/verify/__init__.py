"""The independent verifier: recomputes a stored plan by other code than the one that made it.

It shares with the planner only the stored tables, the policy and the network's arrays: organisations and districts are
counted again, contiguity is walked with networkx, sites are located with shapely, reach is searched by a kernel of its own, staff
is worked out again, and the figures are computed again from what was found.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from planner.policy import parse_policy
from planner.verify.finding import Finding
from planner.verify.rows import with_plain_text
from planner.verify.structure import check_districts, check_membership, check_staffing, check_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from geodata.roads import RoadNetwork
    from planner.plan import Plan
    from planner.verify.world import World

    Over = Callable[
        [Callable[..., list[Finding]], tuple[Any, ...], Sequence[Any]], Iterable[list[Finding]]
    ]

__all__ = ["Finding", "verify"]


UNSEARCHABLE = {
    "tier", "known_site", "facility_id", "network", "every_unit", "known_unit", "street_town_of_district",
}  # fmt: skip
"""Findings after which nothing can be located or named, so that operations are not checked."""

UNTIMED = {"hours_known", "programme_known"}
"""Findings after which nobody knows what is open when."""


def verify(
    plan: Plan, network: RoadNetwork, over: Over | None = None, *, threads: int = 1
) -> tuple[Finding, ...]:
    """Recompute a plan and return everything that does not hold.

    Parameters
    ----------
    plan
        A plan in memory or loaded from the store.
    network
        The network it was made on; its content hash must be the plan's.
    over
        How independent parts are done elsewhere: gets a function, what all parts share, and the parts; gives answers in
        order. Done here when left out.
    threads
        With more than one, another thread of this process searches while what needs no search is checked.

    Returns
    -------
    tuple of Finding
        Empty when the plan holds.
    """
    from planner.verify.change import check_change
    from planner.verify.reach import check_access
    from planner.verify.sites import check_sites
    from planner.verify.timing import check_hours, check_programme
    from planner.verify.world import World

    policy = parse_policy(dict(plan.manifest["policy"]), "plan")
    plan = with_plain_text(plan)
    findings = [*check_tables(plan)]
    if findings:
        return tuple(findings)  # nothing else can be computed on tables that do not fit together
    findings += check_membership(plan, policy)
    findings += check_districts(plan, policy)
    findings += check_staffing(plan, policy)
    findings += check_sites(plan, policy)
    findings += check_change(plan)
    findings += check_access(plan, network)
    if any(one.rule in UNSEARCHABLE for one in findings):
        return tuple(findings)  # what cannot be located cannot be searched from
    world = World(plan, policy, network)
    findings += check_hours(world)
    findings += check_programme(world)
    timeless = any(one.rule in UNTIMED for one in findings)
    parts = (_alone,) if timeless else (_reaching, _alone)
    if over is None:
        return (*findings, *_here(world, parts, threads))
    answers = over(_part, (plan, network), [part.__name__ for part in parts])
    return (*findings, *(one for found in answers for one in found))


def _here(
    world: World, parts: Sequence[Callable[[World], list[Finding]]], threads: int
) -> list[Finding]:
    """Do the parts in this process; the search, which is compiled, goes on beside what needs none."""
    with ThreadPoolExecutor(1) as pool:
        if threads > 1 and _reaching in parts:
            search = pool.submit(lambda: world.served)
            alone = _alone(world)
            search.result()
            return [*_reaching(world), *alone]
    return [one for part in parts for one in part(world)]


def _part(plan: Plan, network: RoadNetwork, name: str) -> list[Finding]:
    """Check one part of a plan on its own, elsewhere perhaps."""
    from planner.verify.world import World

    policy = parse_policy(dict(plan.manifest["policy"]), "plan")
    return PARTS[name](World(plan, policy, network))


def _alone(world: World) -> list[Finding]:
    """Check what needs no search: formation, posts, money, kit, readiness."""
    from planner.verify.federations import (
        check_kit,
        check_money,
        check_posts,
        check_readiness,
        check_targets,
    )
    from planner.verify.formation import check_formation
    from planner.verify.in_band import check_in_band
    from planner.verify.industries import check_industries
    from planner.verify.joint_sizes import check_joint_sizes
    from planner.verify.sub_areas import check_sub_areas

    findings: list[Finding] = []
    for check in (
        check_formation,
        check_joint_sizes,
        check_industries,
        check_sub_areas,
        check_in_band,
        check_posts,
        check_targets,
        check_money,
        check_kit,
        check_readiness,
    ):
        findings += check(world)
    return findings


def _reaching(world: World) -> list[Finding]:
    """Check who reaches what, and all that follows from it."""
    from planner.verify.figures import check_figures
    from planner.verify.reached import (
        check_cards,
        check_operations_reach,
        check_parent_reach,
        check_reach,
        check_rooms,
    )
    from planner.verify.serving import check_bargaining, check_serving, towns_of_enterprises
    from planner.verify.timing import check_outcomes

    findings = [*check_reach(world)]
    findings += check_parent_reach(world)
    findings += check_cards(world)
    findings += check_rooms(world)
    towns = towns_of_enterprises(world)
    findings += check_operations_reach(world, towns)
    findings += check_outcomes(world)
    findings += check_bargaining(world, towns)
    findings += check_serving(world)
    findings += check_figures(world)
    return findings


PARTS: dict[str, Callable[[World], list[Finding]]] = {
    part.__name__: part for part in (_alone, _reaching)
}
"""Parts of the proof that need nothing of each other, by name."""
