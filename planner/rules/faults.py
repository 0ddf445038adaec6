"""What a schema says against a file, as faults people can act on: what is wrong, where, and the smallest change that would do."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault
from geodata.messages import mark, translator
from planner.errors import ConfigurationError, InfeasibleError, PlannerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel, ValidationError

_ = translator("planner")

LIMITS = {
    "greater_than_equal": ("ge", mark("the smallest {name} that would do is {limit}")),
    "less_than_equal": ("le", mark("the largest {name} that would do is {limit}")),
    "greater_than": ("gt", mark("any {name} above {limit} would do")),
    "less_than": ("lt", mark("any {name} below {limit} would do")),
    "too_short": ("min_length", mark("the fewest entries of {name} that would do are {limit}")),
    "too_long": ("max_length", mark("the most entries of {name} that would do are {limit}")),
}
"""Kinds of values outside their limits -> where the limit stands in the schema's error, and what would do."""

KINDS = {
    "int": mark("a whole number"),
    "float": mark("a number"),
    "bool": mark("true or false"),
    "string": mark('text in "quotes"'),
    "date": mark("a date: 2027-01-01"),
    "tuple": mark("a list: [...]"),
    "dict": mark("a table: { ... }"),
    "model": mark("a table: { ... }"),
}
"""What a value should have been, by the first word of the schema's error."""


def contradiction(what: str, fix: str, *, examples: Iterable[object] = ()) -> Fault:
    """Return what two rules say against each other, and the smallest change of one that would do."""
    return Fault(what, examples=tuple(examples), fix=fix)


def not_above(low: str, least: float, high: str, most: float) -> Fault | None:
    """Return what is wrong when one number lies above another that limits it; None when nothing is."""
    if least <= most:
        return None
    what = _("{low} is above {high}").format(low=f"{low} = {least:g}", high=f"{high} = {most:g}")
    fix = _("the smallest {name} that would do is {limit}").format(name=high, limit=f"{least:g}")
    return contradiction(what, fix)


def whole(what: str, total: float) -> Fault | None:
    """Return what is wrong when shares do not add up to 1; None when they do."""
    if abs(total - 1) <= 1e-9:
        return None
    said = _("{what} add up to {total}, not 1").format(what=what, total=f"{total:g}")
    fix = _("add {missing} to one of them").format(missing=f"{1 - total:+g}")
    return contradiction(said, fix)


def refuse(faults: Iterable[Fault | None]) -> None:
    """Raise InfeasibleError with every fault when there is any; a schema's validators end with it."""
    found = [fault for fault in faults if fault is not None]
    if found:
        raise InfeasibleError(found)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown name: the nearest known one, or all of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return _("did you mean {name}?").format(name=near[0])
    return _("known are {names}").format(names=", ".join(names))


def refusal(
    error: ValidationError, where: str, model: type[BaseModel], values: Any = None
) -> PlannerError:
    """Return the error for a policy that cannot be used.

    Parameters
    ----------
    error
        What pydantic found.
    where
        The file.
    model
        Its schema.
    values
        What the file holds, so that rows of lists are called by their name.

    Returns
    -------
    InfeasibleError
        When all that is wrong are rules that contradict each other and values outside their limits, which no plan can meet.
    ConfigurationError
        When something cannot be read at all: unknown or missing keys, wrong types.
    """
    faults = faults_of(error, where, model, values)
    kinds = {item["type"] for item in error.errors(include_url=False)}
    unmet = kinds <= {"value_error", *LIMITS}
    return InfeasibleError(faults) if unmet else ConfigurationError(faults)


def faults_of(
    error: ValidationError, where: str, model: type[BaseModel], values: Any = None
) -> list[Fault]:
    """Turn pydantic's errors into faults that name the key and, for unknown ones, the nearest known key."""
    known = sorted(_keys(model))
    return [
        fault
        for item in error.errors(include_url=False)
        for fault in _faults_in(item, where, known, values)
    ]


def _faults_in(item: Any, where: str, known: list[str], values: Any) -> list[Fault]:
    key, name = _key(item["loc"], values), str(item["loc"][-1]) if item["loc"] else ""
    context, word = item.get("ctx", {}), item["type"].split("_")[0]
    prefix = f"{key}: " if key else ""
    if item["type"] == "extra_forbidden":
        near = get_close_matches(name, known, n=1)
        fix = (
            _("did you mean {name}?").format(name=near[0])
            if near
            else _("remove the key, or see docs/scenario.md")
        )
        return [Fault(_("unknown key {key}").format(key=key), where, fix=fix)]
    raised = context.get("error")
    if isinstance(raised, PlannerError):
        return [
            Fault(f"{prefix}{fault.what}", where, fault.count, fault.examples, fault.fix)
            for fault in raised.faults
        ]
    fix = _("see docs/scenario.md")
    if item["type"] == "missing":
        what = _("required, and missing")
    elif item["type"] in LIMITS:
        limit, told = LIMITS[item["type"]]
        what = _("outside its limits")
        fix = _(told).format(name=key, limit=context[limit])
    elif item["type"] == "literal_error":
        what = _("no such choice")
        fix = nearest(str(item.get("input")), re.findall(r"'([^']*)'", context["expected"]))
    elif item["type"] != "value_error" and word in KINDS:
        what = _("wrong kind of value")
        fix = _("write {kind}").format(kind=_(KINDS[word]))
    else:
        what = str(item["msg"]).removeprefix("Value error, ")
    return [Fault(f"{prefix}{what}", where, examples=_shown(item), fix=fix)]


def _key(loc: tuple[int | str, ...], values: Any) -> str:
    """Return the path to a value as people write it: rows of a list by their name, where they have one."""
    parts = []
    for step in loc:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            values = None
        named = isinstance(step, int) and isinstance(values, dict) and values.get("name")
        parts.append(str(named or step))
    return ".".join(parts)


def _shown(item: Any) -> tuple[object, ...]:
    value = item.get("input")
    return (repr(value),) if isinstance(value, str | int | float | bool) else ()


def _keys(model: type[BaseModel]) -> set[str]:
    """All key names of a model and of the models inside it."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(field.alias or name)
        for inner in _models_in(field.annotation):
            names |= _keys(inner)
    return names


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
