"""How many sites a tier was asked for and how many it opens: said where the two differ, with the reason."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from geodata.messages import current_language, translator
from planner.targets import quotas

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from planner.pipeline.sites import TierAnswer
    from planner.policy import Tier

_ = translator("planner")


def asked_sites(tier: Tier, districts: int, goals: pd.DataFrame) -> tuple[int, str] | None:
    """Return how many sites a tier's rule asks for and the key that says so; None where it asks for no number.

    Parameters
    ----------
    tier
        Its rule.
    districts
        Federation districts that hold organisations.
    goals
        Targets handed down, see `planner.targets.hand_down`.
    """
    if tier.rule == "max_cover":
        return ceil(tier.per_district * districts), f"per_district = {tier.per_district:g}"
    if tier.rule == "count":
        return tier.count, f"count = {tier.count}"
    if tier.rule == "target":
        return sum(quotas(goals, tier.name).values()), f"targets.counts.{tier.name}"
    return None


def asked_notes(
    tiers: Sequence[Tier], answers: Sequence[TierAnswer], districts: int, goals: pd.DataFrame
) -> list[str]:
    """Return one sentence for each tier that opens fewer or more sites than asked."""
    notes = []
    for tier, answer in zip(tiers, answers, strict=True):
        asked = asked_sites(tier, districts, goals)
        opened = len(answer.facilities)
        if asked is None or opened == asked[0]:
            continue
        if opened > asked[0]:
            why = _("so many must open: main carriers, large enterprises, sites of today and pins")
        elif opened == answer.usable:
            why = _("no further premises are candidates: add premises, or kinds of premises")
        elif tier.rule == "target":
            why = _("some street_towns have fewer candidates than their part of the target, or no further one there reaches anybody")  # fmt: skip
        else:
            why = _("no further candidate reaches enough people who have no site yet to be worth its kind of premises (preference_share)")  # fmt: skip
        name = tier.label_zh if current_language() == "zh" else tier.label_en
        notes.append(
            _("{tier}: {opened} sites open where {key} asks for {asked}; {why}").format(
                tier=name, opened=f"{opened:,}", key=asked[1], asked=f"{asked[0]:,}", why=why
            )
        )
    return notes
