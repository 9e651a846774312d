"""The contrasting groups method: judges say which band persons belong to, and the cut parts them best.

Letters. y_nk is 1 where person n was judged to be above cut k, P_k(θ) the probability of that. Passing
somebody who should not costs L₁, failing somebody who should pass costs L₀; both cost the same in expectation
where P = L₁ / (L₁ + L₀), which is ½ for equal losses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.scoring.standards.cut_scores import CutScores
from compassess.scoring.standards.logistic_cut import logistic_cuts
from compassess.scoring.standards.normal_cut import normal_cuts

__all__ = ["CONTRASTS", "contrasting_groups"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Found = tuple[Floats, tuple[str, ...], Floats, dict[str, Floats]]

_FEW: Final = 2  # persons on a side from whom a spread can be told

#: How the groups are parted: cuts, statuses, covariance and what else was found.
CONTRASTS: Final[Mapping[str, Callable[[Floats, Booleans, float], Found]]] = MappingProxyType(
    {"logistic": logistic_cuts, "normal": normal_cuts}
)


def contrasting_groups(
    theta: ArrayLike,
    judged: ArrayLike,
    *,
    model: str = "logistic",
    losses: tuple[float, float] = (1.0, 1.0),
    bands: Sequence[str] = (),
) -> CutScores:
    """Cuts where a person is as likely as the losses ask to be judged above.

    "logistic": log(P / (1 − P)) = β₀ + β₁ θ by maximum likelihood, and

        cut = (log(L₁ / L₀) − β₀) / β₁,   Var = (1, cut) C (1, cut)ᵀ / β₁²   (delta method),

    with C_jk = A_j⁻¹ B_jk A_k⁻¹, B_jk = Σ_n x_n x_nᵀ P_k (1 − P_j) for j ≤ k, A = B_jj, x = (1, θ): the same
    persons are judged at every cut.

    "normal": n₁ L₀ φ(θ; m₁, s₁) = n₀ L₁ φ(θ; m₀, s₀) where the ratio of the two rises (as it does between the
    means), with the error from each person's influence through (m₀, s₀, m₁, s₁, log n₁ / n₀): the delta
    method, with the covariances of means and SDs as they are in the scores.

    Parameters
    ----------
    theta : (n_persons,), best EAP under the population that the persons come from: P(above given EAP) is ½
        where P(above given θ) is. With estimates that do not shrink (WLE, ML), of reliability ρ, the cut
        lies 1 / ρ times as far from the persons' mean.
    judged : (n_persons,) True for masters; with several cuts the band, 0 … n_cuts.
    losses : (L₁, L₀), of a false pass and of a false fail.

    Domain: persons are a sample of those whom the cut is for. Where groups of n₀ and n₁ were sought out
    instead, and the population holds a share τ of masters, multiply L₁ by n₁ (1 − τ) / (n₀ τ), for a single
    cut; the error is then on the safe side, because it takes n₁ / n₀ for a finding. Persons are taken for
    independent: what a judge has in common over many persons is not in the error.

    Limits: ``statuses`` by cut. "separated": all masters are above all others; "touching": the lowest of them
    is as high as the highest other (both "logistic"; the cut is half way between the two, whatever the
    losses, and has no error). "not_rising": masters are not higher on average; "no_spread": all scores of
    a group are the same, and "no_intersection": the weighted densities do not meet where their ratio rises
    (both "normal"); these three have no cut (NaN). ``status`` is that of the first cut which is not "ok".

    Returns
    -------
    CutScores with ``details``: ``coefficients`` (n_cuts, 2) of "logistic" or ``means`` and ``spreads``
    (n_cuts, 2) of "normal", ``above`` and ``below``, how many persons on either side by cut, ``statuses``.

    Raises
    ------
    InputError : lengths that differ, θ not finite, a side without persons, unknown options, losses that are
        not positive; cuts that do not increase.

    References
    ----------
    Livingston & Zieky (1982), Passing Scores, ch. 3; Cizek & Bunch (2007), Standard Setting, ch. 7; Albert &
    Anderson (1984), Biometrika 71, on separation; Carroll, Ruppert, Stefanski & Crainiceanu (2006),
    Measurement Error in Nonlinear Models, ch. 4, on E(θ given answers) in the place of θ.
    """
    scores, above = _judged(theta, judged, model, losses)
    cuts, statuses, covariance, told = CONTRASTS[model](scores, above, float(np.log(losses[0] / losses[1])))
    return CutScores.create(
        method="contrasting_groups",
        cuts=cuts,
        covariance=covariance,
        bands=bands,
        n=scores.size,
        n_of="persons",
        status=next((one for one in statuses if one != "ok"), "ok"),
        details={
            "model": model,
            "above": above.sum(axis=1),
            "below": (~above).sum(axis=1),
            "statuses": statuses,
            **told,
        },
    )


def _judged(
    theta: ArrayLike, judged: ArrayLike, model: str, losses: tuple[float, float]
) -> tuple[Floats, Booleans]:
    """θ, and who was judged above each cut, (n_cuts, n_persons); raises for every fault."""
    scores, band = np.asarray(theta, dtype=np.float64), np.asarray(judged)
    problems = _options(model, losses)
    if not np.isfinite(scores).all():
        problems.append(
            Problem(
                where="theta",
                what="estimates that are not finite",
                got=f"{(~np.isfinite(scores)).sum()} of {scores.size}",
                remedy="Use EAP, which is finite for every answer, or leave these persons out.",
            )
        )
    if scores.ndim != 1 or scores.shape != band.shape or scores.size == 0:
        problems.append(
            Problem(
                where="theta, judged", what="one of each for each person", got=f"{scores.shape}, {band.shape}"
            )
        )
    elif band.dtype != np.bool_ and not (np.issubdtype(band.dtype, np.integer) and int(band.min()) >= 0):
        problems.append(
            Problem(where="judged", what="not bands", expected="True and False, or numbers of bands from 0")
        )
    else:
        above = band.astype(np.intp) > np.arange(max(int(band.max()), 1))[:, None]
        problems += _few(above)
    raise_if_any(problems)
    return scores, above


def _few(above: Booleans) -> list[Problem]:
    return [
        Problem(
            where=f"judged, cut {k}",
            what="too few persons on one side",
            got=f"{side.sum()} above, {(~side).sum()} below",
            expected=f"{_FEW} or more on either",
        )
        for k, side in enumerate(above, start=1)
        if min(side.sum(), (~side).sum()) < _FEW
    ]


def _options(model: str, losses: tuple[float, float]) -> list[Problem]:
    problems = []
    if model not in CONTRASTS:
        problems.append(
            Problem(where="model", what="unknown", got=repr(model), expected=" or ".join(CONTRASTS))
        )
    if len(losses) != 2 or not all(0 < loss < np.inf for loss in losses):
        problems.append(
            Problem(where="losses", what="not positive numbers", got=str(losses), expected="two losses")
        )
    return problems
