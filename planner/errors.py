"""Errors of planner, built like geodata's: what, where, how many, the first five, what to do.

::

    PlannerError
    ├── ConfigurationError   (ValueError)    exit 3: scenario or policy cannot be used as written
    ├── ProblemError         (ValueError)    exit 3: arrays handed to a solver contradict each other
    ├── InfeasibleError      (ValueError)    exit 4: no plan can meet the rules; says which
    ├── VerificationError    (ValueError)    exit 5: a stored plan does not hold
    ├── ParentError          (ValueError)    exit 3: inputs are not next year's of the parent plan
    └── PlanStoreError       (ValueError)    exit 3: a plan is missing, edited or from a newer version
        └── UnknownPlanError (LookupError)   exit 3: no plan has this id

A locked store raises geodata's LockedError (exit 6).
"""

from __future__ import annotations

from geodata.errors import Fault, FaultsError, LockedError
from geodata.messages import translator

__all__ = [
    "ConfigurationError",
    "Fault",
    "InfeasibleError",
    "LockedError",
    "ParentError",
    "PlanStoreError",
    "PlannerError",
    "ProblemError",
    "UnknownPlanError",
    "VerificationError",
    "translator",
]


class PlannerError(FaultsError):
    """Anything that stops a plan from being made."""

    exit_code = 1


class ConfigurationError(PlannerError, ValueError):
    """A scenario or policy file cannot be used as written (wrong words on the command line exit with 2)."""

    exit_code = 3


class ProblemError(PlannerError, ValueError):
    """The arrays of a problem contradict each other."""

    exit_code = 3


class InfeasibleError(PlannerError, ValueError):
    """No plan can meet the rules; the faults say which rule and what would do."""

    exit_code = 4


class VerificationError(PlannerError, ValueError):
    """A stored plan does not hold when it is recomputed."""

    exit_code = 5


class ParentError(PlannerError, ValueError):
    """Inputs are not next year's of the parent plan, or wishes about change contradict each other."""

    exit_code = 3


class PlanStoreError(PlannerError, ValueError):
    """A plan is missing, was edited, or was written by a newer version."""

    exit_code = 3


class UnknownPlanError(PlanStoreError, LookupError):
    """No plan of the store has this id."""
