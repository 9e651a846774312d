"""compassess.scoring.risk_rates: what a risk zone's statement is worth."""

from __future__ import annotations

import banks
import numpy as np
import pytest
from scipy.special import ndtr

from compassess.errors import InputError
from compassess.scoring import expected_risk_rates, observed_risk_rates, risk_zones, stated_risk_rates

RULES = banks.bands(banks.one_block(3))


def drawn(se: float, n: int = 400_000) -> tuple[np.ndarray, np.ndarray]:
    """True θ and posterior means of people who are all known with the same standard error."""
    rng = np.random.default_rng(7)
    mean = rng.normal(0, np.sqrt(1 - se**2), n)
    return mean + se * rng.normal(size=n), mean


@pytest.mark.parametrize("se", [0.3, 0.5, 0.7, 0.9])
def test_stated_rates_are_those_of_a_simulation(se: float) -> None:
    """Closed forms, people drawn from the model, and what posterior probabilities expect say the same."""
    threshold = RULES.risk.threshold
    theta, mean = drawn(se)
    probability = ndtr((threshold - mean) / se)
    zones = risk_zones(probability, np.full(mean.size, 9), np.full(mean.size, se), RULES)
    stated = stated_risk_rates(se, threshold, RULES.risk)
    seen = observed_risk_rates(theta < threshold, zones)
    expected = expected_risk_rates(probability, zones)
    n_low = int((theta < threshold).sum())
    for name in ("sensitivity", "false_alarm", "missed", "cleared", "flagged"):
        truth = float(getattr(stated, name))
        n = n_low if name in ("sensitivity", "missed") else mean.size - n_low
        tolerance = 4.5 * np.sqrt(max(truth * (1 - truth), 1e-5) / n)  # 4.5 standard errors: 7e-6 by chance
        assert float(getattr(seen, name)) == pytest.approx(truth, abs=tolerance), name
        assert float(getattr(expected, name)) == pytest.approx(truth, abs=tolerance), name


def test_perfect_knowledge_and_none() -> None:
    """At s = 0 nothing is missed and nothing falsely flagged; at s = 1 everybody has the prior's zone."""
    exact = stated_risk_rates(0.0, -1.65, RULES.risk)
    assert (float(exact.sensitivity), float(exact.false_alarm), float(exact.missed)) == (1.0, 0.0, 0.0)
    nothing = stated_risk_rates(1.0, -1.65, RULES.risk)
    assert (float(nothing.sensitivity), float(nothing.flagged)) == (0.0, 0.0)
    assert np.isnan(nothing.predictive_value)
    assert float(nothing.missed) == float(nothing.cleared) == 1.0  # Φ(−1.65) = .049 is below .1


def test_more_evidence_finds_more_of_those_at_risk() -> None:
    """Sensitivity falls with the standard error; the predictive value of a flag is at least p₂."""
    rates = stated_risk_rates(np.linspace(0.05, 0.95, 19), -1.65, RULES.risk)
    assert (np.diff(rates.sensitivity) < 0).all()
    assert (rates.predictive_value >= RULES.risk.risk_probability).all()
    assert (rates.sensitivity > rates.false_alarm).all()


def test_nobody_in_the_zone() -> None:
    """Where nobody is below the threshold there is no sensitivity to speak of."""
    rates = observed_risk_rates(np.zeros((4, 2), dtype=bool), np.ones((4, 2), dtype=int))
    assert np.isnan(rates.sensitivity).all()
    assert rates.false_alarm.tolist() == [0.0, 0.0]


def test_a_standard_error_beyond_the_population() -> None:
    """A posterior cannot be wider than the population that it comes from."""
    with pytest.raises(InputError, match=r"se: not the posterior SD .* got 1\.2"):
        stated_risk_rates([0.4, 1.2], -1.65, RULES.risk)
