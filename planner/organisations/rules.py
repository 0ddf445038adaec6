"""The settings by which organisations form (一(一))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geodata.messages import translator
from planner.errors import ConfigurationError, Fault

if TYPE_CHECKING:
    from planner.policy import OrganisationRule

_ = translator("planner")

Level = Literal["today", "at_85", "full"]


class OrganisationRules(BaseModel):
    """Who forms a union of its own, how large a joint union is, and which enterprises are counted.

    Examples
    --------
    >>> OrganisationRules().own_union_threshold
    25
    >>> OrganisationRules(joint_enterprises_least=30, joint_enterprises_most=20)
    Traceback (most recent call last):
    ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error for OrganisationRules
      Value error, needs joint_enterprises_least <= joint_enterprises_ideal <= joint_enterprises_most ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    own_union_threshold: int = Field(default=25, ge=1)
    """Enterprises of this size and more form their own union."""
    threshold_basis: Literal["workers", "members"] = "workers"
    """What the threshold counts."""
    joint_enterprises_least: int = Field(default=10, ge=1)
    """Fewest enterprises for which a carrier or a group of neighbours has a joint union of its own."""
    joint_enterprises_ideal: int = Field(default=25, ge=1)
    """Enterprises a joint union should cover."""
    joint_enterprises_most: int = Field(default=60, ge=1)
    """Most enterprises of one new joint union, inclusive."""
    joint_workers_most: int = Field(default=500, ge=1)
    """Most workers of one new joint union, inclusive, unless one enterprise alone has more."""
    self_employed_in_street_union: bool = True
    """Whether self-employed firms outside a carrier join the union of their street front."""
    count_self_employed: bool = True
    """Whether self-employed firms belong to organisations at all."""
    level: Level = "full"
    """Which enterprises are organised: those of today, so many that 85 % are, or all."""
    formation_share: float = Field(default=0.85, gt=0, le=1)
    """Share of enterprises organised at level ``at_85`` (一(三))."""
    entity_workers_least: int = Field(default=0, ge=0)
    """An enterprise with fewer workers is no entity (实体型企业) and is left out; 0: no such test."""
    neighbour_walk_min: float = Field(default=10.0, gt=0)
    """Longest walk, inclusive, between the middle of a joint union of neighbours and its members."""
    detour_ratio: float = Field(default=1.3, ge=1)
    """Walking distance over straight line, used where no travel times are given."""
    walk_km_h: float = Field(default=4.8, gt=0)
    """Walking speed used with ``detour_ratio``."""
    carrier_gap_m: float = Field(default=200.0, gt=0)
    """Addresses of one carrier name farther apart than about this are different carriers."""
    stack_enterprises_least: int = Field(default=8, ge=2)
    """So many enterprises at one place are taken for a building though the register names none."""
    stack_m: float = Field(default=15.0, gt=0)
    """Size of "one place"."""
    density_carriers: bool = True
    """Whether dense clusters outside known carriers are taken for business districts."""
    density_extent_m: float = Field(default=200.0, gt=0)
    """Widest cluster that is still one indivisible carrier."""
    carrier_organisations_most: int = Field(default=120, ge=1)
    """A carrier with more organisations is marked oversize."""
    carrier_workers_most: int = Field(default=6000, ge=1)
    """A carrier with more workers is marked oversize."""
    near_m: float = Field(default=500.0, ge=0)
    """Enterprises just outside every unit, within this distance, go to the nearest unit."""
    off_site_workers_least: int = Field(default=200, ge=1)
    """Headquarters, labour dispatch and construction firms of this size are flagged."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (
            self.joint_enterprises_least
            <= self.joint_enterprises_ideal
            <= self.joint_enterprises_most
        ):
            raise ValueError(
                "needs joint_enterprises_least <= joint_enterprises_ideal <= joint_enterprises_most"
            )
        return self

    @classmethod
    def from_policy(cls, rule: OrganisationRule, **settings: object) -> OrganisationRules:
        """Take the policy's numbers, and ``settings`` for what the policy does not say.

        Raises
        ------
        ConfigurationError
            For settings that are unknown or contradict each other.
        """
        values: dict[str, object] = {
            name: value for name, value in rule.model_dump().items() if name in cls.model_fields
        }
        values["joint_enterprises_least"] = min(
            rule.joint_enterprises_least, rule.joint_enterprises_ideal
        )
        try:
            return cls.model_validate(values | settings)
        except ValidationError as error:
            raise ConfigurationError(
                [
                    Fault(str(item["msg"]), ".".join(str(part) for part in item["loc"]))
                    for item in error.errors(include_url=False, include_context=False)
                ]
            ) from error
