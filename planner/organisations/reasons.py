"""Why an enterprise is in its organisation, or in none: a code in tables, a sentence for people."""

from __future__ import annotations

from geodata.messages import mark, translator

_ = translator("planner")

REASONS = {
    "existing_own": mark("has a union of its own today"),
    "existing_joint": mark("belongs to a joint union today"),
    "own": mark("is large enough for a union of its own"),
    "carrier": mark("shares the joint union of its building, mall or park"),
    "street": mark("shares the joint union of its street front"),
    "neighbours": mark("shares a joint union with neighbours within walking time"),
    "committee": mark("shares the joint union of its residential committee"),
    "out_of_scope": mark("is not in scope"),
    "bureau": mark("belongs to a bureau's jurisdiction, not to the area's"),
    "self_employed": mark("is self-employed, which the setting does not count"),
    "no_entity": mark("has too few workers to be an entity"),
    "not_unionised": mark("has no union at this level"),
}
"""Reason code -> English text; the last five say why an enterprise is in no organisation."""


def explain_reason(code: str) -> str:
    """Return the sentence of a reason code in the reader's language.

    Examples
    --------
    >>> explain_reason("own")
    'is large enough for a union of its own'
    """
    return _(REASONS[code])
