"""p-median, p-centre and every siting problem with capacities: who is given to which open site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.siting.median.solve import solve_median

__all__ = ["solve_median"]


def __getattr__(name: str) -> Any:
    # The solver brings compiled kernels and HiGHS, so it loads only when it is asked for.
    if name == "solve_median":
        from planner.siting.median.solve import solve_median

        return solve_median
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
