"""Unified social credit codes (统一社会信用代码) with both check characters right.

GB 32100-2015 gives the eighteenth character, GB 11714-1997 the check character of the
organisation code inside, at the seventeenth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# GB 32100 leaves out I, O, S, V and Z.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])


def social_credit_codes(
    rng: np.random.Generator, admin_codes: list[str], self_employed: NDArray[np.bool_]
) -> list[str]:
    """Return one distinct code per row.

    Parameters
    ----------
    rng
        Where the eight free characters come from.
    admin_codes
        Six-digit code of the registering office, one per row.
    self_employed
        True for 个体工商户, whose codes begin with 92 instead of 91.
    """
    count = len(admin_codes)
    letters = np.array(list(ALPHABET))
    codes = np.zeros((count, 18), dtype=np.int64)
    codes[:, 0] = 9
    codes[:, 1] = np.where(self_employed, 2, 1)
    codes[:, 2:8] = np.array([[int(digit) for digit in code] for code in admin_codes]).reshape(
        count, 6
    )
    codes[:, 8:16] = _distinct(rng, count)
    organisation = _organisation_values(codes[:, 8:16]) @ _ORGANISATION_WEIGHTS
    check = (11 - organisation % 11) % 11
    codes[:, 16] = np.where(check == 10, ALPHABET.index("X"), check)
    codes[:, 17] = (31 - codes[:, :17] @ _WEIGHTS % 31) % 31
    return ["".join(row) for row in letters[codes].tolist()]


def spoil(code: str) -> str:
    """Return the code with a wrong last character."""
    return code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % len(ALPHABET)]


def _organisation_values(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the values GB 11714 gives the characters: digits 0-9, then A is 10 to Z 35."""
    values = np.array([int(letter, 36) for letter in ALPHABET])
    return values[codes]


def _distinct(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Draw rows of eight characters; two that are the same are drawn again."""
    drawn = rng.integers(0, len(ALPHABET), size=(count, 8))
    while True:
        _, first = np.unique(drawn, axis=0, return_index=True)
        again = np.setdiff1d(np.arange(count), first)
        if not len(again):
            return drawn
        drawn[again] = rng.integers(0, len(ALPHABET), size=(len(again), 8))
