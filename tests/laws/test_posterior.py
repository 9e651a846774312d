"""The laws of the joint posterior: what one more answer may do to it, before it is known which one."""

from __future__ import annotations

import banks
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.irt import log_likelihood
from compassess.scoring import Event, JointPosterior

NODES = 41
BANK = banks.three_blocks(3, n_thresholds=2)
INTERPRETATION = banks.assessment(BANK, nodes=NODES, limits=(0, None)).interpretation
GRID = {"nodes": NODES, "limit": float(INTERPRETATION.lattice.grid.theta[-1])}
IDS = tuple(item.id for item in BANK.operational)
INF = float("inf")
EVENTS = (
    Event(composite=(-1.0, 0.5)),
    Event(blocks={"p": (-INF, -0.5)}, competencies={"q1": (0.0, INF)}),
    Event(competencies=dict.fromkeys(("p1", "p2", "q1", "q2", "r1", "r2"), (-1.0, INF))),
)


def before_and_after(data: st.DataObject) -> tuple[JointPosterior, JointPosterior, np.ndarray]:
    """One person's posterior, that after every answer to a new item, and how probable each answer is."""
    drawn = data.draw(st.lists(st.sampled_from([np.nan, 0, 1, 2]), min_size=len(IDS), max_size=len(IDS)))
    codes = np.array(drawn, dtype=np.float64)
    new = data.draw(st.integers(0, len(IDS) - 1))
    codes[new] = np.nan
    codes[(new + 1) % len(IDS)] = data.draw(st.integers(0, 2))  # somebody without any answer is refused
    after = np.tile(codes, (3, 1))
    after[:, new] = np.arange(3)
    old = ca.Responses.from_array(codes[None], items=IDS)
    told = ca.Responses.from_array(after, items=IDS)
    items = INTERPRETATION.measurement.items
    predictive = np.exp(log_likelihood(told, items, **GRID) - log_likelihood(old, items, **GRID))
    return JointPosterior.of(old, INTERPRETATION), JointPosterior.of(told, INTERPRETATION), predictive


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_an_added_answer_never_widens_the_expected_posterior(data: st.DataObject) -> None:
    """Cov(θ | x) = E Cov(θ | x, y) + Cov E(θ | x, y) over the next answer y, of all dimensions at once.

    What is expected of the covariance after the answer lies below the covariance before it in every
    direction: for blocks, competencies, the composite and every contrast of them.
    """
    old, told, predictive = before_and_after(data)
    before, after = old.moments(), told.moments()
    np.testing.assert_allclose(predictive.sum(), 1.0, atol=1e-10)
    np.testing.assert_allclose(predictive @ after.mean, before.mean[0], atol=1e-9)
    expected = np.einsum("y,yde->de", predictive, after.covariance)
    away = after.mean - before.mean
    gained = np.einsum("y,yd,ye->de", predictive, away, away)
    np.testing.assert_allclose(expected + gained, before.covariance[0], atol=1e-9)
    assert np.linalg.eigvalsh(before.covariance[0] - expected).min() >= -1e-9


@settings(max_examples=20, deadline=None)
@given(data=st.data(), event=st.sampled_from(EVENTS))
def test_an_added_answer_moves_no_expected_probability(data: st.DataObject, event: Event) -> None:
    """P(event | x) = Σ_y P(y | x) P(event | x, y), of bands, of zones and of all zones together."""
    old, told, predictive = before_and_after(data)
    np.testing.assert_allclose(predictive @ told.probability(event), old.probability(event)[0], atol=1e-9)
