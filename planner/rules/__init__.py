"""What a policy file may say, as checked data: unions and federations, tiers, hours, money, programme, bargaining, services, and how much a year may change."""

from planner.rules.bargaining import BargainingRule, DisputeRule
from planner.rules.change import ChangeRule, Lease, Pin, Term
from planner.rules.equity import EquityRule
from planner.rules.federations import (
    BandRule,
    FederationRule,
    OrganisationRule,
    RateRule,
    StaffingRule,
)
from planner.rules.hours import HoursRule, Presence, VisitingTime
from planner.rules.industries import IndustryFederationRule
from planner.rules.money import DatedShares, MoneyRule, Refund
from planner.rules.programme import AssessmentRule, ProgrammeRule, TargetRule
from planner.rules.services import ServiceRule, SpecialService
from planner.rules.table import Hours, Range, Rules
from planner.rules.tier import OUTDOOR_KINDS, Tier, Way
from planner.rules.tier_parts import Capacity, SiteCosts, Stream, Style

__all__ = [
    "OUTDOOR_KINDS",
    "AssessmentRule",
    "BandRule",
    "BargainingRule",
    "Capacity",
    "ChangeRule",
    "DatedShares",
    "DisputeRule",
    "EquityRule",
    "FederationRule",
    "Hours",
    "HoursRule",
    "IndustryFederationRule",
    "Lease",
    "MoneyRule",
    "OrganisationRule",
    "Pin",
    "Presence",
    "ProgrammeRule",
    "Range",
    "RateRule",
    "Refund",
    "Rules",
    "ServiceRule",
    "SiteCosts",
    "SpecialService",
    "StaffingRule",
    "Stream",
    "Style",
    "TargetRule",
    "Term",
    "Tier",
    "VisitingTime",
    "Way",
]
