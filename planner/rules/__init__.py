"""What a policy file may say beyond who forms which union: hours, money, programme, bargaining, services, and how much a year may change, as checked data."""

from planner.rules.bargaining import BargainingRule, DisputeRule
from planner.rules.change import ChangeRule, Lease, Pin, Term
from planner.rules.equity import EquityRule
from planner.rules.hours import HoursRule, Presence, VisitingTime
from planner.rules.money import DatedShares, MoneyRule, Refund
from planner.rules.programme import AssessmentRule, ProgrammeRule, TargetRule
from planner.rules.services import ServiceRule, SpecialService
from planner.rules.table import Hours, Range, Rules
from planner.rules.tier_parts import Capacity, SiteCosts, Stream, Style

__all__ = [
    "AssessmentRule",
    "BargainingRule",
    "Capacity",
    "ChangeRule",
    "DatedShares",
    "DisputeRule",
    "EquityRule",
    "Hours",
    "HoursRule",
    "Lease",
    "MoneyRule",
    "Pin",
    "Presence",
    "ProgrammeRule",
    "Range",
    "Refund",
    "Rules",
    "ServiceRule",
    "SiteCosts",
    "SpecialService",
    "Stream",
    "Style",
    "TargetRule",
    "Term",
    "VisitingTime",
]
