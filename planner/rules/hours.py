"""When sites open (二(三)): presence of workers by hour, visiting time, staff hours."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from planner.rules.table import Rules


class Presence(Rules):
    """Share of an industry's workers who are at work in each hour of the day."""

    industries: tuple[str, ...]
    """Sections of GB/T 4754 (A-T) the profile holds for; empty for all that have none of their own."""
    weekday: tuple[float, ...] = Field(min_length=24, max_length=24)
    """24 shares, Monday to Friday."""
    weekend: tuple[float, ...] = Field(min_length=24, max_length=24)
    """24 shares, Saturday and Sunday."""

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if not all(0 <= share <= 1 for share in (*self.weekday, *self.weekend)):
            raise ValueError("shares of presence lie between 0 and 1")
        return self


class VisitingTime(Rules):
    """How likely somebody who is near can come at all in the hours of the day."""

    weekday: tuple[float, ...] = Field(min_length=24, max_length=24)
    """24 shares, Monday to Friday: lunch and after work count most."""
    weekend: tuple[float, ...] = Field(min_length=24, max_length=24)
    """24 shares, Saturday and Sunday."""


class HoursRule(Rules):
    """Opening hours under staff limits (二(三))."""

    clause: str
    """Clause of the document."""
    tiers: tuple[str, ...]
    """Tiers whose hours are planned; the others keep their host's hours."""
    first_hour: int = Field(ge=0, le=23)
    """No window begins before this hour."""
    last_hour: int = Field(ge=1, le=24)
    """No window ends after this hour."""
    host_opens: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    """Opening time of hosts who state none."""
    host_closes: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    """Closing time of hosts who state none."""
    own_key: tuple[str, ...]
    """Kinds of premises whose own hours do not bind planned ones, because the union has a key."""
    weekday_only: tuple[str, ...] = ()
    """Kinds of premises that are closed at weekends."""
    rounds: int = Field(ge=1)
    """Rounds of the search for a proved bound."""
    working_hours_week: int = Field(ge=1, le=168)
    """Hours a professional works in a week."""
    visiting_share: float = Field(ge=0, lt=1)
    """Share of them kept for visits to enterprises."""
    on_duty_least: int = Field(ge=1)
    """People on duty whenever a site is open."""
    windows_most: int = Field(ge=1, le=2)
    """Most windows of a day; 2 allows a split shift."""
    window_hours_least: int = Field(ge=1, le=12)
    """Shortest window."""
    weekday_hours_least: int = Field(ge=0, le=24)
    """Fewest hours open on a weekday."""
    volunteer_hours_week: int = Field(ge=0)
    """Hours a week that volunteers cover at weekends, per site."""
    lent_hours_week: int = Field(default=0, ge=0)
    """Hours a week a host's own staff or a part-time chair gives, per site."""
    after_work_share: float = Field(ge=0, le=1)
    """Share of a day's workers still near in the hour after they leave work."""
    presence: tuple[Presence, ...] = Field(min_length=1)
    """Presence by industry."""
    visiting: VisitingTime
    """When people can come."""

    @model_validator(mode="after")
    def _inside_the_day(self) -> Self:
        if self.first_hour >= self.last_hour:
            raise ValueError("first_hour is not before last_hour")
        if self.last_hour - self.first_hour < self.window_hours_least:
            raise ValueError(
                f"a window of {self.window_hours_least} h does not fit between first_hour and last_hour"
            )
        if self.last_hour - self.first_hour < self.weekday_hours_least:
            raise ValueError("weekday_hours_least does not fit between first_hour and last_hour")
        if self.host_opens >= self.host_closes:
            raise ValueError("host_opens is not before host_closes")
        return self
