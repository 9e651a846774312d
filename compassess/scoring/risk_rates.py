"""What a risk zone's statement is worth: sensitivity, false alarms, and what the evidence can carry.

Letters: r the threshold of a zone, s the posterior SD of θ_c, m its posterior mean. The zone is ``risk``
where P(θ_c < r) ≥ p₂ and ``clear`` where it is ≤ p₁.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from compassess.bank import RiskZones
from compassess.errors import InputError, Problem
from compassess.scoring.bivariate_normal import both_below
from compassess.scoring.decisions import RISK_ZONES

__all__ = ["RiskRates", "expected_risk_rates", "observed_risk_rates", "stated_risk_rates"]

Floats = NDArray[np.float64]

_CLEAR, _RISK = RISK_ZONES.index("clear"), RISK_ZONES.index("risk")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskRates:
    """How often a rule says what, by where θ_c truly is; arrays of one shape. NaN where there is nobody.

    Attributes
    ----------
    sensitivity : P(risk | θ_c < r).
    false_alarm : P(risk | θ_c ≥ r).
    missed : P(clear | θ_c < r).
    cleared : P(clear | θ_c ≥ r).
    flagged : P(risk).
    predictive_value : P(θ_c < r | risk).
    """

    sensitivity: Floats
    false_alarm: Floats
    missed: Floats
    cleared: Floats
    flagged: Floats
    predictive_value: Floats


def stated_risk_rates(se: ArrayLike, threshold: ArrayLike, rule: RiskZones) -> RiskRates:
    """What evidence of a posterior SD can carry, in the reference population.

    Everybody is taken to be known with the posterior N(m, s²), and θ_c to be N(0, 1), so that m is
    N(0, ρ²) with ρ² = 1 − s² and has the correlation ρ with θ_c. Then "risk" means m ≤ r − s Φ⁻¹(p₂),

        P(risk, θ_c < r) = Φ₂((r − s Φ⁻¹(p₂)) / ρ, r; ρ),

    and "clear" means m ≥ r − s Φ⁻¹(p₁). ``threshold`` is r, ``rule`` gives p₁ and p₂ only.

    Domain: 0 ≤ se ≤ 1, broadcast with the threshold. Limits: at s = 0 nobody is missed and there are no false
    alarms; at s = 1 nothing is known, everybody has the same zone.

    Raises
    ------
    InputError : a standard error that is no posterior SD in N(0, 1).

    References
    ----------
    Taylor & Russell (1939), Journal of Applied Psychology 23, 565-578, for selection by a correlated normal
    variable.
    """
    s, r = np.broadcast_arrays(np.asarray(se, dtype=np.float64), np.asarray(threshold, dtype=np.float64))
    if not ((s >= 0) & (s <= 1)).all():
        raise InputError(
            Problem(
                where="se",
                what="not the posterior SD of a θ that is N(0, 1)",
                got=str(s[~((s >= 0) & (s <= 1))].ravel()[0]),
                expected="0 to 1",
            )
        )
    rho, low = np.sqrt((1.0 - s) * (1.0 + s)), ndtr(r)
    risk = _standardised(r - s * ndtri(rule.risk_probability), rho)
    clear = _standardised(r - s * ndtri(rule.clear_probability), rho)
    return _rates(
        low=low,
        risk=ndtr(risk),
        risk_and_low=both_below(risk, r, rho),
        clear=ndtr(-clear),
        clear_and_low=low - both_below(clear, r, rho),
    )


def expected_risk_rates(probability: ArrayLike, zones: ArrayLike) -> RiskRates:
    """The rates in people of whom nobody knows the truth: what their posterior probabilities expect.

    With p_i = P(θ_c < r | answers of i), sensitivity = Σ_{i: risk} p_i / Σ_i p_i, false alarm =
    Σ_{i: risk} (1 − p_i) / Σ_i (1 − p_i), and so on. They hold as far as the model and its population do.

    Parameters
    ----------
    probability : (n_persons,) or (n_persons, n_competencies); ``zones`` the codes of
        :func:`compassess.scoring.risk_zones`. People of insufficient evidence count, as not flagged.

    Returns
    -------
    Rates of shape () or (n_competencies,).
    """
    p, codes = np.asarray(probability, dtype=np.float64), np.asarray(zones)
    risk, clear = codes == _RISK, codes == _CLEAR
    return _rates(
        low=p.mean(axis=0),
        risk=risk.mean(axis=0),
        risk_and_low=(p * risk).mean(axis=0),
        clear=clear.mean(axis=0),
        clear_and_low=(p * clear).mean(axis=0),
    )


def observed_risk_rates(below: ArrayLike, zones: ArrayLike) -> RiskRates:
    """The rates in a simulation, where ``below`` tells who truly has θ_c < r; shapes as above."""
    return expected_risk_rates(np.asarray(below, dtype=np.bool_), zones)


def _standardised(limit: Floats, rho: Floats) -> Floats:
    """limit / ρ, far out where ρ = 0: there m is 0 for everybody."""
    far = np.where(limit >= 0, 40.0, -40.0)  # Φ(±40) is 1 or 0 to the last bit
    return np.where(rho > 0, limit / np.where(rho > 0, rho, 1.0), far)


def _rates(
    low: Floats, risk: Floats, risk_and_low: Floats, clear: Floats, clear_and_low: Floats
) -> RiskRates:
    """The conditional rates from joint probabilities."""
    return RiskRates(
        sensitivity=_ratio(risk_and_low, low),
        false_alarm=_ratio(risk - risk_and_low, 1.0 - low),
        missed=_ratio(clear_and_low, low),
        cleared=_ratio(clear - clear_and_low, 1.0 - low),
        flagged=np.asarray(risk, dtype=np.float64),
        predictive_value=_ratio(risk_and_low, risk),
    )


def _ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """part / whole within [0, 1], NaN where the whole is nothing."""
    whole = np.asarray(whole, dtype=np.float64)
    some = whole > 0
    return np.where(some, np.clip(np.asarray(part) / np.where(some, whole, 1.0), 0.0, 1.0), np.nan)
