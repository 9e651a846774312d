"""Standard errors of the law school admission test against exact values, in slope and intercept."""

from __future__ import annotations

import pathlib

import numpy as np
from irt.fits import laid_out
from reference import CASES, values_of

from compassess.irt import calibrate
from compassess.irt.estimation.crossproducts import crossproduct_information
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.estimation.parameter_errors import inverse_information


def test_errors_of_slopes_and_intercepts_are_exact(reference: pathlib.Path) -> None:
    """Observed information and sandwich agree with exact values to all six digits that these have."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    responses = CASES[0].responses(reference)
    found = calibrate(responses, "2PL", standard_errors=None, tolerance=1e-9, nodes=61)
    fit, phi = laid_out(responses, "2PL", nodes=61)
    (form,) = fit.space.forms
    form.nearest(np.column_stack([found.items.a, -found.items.a * found.items.b[:, 0]]), phi)
    inverse = inverse_information(observed_information(fit, phi))
    slope, intercept = np.sqrt(np.diag(inverse))[form.places].T
    np.testing.assert_allclose(slope, exact["se_a_observed"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(intercept, exact["se_d_observed"], rtol=0, atol=1e-6)
    sandwich = inverse @ crossproduct_information(fit, phi) @ inverse
    robust = np.sqrt(np.diag(sandwich))[form.places[:, 0]]
    np.testing.assert_allclose(robust, exact["se_a_sandwich"], rtol=0, atol=1e-6)
