"""What all tables of a policy share: they are frozen, know their keys, and say what each key means."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planner.rules.faults import not_above, refuse


class Rules(BaseModel):
    """One table of a policy file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Range(Rules):
    """Two inclusive limits."""

    least: float = Field(gt=0)
    """Smallest value."""
    most: float = Field(gt=0)
    """Largest value."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        refuse([not_above("least", self.least, "most", self.most)])
        return self


class Hours(Rules):
    """Whole hours of the day, both inclusive; 8-17 covers 8:00 to 17:59."""

    first_hour: int = Field(ge=0, le=23)
    """First hour."""
    last_hour: int = Field(ge=0, le=23)
    """Last hour."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        refuse([not_above("first_hour", self.first_hour, "last_hour", self.last_hour)])
        return self

    @property
    def columns(self) -> list[str]:
        """Columns of an hourly layer the hours stand for, ``h08`` and so on."""
        return [f"h{hour:02d}" for hour in range(self.first_hour, self.last_hour + 1)]
