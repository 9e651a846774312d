"""Calibrations of the same answers side by side: information criteria, likelihood ratios, fit by margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.calibration import Calibration
from compassess.irt.fit.model_fit import ModelFit, model_fit
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LikelihoodRatio", "ModelComparison", "compare_models", "likelihood_ratio"]

Floats = NDArray[np.float64]
_ROUNDING: Final = 1e-3  # in log-likelihoods of fits that have converged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelihoodRatio:
    """The answer of :func:`likelihood_ratio`: ``value`` 2 (log L₁ − log L₀), ``df``, ``p_value``."""

    value: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelComparison:
    """The answer of :func:`compare_models`, by model in the order that they came in.

    ``aic``, ``aicc``, ``bic``, ``sabic``: the smaller the better; ``weights`` are Akaike's,
    exp(−ΔAIC / 2) over their sum. ``tests`` are likelihood ratios of pairs named nested; ``fits`` the
    fit by margins of each, empty where no responses were handed in.
    """

    names: tuple[str, ...]
    log_likelihood: Floats
    n_parameters: NDArray[np.int64]
    aic: Floats
    aicc: Floats
    bic: Floats
    sabic: Floats
    weights: Floats
    converged: NDArray[np.bool_]
    tests: Mapping[tuple[str, str], LikelihoodRatio]
    fits: Mapping[str, ModelFit]

    def to_frame(self) -> pd.DataFrame:
        """A row a model."""
        columns: dict[str, Sequence[object] | Floats | NDArray[np.int64] | NDArray[np.bool_]] = {
            "model": self.names,
            "log_likelihood": self.log_likelihood,
            "n_parameters": self.n_parameters,
            "aic": self.aic,
            "aicc": self.aicc,
            "bic": self.bic,
            "sabic": self.sabic,
            "weight": self.weights,
            "converged": self.converged,
        }
        if self.fits:
            for column in ("value", "df", "p_value", "rmsea", "srmsr", "tli", "cfi"):
                columns[column] = [getattr(self.fits[name], column) for name in self.names]
        return frame(columns)

    def tests_frame(self) -> pd.DataFrame:
        """A row a likelihood-ratio test."""
        return frame(
            {
                "restricted": [pair[0] for pair in self.tests],
                "general": [pair[1] for pair in self.tests],
                "value": [test.value for test in self.tests.values()],
                "df": [test.df for test in self.tests.values()],
                "p_value": [test.p_value for test in self.tests.values()],
            }
        )


def likelihood_ratio(restricted: Calibration, general: Calibration) -> LikelihoodRatio:
    """2 (log L₁ − log L₀), which is χ² with the difference of the numbers of parameters if the first holds.

    Limits: the first must be the second with parameters set or made equal, which the numbers cannot tell.
    Where it sets some to the end of their range (an asymptote to 0, a correlation or λ to 1) p is too large:
    with one such parameter about twice what it should be (Self & Liang 1987). With priors it is no
    likelihood-ratio test.

    Raises
    ------
    InputError : other answers; no more parameters in the second; priors; a likelihood that is lower with more
        parameters.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9; Self & Liang (1987), Journal of the American
    Statistical Association 82.
    """
    problems = _other_answers({"restricted": restricted, "general": general})
    df = general.n_parameters - restricted.n_parameters
    value = 2.0 * (general.log_likelihood - restricted.log_likelihood)
    if df < 1:
        problems.append(
            Problem(
                where="general",
                what="no more parameters than the restricted model",
                got=str(general.n_parameters),
                expected=f"more than {restricted.n_parameters}",
            )
        )
    problems += [
        Problem(where=name, what="it has priors on items; compare information criteria of fits without")
        for name, one in (("restricted", restricted), ("general", general))
        if one.log_prior != 0.0
    ]
    if not problems and value < -2 * _ROUNDING:
        problems.append(
            Problem(
                where="general",
                what="its likelihood is lower: the models are not nested, or a fit has not converged "
                f"(on {restricted.n_nodes} and {general.n_nodes} nodes)",
                got=f"{general.log_likelihood:.3f}",
                expected=f"at least {restricted.log_likelihood:.3f}",
            )
        )
    raise_if_any(problems)
    value = max(value, 0.0)
    return LikelihoodRatio(value=value, df=df, p_value=float(chi2.sf(value, df)))


def compare_models(
    calibrations: Mapping[str, Calibration],
    *,
    nested: Sequence[tuple[str, str]] = (),
    responses: Responses | None = None,
    statistic: str = "C2",
) -> ModelComparison:
    """AIC, AICc, BIC and SABIC of calibrations of the same answers, tests of nested pairs, fit by margins.

    ::

        AIC = −2 log L + 2 k            AICc = AIC + 2 k (k + 1) / (n − k − 1)
        BIC = −2 log L + k log n        SABIC = −2 log L + k log((n + 2) / 24)

    Parameters
    ----------
    calibrations : by a name of your own.
    nested : pairs (restricted, general) to be tested by :func:`likelihood_ratio`.
    responses : those that all were calibrated on, for :func:`compassess.irt.model_fit` of each.

    Limits: with priors log L is that at the posterior mode. AICc is infinite where n ≤ k + 1.

    Raises
    ------
    InputError : nothing to compare; calibrations of other answers; unknown names; what the tests refuse.

    References
    ----------
    Akaike (1974), IEEE Transactions on Automatic Control 19; Hurvich & Tsai (1989), Biometrika 76; Schwarz
    (1978), Annals of Statistics 6; Sclove (1987), Psychometrika 52.
    """
    if not calibrations:
        raise InputError(
            Problem(where="calibrations", what="nothing to compare", got="none", expected="1 or more")
        )
    problems = _other_answers(calibrations)
    problems += [
        Problem(
            where=f"nested[{place}]",
            what="no such model",
            got=repr(name),
            expected="one of " + ", ".join(calibrations),
        )
        for place, pair in enumerate(nested)
        for name in pair
        if name not in calibrations
    ]
    raise_if_any(problems)
    all_of = list(calibrations.values())
    deviance = np.array([-2.0 * one.log_likelihood for one in all_of])
    k = np.array([one.n_parameters for one in all_of], dtype=np.int64)
    n = all_of[0].total_weight
    aic = deviance + 2.0 * k
    with np.errstate(divide="ignore"):
        aicc = np.where(n > k + 1, aic + 2.0 * k * (k + 1) / np.maximum(n - k - 1, 1e-300), np.inf)
    weights = np.exp(-0.5 * (aic - aic.min()))
    return ModelComparison(
        names=tuple(calibrations),
        log_likelihood=-0.5 * deviance,
        n_parameters=k,
        aic=aic,
        aicc=aicc,
        bic=deviance + k * np.log(n),
        sabic=deviance + k * np.log((n + 2.0) / 24.0),
        weights=weights / weights.sum(),
        converged=np.array([one.converged for one in all_of]),
        tests={pair: likelihood_ratio(calibrations[pair[0]], calibrations[pair[1]]) for pair in nested},
        fits={
            name: model_fit(responses, one.items, statistic=statistic) for name, one in calibrations.items()
        }
        if responses is not None
        else {},
    )


def _other_answers(calibrations: Mapping[str, Calibration]) -> list[Problem]:
    """Fits of other persons or items than the first has."""
    (name, first), *rest = calibrations.items()
    return [
        Problem(
            where=other,
            what=f"it was calibrated on other answers than {name!r}",
            got=f"{one.n_answers.sum()} answers of {one.total_weight:g} persons to {one.items.n_items} items",
            expected=f"{first.n_answers.sum()} of {first.total_weight:g} to {first.items.n_items}",
        )
        for other, one in rest
        if one.items.ids != first.items.ids
        or one.total_weight != first.total_weight
        or not np.array_equal(one.n_answers, first.n_answers)
    ]
