"""Names of the sections of GB/T 4754, in which registers and tables write industries as a letter."""

from __future__ import annotations

from geodata.messages import mark, text_in

SECTIONS = {
    "A": mark("agriculture, forestry, animal husbandry and fishery"),
    "B": mark("mining"),
    "C": mark("manufacturing"),
    "D": mark("electricity, heat, gas and water"),
    "E": mark("construction"),
    "F": mark("wholesale and retail"),
    "G": mark("transport, storage and post"),
    "H": mark("hotels and catering"),
    "I": mark("information transmission, software and IT services"),
    "J": mark("finance"),
    "K": mark("real estate"),
    "L": mark("leasing and business services"),
    "M": mark("scientific research and technical services"),
    "N": mark("water, environment and public facilities"),
    "O": mark("household services, repair and other services"),
    "P": mark("education"),
    "Q": mark("health and social work"),
    "R": mark("culture, sports and entertainment"),
    "S": mark("public administration, social security and social organisations"),
    "T": mark("international organisations"),
}
"""Letter -> section of GB/T 4754-2017."""
UNKNOWN = mark("industry not known")


def industry_name(section: str, division: str = "") -> str:
    """Return a section, with the division's number where one is given, in Chinese with the English beside it.

    Examples
    --------
    >>> industry_name("C", "27"), industry_name("")
    ('C27 制造业 manufacturing', '行业不明 industry not known')
    """
    if section not in SECTIONS:
        return f"{text_in('zh', 'planner', UNKNOWN)} {UNKNOWN}"
    name = SECTIONS[section]
    return f"{section}{division} {text_in('zh', 'planner', name)} {name}"
