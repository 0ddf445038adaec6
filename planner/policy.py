"""The reform's rules as data: every number lives in one TOML file, beside the clause it stems from."""

from __future__ import annotations

import tomllib
from datetime import date  # noqa: TC003 - pydantic reads it at run time
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, ValidationError, model_validator

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import ConfigurationError
from planner.rules import (
    OUTDOOR_KINDS,
    AssessmentRule,
    BandRule,
    BargainingRule,
    DisputeRule,
    EquityRule,
    FederationRule,
    HoursRule,
    IndustryFederationRule,
    MoneyRule,
    OrganisationRule,
    ProgrammeRule,
    RateRule,
    Rules,
    ServiceRule,
    StaffingRule,
    TargetRule,
    Tier,
    Way,
)
from planner.rules.contradictions import contradictions_among
from planner.rules.faults import nearest, refusal, refuse

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OUTDOOR_KINDS",
    "BandRule",
    "FederationRule",
    "OrganisationRule",
    "Policy",
    "RateRule",
    "StaffingRule",
    "Tier",
    "Way",
    "parse_policy",
    "read_policy",
    "shipped_policies",
]

_ = translator("planner")


class Policy(Rules):
    """All rules of one document, frozen."""

    name: str
    """Short name."""
    title_zh: str
    """Chinese title."""
    title_en: str
    """English title."""
    document: str
    """Document number."""
    dated: date
    """Date of the document."""
    organisations: OrganisationRule
    """Who forms which union."""
    federations: FederationRule
    """How large a federation is."""
    industry_federations: IndustryFederationRule | None = None
    """When an industry forms a federation of its own across area districts; left out, none does."""
    staffing: StaffingRule
    """How many professionals."""
    rates: RateRule
    """Rates to keep."""
    targets: TargetRule
    """What is to be reached in the whole city."""
    hours: HoursRule
    """When sites open."""
    money: MoneyRule
    """Dues, income and costs."""
    programme: ProgrammeRule
    """What opens in which half-year."""
    assessment: AssessmentRule
    """Yearly assessment."""
    bargaining: BargainingRule
    """Collective bargaining."""
    disputes: DisputeRule
    """Mediation and disputes."""
    services: ServiceRule
    """Services and standards of sites."""
    equity: EquityRule
    """Groups whose coverage is shown."""
    tiers: tuple[Tier, ...] = Field(min_length=1)
    """Kinds of sites, parents before children."""

    @model_validator(mode="after")
    def _tiers_hang_together(self) -> Self:
        refuse(
            contradictions_among(
                self.tiers, self.targets, self.hours, self.programme, self.services
            )
        )
        return self

    @property
    def tier_words(self) -> dict[str, str]:
        """What people may call each tier in their files, written in full -> its name."""
        return {
            word: tier.name
            for tier in self.tiers
            for word in (tier.name, tier.label_zh, tier.label_en)
        }

    def tier(self, name: str) -> Tier:
        """Return the tier called ``name``; raises KeyError for an unknown one."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        raise KeyError(name)


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with the program."""
    folder = resources.files("planner") / "policies"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml")))


def read_policy(
    name: str,
    path: Path | None = None,
    override: dict[str, Any] | None = None,
    more_tiers: tuple[dict[str, Any], ...] = (),
) -> Policy:
    """Read a policy by shipped name or from a file, with single keys overridden.

    Parameters
    ----------
    name
        A shipped policy; ignored when ``path`` is given.
    path
        A policy file of the user's.
    override
        Nested keys that replace those of the file; a tier is named by its ``name``:
        ``{"tiers": {"station": {"cutoff_min": 10}}}``.
    more_tiers
        Further tiers, after those of the file.

    Raises
    ------
    ConfigurationError
        For a missing file, broken TOML, unknown or missing keys.
    InfeasibleError
        For rules that contradict each other and values outside their limits, with the smallest change that would do.
    """
    where = str(path) if path else name
    try:
        if path is not None:
            text = path.read_text(encoding="utf-8-sig")
        else:
            text = (resources.files("planner") / "policies" / f"{name}.toml").read_text(
                encoding="utf-8"
            )
    except (OSError, UnicodeDecodeError) as error:
        shipped = ", ".join(shipped_policies())
        raise ConfigurationError(
            Fault(
                _("the policy cannot be read"),
                where,
                fix=_("name one of {names}, or give a path").format(names=shipped),
            )
        ) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            Fault(_("not valid TOML: {error}").format(error=error), where)
        ) from error
    values = _overridden(values, override or {}, where)
    if more_tiers:
        values["tiers"] = [*values.get("tiers", []), *more_tiers]
    return parse_policy(values, where)


def parse_policy(values: dict[str, Any], where: str) -> Policy:
    """Check plain values against the schema.

    Raises
    ------
    ConfigurationError, InfeasibleError
        With every fault; infeasible when all that is wrong are rules that no plan can meet.
    """
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        raise refusal(error, where, Policy, values) from error


def _overridden(values: dict[str, Any], override: dict[str, Any], where: str) -> dict[str, Any]:
    """Lay ``override`` over ``values``; lists of named tables are addressed by name."""
    merged = dict(values)
    for key, new in override.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            merged[key] = _overridden(old, new, where)
        elif isinstance(old, list) and isinstance(new, dict):
            merged[key] = _named_rows(old, new, f"{where} [policy.override.{key}]")
        else:
            merged[key] = new
    return merged


def _named_rows(
    rows: list[dict[str, Any]], override: dict[str, Any], where: str
) -> list[dict[str, Any]]:
    names = [row.get("name") for row in rows]
    unknown = sorted(set(override) - set(names))
    if unknown:
        known = [str(name) for name in names]
        raise ConfigurationError(
            [Fault(_("unknown tier"), where, 1, [one], nearest(one, known)) for one in unknown]
        )
    return [_overridden(row, override.get(str(row.get("name")), {}), where) for row in rows]
