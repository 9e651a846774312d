"""The observed information: minus the second derivative of the marginal log-posterior.

By Fisher's identity the gradient of the marginal log-likelihood is the expected complete-data score,
which one E-step gives; its derivative is taken by central differences, a pair of E-steps for every
free parameter. It equals what Oakes' formula gives in closed form.

References
----------
Oakes (1999), JRSS B 61, eq. 5; Chalmers (2018), British Journal of Mathematical and Statistical
Psychology 71.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.gradient import gradient
from compassess.irt.models import Floats

__all__ = ["observed_information"]

_STEP: Final = 1e-4  # truncation error about 1e-8, rounding about 1e-11 of the information


def observed_information(fit: Fit, phi: Floats) -> Floats:
    """Minus the Hessian in φ, (n_parameters, n_parameters), symmetric."""
    columns = []
    for place in range(phi.size):
        step = np.zeros_like(phi)
        step[place] = _STEP
        after, before = (gradient(fit, fit.evaluation(phi + sign * step)) for sign in (1.0, -1.0))
        columns.append((before - after) / (2 * _STEP))
    information = np.stack(columns)
    return np.asarray((information + information.T) / 2)
