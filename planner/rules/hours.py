"""When sites open (二(三)): presence of workers by hour, visiting time, staff hours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from geodata.messages import translator
from planner.rules.faults import contradiction, refuse
from planner.rules.table import Rules

if TYPE_CHECKING:
    from geodata.errors import Fault

_ = translator("planner")


def _time_of_day(text: str) -> str:
    """Return a time of day, HH:MM from 00:00 to 24:00."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not found or int(found[2]) > 59:
        refuse(
            [
                contradiction(
                    _("no time of day"), _("write HH:MM, from 00:00 to 24:00"), examples=[text]
                )
            ]
        )
    elif int(found[1]) * 60 + int(found[2]) > 24 * 60:
        fix = _("the latest that would do is {time}").format(time="24:00")
        refuse([contradiction(_("a time outside the day"), fix, examples=[text])])
    return text.zfill(5)


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
"""HH:MM, from 00:00 to 24:00."""


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
        outside = [s for s in (*self.weekday, *self.weekend) if not 0 <= s <= 1]
        if outside:
            what = _("shares of presence lie between 0 and 1")
            near = ", ".join(f"{min(1.0, max(0.0, share)):g}" for share in outside)
            fix = _("the nearest that would do: {near}").format(near=near)
            refuse([contradiction(what, fix, examples=outside)])
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
    host_opens: TimeOfDay
    """Opening time of hosts who state none."""
    host_closes: TimeOfDay
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
        refuse([self._day(), self._host_day()])
        return self

    def _day(self) -> Fault | None:
        """Return what is wrong with the day's limits, and the smallest change of one of them that would do."""
        needed = max(self.window_hours_least, self.weekday_hours_least, 1)
        room = self.last_hour - self.first_hour
        if room >= needed:
            return None
        if room <= 0:
            what = _("first_hour is not before last_hour")
        elif room < self.window_hours_least:
            what = _("a window of {hours} h does not fit between first_hour and last_hour")
        else:
            what = _(
                "weekday_hours_least of {hours} h does not fit between first_hour and last_hour"
            )
        if self.first_hour + needed <= 24:
            fix = _("the smallest {name} that would do is {limit}").format(
                name="hours.last_hour", limit=self.first_hour + needed
            )
        else:
            fix = _("the largest {name} that would do is {limit}").format(
                name="hours.first_hour", limit=max(0, self.last_hour - needed)
            )
        if room > 0:
            key = "window_hours_least" if room < self.window_hours_least else "weekday_hours_least"
            most = _("the largest {name} that would do is {limit}")
            fix = f"{fix}; {most.format(name=f'hours.{key}', limit=room)}"
        return contradiction(what.format(hours=needed), fix)

    def _host_day(self) -> Fault | None:
        if self.host_opens < self.host_closes:
            return None
        what = _("host_opens is not before host_closes")
        fix = _("host_closes must be after {opens}, or host_opens before {closes}")
        return contradiction(what, fix.format(opens=self.host_opens, closes=self.host_closes))
