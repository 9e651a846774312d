"""compassess.scoring.decisions: from probabilities to words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compassess as ca
from compassess.scoring.decisions import (
    RISK_ZONES,
    WITHHELD,
    above_risk_zones,
    band_name,
    bands_given,
    bands_in_view,
    contrasts,
    risk_zones,
)

BANK = banks.one_block(3)
RULES = banks.bands(BANK)
LOSSES = replace(RULES, policy="least_expected_loss")
POINTS = replace(RULES, policy="point_estimate")


def band_of(probabilities: Sequence[float], rules: ca.Bands = RULES, theta: float = 0.0) -> str:
    """The word for the band that is given to one person."""
    return band_name(int(bands_given(probabilities, theta, rules)), rules)


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
    assert bands_in_view(both, np.zeros(2), RULES).tolist() == [2, 0]
    assert bands_given(both, np.zeros(2), RULES).tolist() == [2, WITHHELD]


@pytest.mark.parametrize("noise", [-2e-16, 0.0, 2e-16])
def test_thresholds_are_reached_whatever_the_last_bits(noise: float) -> None:
    """Confirmation, risk, clear, the joint statement, contrasts and the largest error: at it is enough."""
    rules = replace(RULES, risk=replace(RULES.risk, maximum_se=0.4))
    risk, enough = rules.risk, rules.risk.minimum_items
    sure = rules.confirmation["minimal"]
    assert band_of((sure + noise, 1.0 - sure, 0.0, 0.0)) == "minimal"
    for probability, zone in ((risk.risk_probability, "risk"), (risk.clear_probability, "clear")):
        code = int(risk_zones(probability + noise, enough, 0.4 * (1.0 + noise), rules))
        assert RISK_ZONES[code] == zone
    assert above_risk_zones(risk.above_all_probability + noise, enough, 0.4, rules)
    limit = rules.contrast_probability
    chances = {"strong": limit + noise, "weak": 1.0 - limit + noise}
    assert contrasts(chances, dict.fromkeys(chances, enough), rules) == (("strong",), ("weak",))


def test_the_band_of_the_posterior_mean() -> None:
    """By its policy the band is the half-open interval [cut, next cut) of the mean, whatever is probable."""
    low, middle, high = POINTS.cuts
    means = [low - 0.1, low, low + 0.1, middle - 1e-6, middle, high - 1e-6, high, 9.0]
    flat = np.full((len(means), 4), 0.25)
    assert bands_in_view(flat, np.array(means), POINTS).tolist() == [0, 1, 1, 1, 2, 2, 3, 3]
    assert band_of((0.25, 0.25, 0.25, 0.25), POINTS, low - 0.1) == "needs_more_evidence"
    assert band_of((0.96, 0.04, 0.0, 0.0), POINTS, low - 0.1) == "minimal"


def test_the_least_expected_loss_minds_errors_by_two_bands() -> None:
    """Where the most probable band would often be wrong by two, the band between costs least."""
    split = (0.0, 0.45, 0.06, 0.49)
    assert band_of(split) == "excellent"
    # Expected squared distances: 2.02, .45 + .49 = .94, .45·4 + .06 = 1.86 for the upper three.
    assert band_of(split, LOSSES) == "effective"


@given(
    weights=st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda w: sum(w) > 0.1),
    costs=st.lists(st.floats(0, 5), min_size=6, max_size=6),
)
def test_no_other_band_costs_less(weights: list[float], costs: list[float]) -> None:
    """The band in view has the smallest Σ_k p_k loss(k, band) of all, under any losses."""
    up, down = np.cumsum(costs[:3]), np.cumsum(costs[3:])
    table = [
        [0.0 if t == g else float((up if g > t else down)[abs(t - g) - 1]) for g in range(4)]
        for t in range(4)
    ]
    rules = replace(LOSSES, losses=tuple(tuple(row) for row in table))
    p = np.array(weights) / sum(weights)
    expected = [sum(p[t] * table[t][g] for t in range(4)) for g in range(4)]
    chosen = int(bands_in_view(p, 0.0, rules))
    assert expected[chosen] <= min(expected) + 1e-6


def test_losses_of_one_for_every_error_choose_the_most_probable_band() -> None:
    """0–1 loss and the highest probability are the same policy."""
    table = tuple(tuple(float(t != g) for g in range(4)) for t in range(4))
    rules = replace(LOSSES, losses=table)
    p = np.random.default_rng(4).dirichlet(np.ones(4), 200)
    theta = np.zeros(200)
    assert np.array_equal(bands_in_view(p, theta, rules), bands_in_view(p, theta, RULES))


def test_symmetric_cuts_without_answers() -> None:
    """Who answered nothing under symmetric cuts gets one and the same band in every block."""
    bank = banks.three_blocks(2)
    assessment = banks.assessment(
        bank, rules=banks.bands(bank, cuts=(-1, 0, 1)), unanswered=banks.SCORE_ANYTHING
    )
    result = assessment.start().conclude()
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
    assert RISK_ZONES[int(risk_zones(probability, n_items, 0.5, RULES))] == word


def test_evidence_may_be_asked_for_as_a_standard_error() -> None:
    """Above the file's largest posterior SD a zone is insufficient, and nothing is said of all of them."""
    rules = replace(RULES, risk=replace(RULES.risk, maximum_se=0.6))
    zones = risk_zones([0.9, 0.9, 0.9], [5, 5, 1], [0.6, 0.61, 0.3], rules)
    assert [RISK_ZONES[code] for code in zones] == ["risk", "insufficient", "insufficient"]
    assert above_risk_zones(0.9, [5, 5], [0.5, 0.61], rules) is None
    assert above_risk_zones(0.9, [5, 5], [0.5, 0.6], rules) is True


def test_above_risk_zones() -> None:
    """The joint probability decides; nothing is said while a competency has too few items."""
    assert above_risk_zones(0.5, [2, 3], [0.5, 0.5], RULES) is True
    assert above_risk_zones(0.4999, [2, 3], [0.5, 0.5], RULES) is False
    assert above_risk_zones(0.9, [1, 3], [0.5, 0.5], RULES) is None
    assert above_risk_zones(0.1, [3, 0], [0.5, 0.5], RULES) is None


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
