"""Do the tables fit together: who belongs where, once each, in one piece, with the counts and staff that follow?"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import translator
from planner.verify.finding import Finding, finding
from planner.verify.formation import counted_enterprises

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.policy import Policy

_ = translator("planner")

KEYS = {
    "districts": "district_id",
    "unit_district": "unit_id",
    "membership": "enterprise_id",
    "organisation_district": "organisation_id",
    "facilities": "facility_id",
    "staffing": "district_id",
    "programme": "facility_id",
    "models": "district_id",
}
"""Column that must be unique in each table."""

REFERENCES = (
    ("unit_district", "district_id", "districts", "district_id"),
    ("organisation_district", "district_id", "districts", "district_id"),
    ("membership", "organisation_id", "organisation_district", "organisation_id"),
    ("facilities", "district_id", "districts", "district_id"),
    ("facilities", "parent_facility_id", "facilities", "facility_id"),
    ("staffing", "district_id", "districts", "district_id"),
    ("districts", "district_id", "unit_district", "district_id"),
    ("districts", "district_id", "staffing", "district_id"),
    ("models", "district_id", "districts", "district_id"),
    ("hours", "facility_id", "facilities", "facility_id"),
    ("programme", "facility_id", "facilities", "facility_id"),
)
"""(table, column) whose values must occur in (table, column)."""


def check_tables(plan: Plan) -> list[Finding]:
    """Check that keys are unique and every reference points to something."""
    found: list[Finding] = []
    for table, key in KEYS.items():
        column = plan.decisions[table][key]
        found += finding(
            "unique_key",
            _("values that occur more than once"),
            column[column.duplicated()].unique(),
            f"{table}.{key}",
        )
    for table, column_name, other, other_column in REFERENCES:
        values = plan.decisions[table][column_name].dropna()
        astray = sorted(set(values) - set(plan.decisions[other][other_column]))
        found += finding(
            "reference", _("values that point to nothing"), astray, f"{table}.{column_name}"
        )
    return found


def check_membership(plan: Plan, policy: Policy) -> list[Finding]:
    """Check that each enterprise in scope and area jurisdiction is in exactly one organisation, and the counts."""
    enterprises = plan.layers["enterprises"]
    membership = plan.decisions["membership"]
    meant = {str(row.enterprise_id) for row in counted_enterprises(plan, policy)}
    placed = set(membership["enterprise_id"])
    # At level "today" only enterprises that have a union belong to an organisation.
    left_out = meant - placed if policy.organisations.level == "full" else set()
    found = finding(
        "every_enterprise",
        _("enterprises in scope that belong to no organisation"),
        sorted(left_out),
    )
    found += finding(
        "only_scope",
        _("enterprises out of scope that belong to an organisation"),
        sorted(placed - meant),
    )
    found += _check_once(plan, placed)
    workers = enterprises.set_index("enterprise_id")["workers"]
    counted = membership.assign(workers=membership["enterprise_id"].map(workers)).groupby(
        "organisation_id"
    )["workers"]
    stated = plan.layers["organisations"].set_index("organisation_id")
    for rule, column, sums, what in (
        ("organisation_workers", "workers", counted.sum(), _("organisations whose workers do not add up")),
        ("organisation_enterprises", "enterprises", counted.size(), _("organisations whose enterprises do not add up")),
    ):  # fmt: skip
        said = stated[column]
        differ = (sums.reindex(said.index).fillna(0) - said).loc[lambda d: d != 0]
        found += finding(rule, what, differ.index)
    missing = set(plan.layers["organisations"]["organisation_id"]) ^ set(
        plan.decisions["organisation_district"]["organisation_id"]
    )
    return found + finding(
        "organisation_district",
        _("organisations without a district, or the reverse"),
        sorted(missing),
    )


def _check_once(plan: Plan, placed: set[str]) -> list[Finding]:
    """Look for everybody of the register: in an organisation, or listed as being in none, at any level."""
    outside = plan.derived["outside"]["enterprise_id"]
    register = set(plan.layers["enterprises"]["enterprise_id"])
    astray = (register ^ (placed | set(outside))) | (placed & set(outside))
    astray |= set(outside[outside.duplicated()])
    return finding(
        "each_enterprise_once",
        _("enterprises that are neither in an organisation nor listed as being in none, or both"),
        sorted(astray),
    )


def check_districts(plan: Plan, policy: Policy) -> list[Finding]:
    """Check the partition, contiguity, street_towns, counts and the hard maximum."""
    units = plan.layers["units"]
    assigned = plan.decisions["unit_district"].set_index("unit_id")["district_id"]
    found = finding(
        "every_unit",
        _("basic units that are in no district"),
        sorted(set(units["unit_id"]) - set(assigned.index)),
    )
    found += finding(
        "known_unit", _("unknown basic units"), sorted(set(assigned.index) - set(units["unit_id"]))
    )
    names = plan.districts["name"].fillna("").astype(str)
    nobody = names.str.strip() == ""
    found += finding(
        "district_name",
        _("federations without a name, or with the name of another"),
        plan.districts.loc[nobody | names.duplicated(keep=False), "district_id"],
    )
    found += _check_pieces(plan, assigned)
    found += _check_counts(plan, assigned, policy)
    towns = units.set_index("unit_id")["street_town_id"]
    if policy.federations.undersize != "merge":
        spread = towns.groupby(assigned.reindex(towns.index)).nunique().loc[lambda n: n > 1]
        found += finding(
            "one_street_town", _("districts that cross a street_town's border"), spread.index
        )
    stated = plan.districts.set_index("district_id")["street_town_id"]
    actual = towns.groupby(assigned.reindex(towns.index)).min()
    wrong = [district for district, town in stated.items() if actual.get(district) != town]
    return found + finding(
        "street_town_of_district", _("districts booked under another street_town"), wrong
    )


def _check_pieces(plan: Plan, assigned: pd.Series) -> list[Finding]:
    """Walk each district over its units' links; pieces without any link in the town are islands and count as joined.

    A street_town may itself be in pieces (an island without a bridge): then a district may not join two of them.
    """
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(assigned.index)
    adjacency = plan.derived["adjacency"]
    near = adjacency[adjacency["adjoins"]]
    for a, b in zip(near["unit_a"], near["unit_b"], strict=True):
        if assigned.get(a) == assigned.get(b):
            graph.add_edge(a, b)
    pieces: dict[str, int] = {}
    for component in nx.connected_components(graph):
        district = assigned[next(iter(component))]
        pieces[district] = pieces.get(district, 0) + 1
    torn = sorted(district for district, count in pieces.items() if count > 1)
    return finding("contiguity", _("districts in several pieces"), torn)


def _check_counts(plan: Plan, assigned: pd.Series, policy: Policy) -> list[Finding]:
    rule = policy.federations
    organisations = plan.layers["organisations"]
    by_unit = organisations["unit_id"].map(assigned)
    booked = organisations["organisation_id"].map(
        plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    )
    elsewhere = organisations.loc[(by_unit != booked).to_numpy(), "organisation_id"]
    found = finding(
        "organisation_in_its_unit",
        _("organisations booked in another district than their unit's"),
        elsewhere,
    )
    counted = (
        organisations["enterprises"]
        if rule.count == "covered_units"
        else pd.Series(1, organisations.index)
    )
    sums = (
        pd.DataFrame({"organisations": counted, "workers": organisations["workers"]})
        .groupby(by_unit)
        .sum()
    )
    units = assigned.value_counts()
    for column, actual in (
        ("organisations", sums["organisations"]),
        ("workers", sums["workers"]),
        ("units", units),
    ):
        said = plan.districts.set_index("district_id")[column]
        differ = said[said != actual.reindex(said.index).fillna(0)]
        found += finding(
            "district_counts",
            _("districts whose {what} do not add up").format(what=column),
            differ.index,
        )
    return found + _check_maximum(plan, policy)


def _check_maximum(plan: Plan, policy: Policy) -> list[Finding]:
    """Only a district of one basic unit may exceed the hard maximum, or one that a person has pinned as it is."""
    rule, districts = policy.federations, plan.districts
    most_organisations = rule.organisations.ideal * rule.maximum_share
    most_workers = rule.workers.ideal * rule.maximum_share
    over = (districts["organisations"] > most_organisations) | (districts["workers"] > most_workers)
    pins = plan.manifest["scenario"].get("change", {}).get("pins", ())
    pinned = {pin["id"] for pin in pins if (pin["kind"], pin["decision"]) == ("federation", "keep")}
    listed = districts.loc[over & (districts["units"] > 1), "district_id"]
    return finding(
        "hard_maximum",
        _("districts above the hard maximum"),
        [name for name in listed if name not in pinned],
    )


def check_staffing(plan: Plan, policy: Policy) -> list[Finding]:
    """Work the headcount out again from the ratios."""
    rule = policy.staffing
    per_o, per_w = rule.organisations_per_professional, rule.workers_per_professional
    wrong = []
    said = plan.decisions["staffing"].set_index("district_id")
    districts: list[Any] = list(plan.districts.itertuples())
    for row in districts:
        lenient = [ceil(row.organisations / per_o.most), ceil(row.workers / per_w.most)]
        strict = [ceil(row.organisations / per_o.least), ceil(row.workers / per_w.least)]
        needed = (
            min(lenient)
            if rule.rule == "either"
            else min(strict)
            if rule.rule == "min"
            else max(strict)
        )
        needed = max(needed, 1 if row.organisations or row.workers else 0)
        if said.loc[row.district_id, "professionals_needed"] != needed:
            wrong.append(row.district_id)
    return finding(
        "staffing", _("districts whose headcount does not follow from the ratios"), wrong
    )
