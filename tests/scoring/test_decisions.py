"""compassess.scoring.decisions: from probabilities to words."""

from __future__ import annotations

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.scoring.decisions import above_risk_zones, band_of, contrasts, most_probable, risk_of

BANK = banks.one_block(3)
RULES = banks.bands(BANK)


@pytest.mark.parametrize(
    ("probabilities", "band"),
    [
        ((0.0, 0.1, 0.6, 0.3), "effective"),
        ((0.0, 0.1, 0.3, 0.6), "excellent"),
        ((0.2, 0.5, 0.3, 0.0), "satisfactory"),
        ((0.94, 0.06, 0.0, 0.0), "needs_more_evidence"),
        ((0.4, 0.3, 0.3, 0.0), "needs_more_evidence"),
        ((0.95, 0.05, 0.0, 0.0), "minimal"),
        ((1.0, 0.0, 0.0, 0.0), "minimal"),
    ],
)
def test_the_most_probable_band(probabilities: tuple[float, ...], band: str) -> None:
    """The most probable band is given; the lowest only from a probability of 0.95 on."""
    assert band_of(probabilities, RULES) == band


@pytest.mark.parametrize("noise", [-2e-16, 0.0, 2e-16])
def test_ties_go_up_whatever_the_last_bits(noise: float) -> None:
    """Of bands that are equally probable but for rounding the highest is given."""
    assert band_of((0.16, 0.34 + noise, 0.34, 0.16), RULES) == "effective"
    assert band_of((0.25, 0.25, 0.25, 0.25 + noise), RULES) == "excellent"
    both = np.array([[0.16, 0.34 + noise, 0.34, 0.16], [0.6, 0.2, 0.1, 0.1]])
    assert most_probable(both).tolist() == [2, 0]


def test_symmetric_cuts_without_answers() -> None:
    """Who answered nothing under symmetric cuts gets one and the same band in every block."""
    bank = banks.three_blocks(2)
    result = banks.assessment(bank, rules=banks.bands(bank, cuts=(-1, 0, 1))).start().conclude()
    assert {result.band, *(block.band for block in result.blocks.values())} == {"effective"}


@pytest.mark.parametrize(
    ("probability", "n_items", "word"),
    [
        (0.05, 2, "clear"),
        (0.1, 2, "clear"),
        (0.1001, 2, "watch"),
        (0.4999, 2, "watch"),
        (0.5, 2, "risk"),
        (1.0, 9, "risk"),
        (1.0, 1, "insufficient"),
        (0.0, 0, "insufficient"),
    ],
)
def test_risk_words(probability: float, n_items: int, word: str) -> None:
    """Clear up to 0.1, watch between, risk from 0.5 on; insufficient with fewer than two items."""
    assert risk_of(probability, n_items, RULES) == word


def test_above_risk_zones() -> None:
    """The joint probability decides; nothing is said while a competency has too few items."""
    assert above_risk_zones(0.5, [2, 3], RULES) is True
    assert above_risk_zones(0.4999, [2, 3], RULES) is False
    assert above_risk_zones(0.9, [1, 3], RULES) is None
    assert above_risk_zones(0.1, [3, 0], RULES) is None


def test_strengths_and_weaknesses() -> None:
    """Those beyond the stated probability, the clearest first."""
    chances = {"a": 0.91, "b": 0.99, "c": 0.5, "d": 0.09, "e": 0.01, "f": 0.89}
    assert contrasts(chances, dict.fromkeys(chances, 2), RULES) == (("b", "a"), ("e", "d"))


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(st.floats(0, 1), st.integers(0, 4)), min_size=1, max_size=6
    )
)
def test_never_named_with_too_few_items(given_: dict[str, tuple[float, int]]) -> None:
    """No competency with too few items is a strength or a weakness, and none is both."""
    strong, weak = contrasts(
        {name: p for name, (p, _) in given_.items()}, {name: n for name, (_, n) in given_.items()}, RULES
    )
    assert all(given_[name][1] >= RULES.risk.minimum_items for name in strong + weak)
    assert not set(strong) & set(weak)
