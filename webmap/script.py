"""Values inside a script: JSON in which nothing can end the script or a line early."""

from __future__ import annotations

import json
from typing import Any


def as_literal(value: Any) -> str:
    r"""Return a value as JSON that may stand in a script.

    Examples
    --------
    >>> as_literal({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = as_json(value)
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def as_json(value: Any) -> str:
    """Return a value as compact JSON; numbers that are not finite are refused."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
