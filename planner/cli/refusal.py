"""What a command that plans says when no plan can be made: the status, every reason, and the smallest change that would do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from geodata.errors import FaultsError
from geodata.messages import translator
from planner.cli.main import say
from planner.errors import ConfigurationError, InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ = translator("planner")

INFEASIBLE, REFUSED = "infeasible", "refused"
"""Status of a scenario that no plan can be made of, as optimisers call it; and of data, a store or a plan that cannot be used."""


@contextmanager
def refusal_said(*, as_json: bool) -> Iterator[None]:
    """Say that no plan can be made before the reasons are; as JSON the reasons stand on stdout, too.

    Parameters
    ----------
    as_json
        Whether to print ``status``, ``exit_code`` and ``faults`` (``what``, ``where``, ``count``, ``examples``, ``fix``).
    """
    try:
        yield
    except FaultsError as error:
        from planner.cli.show import print_json

        infeasible = isinstance(error, ConfigurationError | InfeasibleError)
        if infeasible:
            say(_("infeasible: no plan can be made of this scenario; under each reason stands the smallest change that would do"))  # fmt: skip
        if as_json:
            print_json(
                {
                    "status": INFEASIBLE if infeasible else REFUSED,
                    "exit_code": error.exit_code,
                    "faults": [
                        asdict(fault) | {"examples": [str(one) for one in fault.examples]}
                        for fault in error.faults
                    ],
                }
            )
        raise
