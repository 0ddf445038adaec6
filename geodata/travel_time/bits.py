"""How kernels are compiled, and sets of whole numbers kept as bits in two levels.

A set has one bit for each number (``bits``, 64 to a word) and one for each word that is not empty
(``summary``), so that walking a sparse set in order touches little memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _lowest_bit(_typingctx: Any, word: Any) -> Any:
    """Position of the lowest set bit of an unsigned word; undefined for 0."""
    if word != types.uint64:
        return None

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], cgutils.true_bit)

    return types.uint64(word), codegen


def _highest_bit(_typingctx: Any, word: Any) -> Any:
    """Position of the highest set bit of an unsigned word; undefined for 0."""
    if word != types.uint64:
        return None

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        leading = builder.ctlz(args[0], cgutils.true_bit)
        return builder.sub(leading.type(63), leading)

    return types.uint64(word), codegen


highest_bit: Any = intrinsic(_highest_bit)
lowest_bit: Any = intrinsic(_lowest_bit)
kernel: Any = njit(cache=True, nogil=True)
"""Compile without the interpreter lock and keep the machine code on disk; never with fastmath."""


@kernel
def mark(bits: NDArray[np.uint64], summary: NDArray[np.uint64], number: int) -> None:
    """Put a number into a set."""
    word = number >> 6
    bits[word] |= np.uint64(1) << np.uint64(number & 63)
    summary[word >> 6] |= np.uint64(1) << np.uint64(word & 63)


@kernel
def drain(bits: NDArray[np.uint64], summary: NDArray[np.uint64], into: NDArray[np.int32]) -> int:
    """Empty a set into an array, ascending; return how many numbers it held."""
    held = 0
    for top in range(len(summary)):
        words = summary[top]
        summary[top] = np.uint64(0)
        while words != np.uint64(0):
            word = (top << 6) + np.int64(lowest_bit(words))
            words &= words - np.uint64(1)
            pending = bits[word]
            bits[word] = np.uint64(0)
            while pending != np.uint64(0):
                into[held] = (word << 6) + np.int64(lowest_bit(pending))
                pending &= pending - np.uint64(1)
                held += 1
    return held
