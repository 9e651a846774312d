"""How many of the others lie above a point: the Poisson-binomial distribution with each person left out.

Letters. p_m the probability that person m lies above, independent of the others; N = Σ_m B_m with
B_m ~ Bernoulli(p_m); N₋ₙ the same without person n; μ, σ² the mean and variance of N.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["log_tail_bounds", "others_at_most"]

Floats = NDArray[np.float64]

_LOG_LEFT_OUT: Final = 35.0  # e^−35 = 6e-16: what is left out is less than rounding
_SURELY_NOT: Final = 1e-18  # of all persons together far less than rounding
_CELLS: Final = 2**15  # complex numbers at a time: half a MiB stays in a core's cache


def others_at_most(above: Floats, most: int) -> Floats:
    """P(N₋ₙ ≤ most) for every person n, (n_persons,), from ``above`` = p, (n_persons,).

    The distribution of a count on L consecutive values is the discrete Fourier transform of its
    characteristic function, which is a product over persons; leaving one out is a division:

        P(N₋ₙ ≤ c) = (1/L) Σ_l Σ_{j = lo}^{c} e^{−iω_l j} φ(ω_l) / (1 − p_n + p_n e^{iω_l}),
        φ(ω) = Π_m (1 − p_m + p_m e^{iω}),    ω_l = 2π l / L.

    L covers μ ± x, outside of which N has less than 1e-15 by Bernstein's inequality. L is odd, so that no ω
    is π, where a factor with p = ½ is 0: a product divided by one of its own factors keeps its relative
    precision, however small that factor is. |φ(ω)| ≤ exp(−σ² (1 − cos ω)), so that of a wide distribution
    few frequencies count: some thirty, whatever n, c and σ.

    Domain: p in [0, 1], any ``most``: 0 below 0, 1 from n − 1 on. Absolute error below 1e-11 for 66,580
    persons (rounding of a product of so many factors), below 1e-13 for a few hundred.

    References
    ----------
    Hong (2013), Computational Statistics & Data Analysis 59, 41-51, for the transform; Fernández &
    Williams (2010), IEEE Transactions on Aerospace and Electronic Systems 46, 803-817.
    """
    mean, variance = float(above.sum()), float((above * (1.0 - above)).sum())
    reach = _reach(variance)
    low = max(int(np.floor(mean - reach)) - 1, 0)
    high = min(int(np.ceil(mean + reach)), above.size - 1)
    if most < low:
        return np.zeros(above.size)
    if most >= high:
        return np.ones(above.size)
    length = (high - low + 1) | 1
    place = np.arange(1, (length + 1) // 2)
    omega = 2.0 * np.pi * place / length
    heard = max(variance - 0.25, 0.0) * (1.0 - np.cos(omega)) < _LOG_LEFT_OUT + np.log(length)
    place, omega = place[heard], omega[heard]
    weights = _sum_weights(place, low, most, length) * _characteristic(above, omega)
    share = (most - low + 1) / length
    return np.clip(share + _divided(weights, above, omega), 0.0, 1.0)


def log_tail_bounds(above: Floats, k: int) -> tuple[float, float]:
    """Upper bounds of log P(N ≤ k) and log P(N ≥ k) from ``above`` = p; 0 where nothing is known.

    The best of Bernstein's bound, log P(|N − μ| ≥ x) ≤ −½ x² / (σ² + x / 3) on either side, and of
    Chernoff's, log P(N ≥ k) ≤ k − μ − k log(k / μ) for μ ≤ k and the same of P(N ≤ k) for μ ≥ k, applied to
    those above and to those not above. Who is above, or not, to the last bit is counted apart.
    """
    open_ = above[(above > _SURELY_NOT) & (above < 1.0)]
    left = k - int((above >= 1.0).sum())
    if left < 0 or left > open_.size:
        return (-np.inf, 0.0) if left < 0 else (0.0, -np.inf)
    mean, below = float(open_.sum()), float((1.0 - open_).sum())
    distance = abs(mean - left)
    spread = float((open_ * (1.0 - open_)).sum()) + distance / 3.0
    bernstein = -0.5 * distance**2 / spread if distance else 0.0
    bound = min(bernstein, _poisson_bound(mean, left), _poisson_bound(below, open_.size - left))
    return (bound, 0.0) if mean > left else (0.0, bound)


def _poisson_bound(mean: float, k: int) -> float:
    if mean <= 0.0:
        return 0.0 if k <= 0 else -np.inf
    return k - mean - (k * np.log(k / mean) if k > 0 else 0.0)


def _reach(variance: float) -> float:
    """x with Bernstein's P(|N − μ| ≥ x) ≤ 2 exp(−½ x² / (σ² + x / 3)) as small as is left out."""
    half = _LOG_LEFT_OUT / 3.0
    return float(half + np.sqrt(half**2 + 2.0 * _LOG_LEFT_OUT * variance))


def _sum_weights(place: NDArray[np.intp], low: int, most: int, length: int) -> NDArray[np.complex128]:
    """(2/L) Σ_{j = low}^{most} e^{−iω_l j}: twice, for −ω as well, whose terms are the conjugates."""
    omega, m = 2.0 * np.pi * place / length, most - low + 1
    # Whole turns are taken out in integers: a phase of many turns would lose digits.
    turned = (place * (2 * low + m - 1)) % (2 * length)
    ratio = np.sin(np.pi * ((place * m) % (2 * length)) / length) / np.sin(omega / 2.0)
    return np.asarray(2.0 / length * ratio * np.exp(-1j * np.pi * turned / length))


def _characteristic(above: Floats, omega: Floats) -> NDArray[np.complex128]:
    """φ(ω) of N, (n_frequencies,)."""
    turn = -2.0 * np.sin(omega / 2.0) ** 2 + 1j * np.sin(omega)  # e^{iω} − 1 without cancellation
    product = np.ones(omega.size, dtype=np.complex128)
    for some in _chunks(above, omega.size):
        product *= np.multiply.reduce(1.0 + some[:, None] * turn, axis=0)
    return product


def _divided(weights: NDArray[np.complex128], above: Floats, omega: Floats) -> Floats:
    """Re Σ_l w_l / (1 − p_n + p_n e^{iω_l}) for every person, (n,)."""
    turn = -2.0 * np.sin(omega / 2.0) ** 2 + 1j * np.sin(omega)
    parts = []
    for some in _chunks(above, omega.size):
        real, imaginary = 1.0 + some[:, None] * turn.real, some[:, None] * turn.imag
        above_line = weights.real * real + weights.imag * imaginary
        parts.append((above_line / (real**2 + imaginary**2)).sum(axis=1))
    return np.concatenate(parts)


def _chunks(above: Floats, width: int) -> list[Floats]:
    size = max(_CELLS // max(width, 1), 1)
    return [above[first : first + size] for first in range(0, above.size, size)]
