"""How kernels are compiled, and one machine instruction numba does not offer by name."""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic


def _lowest_bit(_typingctx: Any, word: Any) -> Any:
    """Position of the lowest set bit of an unsigned word; undefined for 0."""
    if word != types.uint64:
        return None

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], cgutils.true_bit)

    return types.uint64(word), codegen


lowest_bit: Any = intrinsic(_lowest_bit)
kernel = njit(cache=True, nogil=True, boundscheck=False)
"""Compile without the interpreter lock and keep the machine code on disk; never with fastmath."""
