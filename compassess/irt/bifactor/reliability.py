r"""What a bifactor model says of scores: how much of them is the general factor.

On the scale of the answers' latent responses an item's loadings are

    λ_g = a_g / √(D² + a_g² + a_s²),  λ_s = a_s / √(D² + a_g² + a_s²),  D = 1.702,

and with Σ over items, Θ = Σ (1 − λ_g² − λ_s²),

    ω   = ((Σ λ_g)² + Σ_s (Σ λ_s)²) / (the same + Θ),
    ω_h = (Σ λ_g)² / (the same denominator),   ω_hs = (Σ λ_s)² / (the subscale's own denominator),
    ECV = Σ λ_g² / Σ (λ_g² + λ_s²).

Sums of codes are not sums of latent responses: ``sum_omega_h`` = Var E(T | θ_g) / Var T is the general
factor's share of the variance of the sum that is really counted, found on the nodes.

References
----------
McDonald (1999), Test Theory, ch. 6; Reise, Bonifay & Haviland (2013), Journal of Personality
Assessment 95, for ω_h, ECV and PUC; Green & Yang (2009), Psychometrika 74, for sums of categories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from compassess.irt.bifactor.estimation import Bifactor
from compassess.irt.bifactor.surfaces import Plane, Surface
from compassess.irt.models import MODELS, Floats
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BifactorReliability", "bifactor_reliability"]

_D: Final = 1.702  # a logistic curve of slope D is near the normal ogive
_LIMIT: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BifactorReliability:
    """The answer of :func:`bifactor_reliability`.

    Attributes
    ----------
    general_loadings, specific_loadings : λ of the items, (n_items,), NaN where not estimated.
    omega, omega_h : of all items together.
    subscale_omega, subscale_omega_h : by specific factor: ω of the sum of its items, and ω_hs, what of it the
        specific factor alone tells, (n_specifics,).
    ecv : share of the common variance that is general; ``item_ecv`` by item.
    puc : share of the pairs of items that no specific factor has in common.
    sum_omega, sum_omega_h : reliability of the sum of codes, and the general factor's share of its variance.
    """

    items: tuple[str, ...]
    specifics: tuple[str, ...]
    general_loadings: Floats
    specific_loadings: Floats
    omega: float
    omega_h: float
    subscale_omega: Floats
    subscale_omega_h: Floats
    ecv: float
    item_ecv: Floats
    puc: float
    sum_omega: float
    sum_omega_h: float

    def to_frame(self) -> pd.DataFrame:
        """A row for all items and one a specific factor: score, omega, omega_h."""
        return frame(
            {
                "score": ["all items", *self.specifics],
                "omega": [self.omega, *self.subscale_omega.tolist()],
                "omega_h": [self.omega_h, *self.subscale_omega_h.tolist()],
            }
        )


def bifactor_reliability(fit: Bifactor) -> BifactorReliability:
    """ω, ω_h, ECV and PUC of a bifactor model, and the reliability of the sum of codes.

    Read them together: where ω_h is near ω and ECV is high, one score tells nearly everything, and
    what a subscale adds (ω_hs) is small; where ECV is low, one dimension is a poor summary. Rough
    marks: ω_h above .8; with ECV and PUC above .7 a one-dimensional model biases slopes little.
    """
    size = np.sqrt(_D**2 + fit.general**2 + fit.specific**2)
    general, specific = fit.general / size, fit.specific / size
    told = np.isfinite(general)
    g, s, home = general[told], specific[told], fit.specific_of[told]
    unique = 1.0 - g**2 - s**2
    by_specific = np.array([s[home == index].sum() ** 2 for index in range(len(fit.specifics))])
    common = g.sum() ** 2 + by_specific.sum()
    omegas, omegas_h = [], []
    for index in range(len(fit.specifics)):
        mine = home == index
        of_general, own = g[mine].sum() ** 2, by_specific[index]
        total = of_general + own + unique[mine].sum()
        omegas.append((of_general + own) / total)
        omegas_h.append(own / total)
    sizes = np.bincount(home[home >= 0], minlength=len(fit.specifics))
    pairs = g.size * (g.size - 1) / 2
    sum_omega, sum_omega_h = _of_the_sum(fit)
    return BifactorReliability(
        items=fit.items.ids,
        specifics=fit.specifics,
        general_loadings=general,
        specific_loadings=specific,
        omega=float(common / (common + unique.sum())),
        omega_h=float(g.sum() ** 2 / (common + unique.sum())),
        subscale_omega=np.array(omegas),
        subscale_omega_h=np.array(omegas_h),
        ecv=float((g**2).sum() / (g**2 + s**2).sum()),
        item_ecv=general**2 / (general**2 + specific**2),
        puc=float(1.0 - (sizes * (sizes - 1) / 2).sum() / pairs) if pairs else float("nan"),
        sum_omega=sum_omega,
        sum_omega_h=sum_omega_h,
    )


def _of_the_sum(fit: Bifactor) -> tuple[float, float]:
    """Shares of the variance of the sum of codes: that of all factors, and that of the general one.

    Var T = Var_g E(T | g) + E_g [Σ_s Var_s E(T_s | g, s) + Σ_i E Var(x_i | g, s)].
    """
    plane = Plane.create(max(fit.n_nodes, 31), _LIMIT)
    q, masses = plane.n_nodes, plane.masses
    carriers = len(fit.specifics) + 1
    mean = np.zeros((carriers, q, q))
    noise = 0.0
    for item in np.flatnonzero(np.isfinite(fit.general)).tolist():
        own = fit.intercepts[item]
        surface = Surface(
            family=MODELS[fit.items.models[item]].family, has_specific=bool(fit.specific_of[item] >= 0)
        )
        slopes = [fit.general[item], fit.specific[item]][: surface.n_slopes]
        log_p = surface.log_probability(np.concatenate([slopes, own[np.isfinite(own)]]), plane)
        p, codes = np.exp(log_p).reshape(-1, q, q), _lowest_codes(fit, item)
        expected = np.tensordot(codes, p, axes=1)
        mean[fit.specific_of[item]] += expected
        noise += float(masses @ (np.tensordot(codes**2, p, axes=1) - expected**2) @ masses)
    given_general = mean @ masses
    within = float(((mean**2 @ masses - given_general**2) @ masses).sum())
    total = given_general.sum(axis=0)
    between = float(masses @ total**2 - (masses @ total) ** 2)
    variance = between + within + noise
    return (between + within) / variance, between / variance


def _lowest_codes(fit: Bifactor, item: int) -> Floats:
    """The code of each category that occurred: the lowest of those that count as one."""
    mapped = fit.items.category_map()[item]
    return np.array([np.flatnonzero(mapped == k)[0] for k in range(int(mapped.max()) + 1)], dtype=np.float64)
