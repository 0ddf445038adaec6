"""Running the stages of the line: each timed and shown, its answer kept and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.messages import current_language, translator
from planner.pipeline.kept import KeptAnswers
from planner.pipeline.keys import TIER, UNKEPT, stage_keys, stage_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.pipeline.watch import Watch
    from planner.policy import Tier
    from planner.scenario import Scenario

_ = translator("planner")


class Stages:
    """The stages of one run.

    Parameters
    ----------
    scenario, store
        What is planned, and where answers of stages are kept.
    watch
        Times each stage and shows it.
    resume
        Whether answers kept by an earlier run may stand; the ones of this run are kept in any case.
    """

    def __init__(self, scenario: Scenario, store: Path, watch: Watch, *, resume: bool) -> None:
        self._scenario, self._watch, self._resume = scenario, watch, resume
        self._keys = stage_keys(scenario)
        self._kept = KeptAnswers(store)
        watch.expect({name: share_of(name, scenario) for name in [*self._keys, *UNKEPT]})

    def __call__(self, name: str, do: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Return ``do(*given, **named)``, or its kept answer where nothing it depends on has changed."""
        with self._watch.stage(name, title_of(name, self._scenario)) as timing:
            key = self._keys.get(name)
            if key is not None and self._resume:
                found, answer = self._kept.read(name, key)
                if found:
                    timing["kept"] = True
                    return answer
            answer = do(*given, **named)
            # An answer that a wall-clock fuse cut short may be better next time.
            if key is not None and _is_reproducible(answer):
                self._kept.write(name, key, answer)
            return answer

    def done(self) -> None:
        """Remove answers that nobody will ask for again."""
        self._kept.sweep(self._keys)


def foresee(scenario: Scenario, store: Path) -> dict[str, bool]:
    """Return each stage of a run to come, and whether its answer is kept already; nothing is computed or written."""
    kept = KeptAnswers(store)
    known = {name: kept.holds(name, key) for name, key in stage_keys(scenario).items()}
    return {**known, **dict.fromkeys(UNKEPT, False)}


def title_of(name: str, scenario: Scenario) -> str:
    """Return what people see while a stage runs, in the reader's language."""
    if name in UNKEPT:
        return _(UNKEPT[name][0])
    title = _(stage_of(name, scenario).title)
    tiers = {TIER + tier.name: tier for tier in scenario.rules.tiers}
    return title.format(tier=tier_label(tiers[name])) if name in tiers else title


def tier_label(tier: Tier) -> str:
    """Return the tier's name in the reader's language."""
    return tier.label_zh if current_language() == "zh" else tier.label_en


def share_of(name: str, scenario: Scenario) -> float:
    """Return about which share of a city's run a stage takes."""
    return UNKEPT[name][1] if name in UNKEPT else stage_of(name, scenario).share


def _is_reproducible(answer: Any) -> bool:
    parts = answer if isinstance(answer, tuple) else (answer,)
    outcomes = [part.outcome for part in parts if hasattr(part, "outcome")]
    return all(outcome.reproducible for outcome in outcomes)
