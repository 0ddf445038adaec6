from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from geodata.sample.codes import ALPHABET, social_credit_codes, spoil

# GB 11714-1997, written out from the standard: values 0-9 and A-Z, weights, X for ten.
WEIGHTS_11714 = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    total = sum(int(c, 36) * w for c, w in zip(body, WEIGHTS_11714, strict=True))
    digit = (11 - total % 11) % 11
    return "X" if digit == 10 else str(digit)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 200))
def test_codes_are_valid_and_distinct(seed, count):
    rng = np.random.default_rng(seed)
    own = rng.random(count) < 0.3
    codes = social_credit_codes(rng, ["990101"] * count, own)
    assert len(set(codes)) == count
    for code, self_employed in zip(codes, own, strict=True):
        assert uscc.is_valid(code)
        assert code[:2] == ("92" if self_employed else "91")
        assert code[2:8] == "990101"
        assert organisation_check(code[8:16]) == code[16]


def test_spoilt_code_is_invalid():
    codes = social_credit_codes(np.random.default_rng(0), ["990101"] * 100, np.zeros(100, bool))
    assert not any(uscc.is_valid(spoil(code)) for code in codes)
    assert all(spoil(code)[-1] in ALPHABET for code in codes)


def test_no_code_twice_even_when_the_first_draw_repeats():
    class Repeating:
        """Draws the same rows twice before it draws freely."""

        def __init__(self):
            self.rng = np.random.default_rng(5)
            self.calls = 0

        def integers(self, low, high, size):
            self.calls += 1
            drawn = self.rng.integers(low, high, size)
            if self.calls == 1:
                drawn[: len(drawn) // 2] = drawn[0]
            return drawn

    rng = Repeating()
    codes = social_credit_codes(rng, ["990101"] * 50, np.zeros(50, bool))
    assert len(set(codes)) == 50
    assert rng.calls > 1
