"""Write the tables of docs/scenario.md from the models themselves: ``python docs/make_scenario.py``.

A test compares the page with what this would write, so a key cannot be added without its line.
"""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from planner.policy import Policy
from planner.scenario import Scenario

PAGE = Path(__file__).with_name("scenario.md")
MARKS = {"scenario": Scenario, "policy": Policy}


def tables(model: type[BaseModel], heading: str = "") -> str:
    """Return one Markdown table per table of the file, the top level first."""
    rows, below = [], []
    for name, field in model.model_fields.items():
        key = field.alias or name
        inner, repeated = table_in(field.annotation)
        if inner is None:
            rows.append(
                f"| `{key}` | {values_of(field.annotation)} | {default_of(field)} | {field.description} |"
            )
        else:
            path = f"{heading}.{key}" if heading else key
            brackets = f"[[{path}]]" if repeated else f"[{path}]"
            title = f"### `{brackets}`\n\n{field.description}\n\n"
            below.append(title + tables(inner, path))
    head = "| key | value | default | meaning |\n|---|---|---|---|\n"
    own = head + "\n".join(rows) + "\n" if rows else ""
    return "\n".join([part for part in (own, *below) if part])


def table_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model a key holds, and whether it holds several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) in (Union, UnionType):
        found = [table_in(part)[0] for part in get_args(annotation) if part is not type(None)]
        return (found[0], False) if len(found) == 1 else (None, False)
    if get_origin(annotation) is tuple:
        return table_in(get_args(annotation)[0])[0], True
    if get_origin(annotation) in (Union, UnionType):
        inside = [part for part in get_args(annotation) if part is not type(None)]
        return table_in(inside[0]) if len(inside) == 1 else (None, False)
    return None, False


def values_of(annotation: Any) -> str:
    """Name what may be written, in words of TOML."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f'`"{value}"`' for value in inside)
    if origin in (Union, UnionType):
        return " or ".join(values_of(part) for part in inside if part is not type(None))
    if origin is tuple:
        return f"list of {values_of(inside[0])}"
    if origin is dict:
        return "table"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def default_of(field: Any) -> str:
    """Write a key's default as it would stand in the file; required keys have none."""
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value is PydanticUndefined or value in ((), ""):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def page_with_tables(page: str) -> str:
    """Return the page with the text between its marks written anew."""
    for name, model in MARKS.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, rest = page.split(begin)
        page = before + begin + "\n" + tables(model) + "\n" + end + rest.split(end)[1]
    return page


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
