"""What of a batch's items is free: coordinates, their derivatives, and the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.strategies import irt_columns, seeds

from compassess.irt import MODELS
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.models import Floats
from irt.estimation.cases import CASES, Case
from irt.fits import form_of

FEW = settings(max_examples=20)
#: Every family, with the ψ that it can have: thresholds where its items have thresholds of their own.
SHAPES = [
    ("2PL", 2, False),
    ("2PL", 2, True),
    ("1PL", 2, False),
    ("Rasch", 2, True),
    ("3PL", 2, False),
    ("3PL", 2, True),
    ("4PL", 2, False),
    ("4PL", 2, True),
    ("GRM", 4, False),
    ("GRM", 4, True),
    ("PCM", 4, True),
    ("RSM", 4, False),
    ("GPCM", 5, False),
    ("GPCM", 5, True),
    ("NRM", 4, False),
]
EVERY_SHAPE = pytest.mark.parametrize(("name", "k", "by_threshold"), SHAPES)


def drawn(data: st.DataObject, name: str, k: int, by_threshold: bool) -> tuple[ItemForm, Floats]:
    """A form of two items, and φ where plausible items are."""
    form = replace(form_of(name, k, 2), by_threshold=by_threshold)
    xi = [MODELS[name].family.from_irt(data.draw(irt_columns(MODELS[name], k))) for _ in range(2)]
    phi = np.zeros(int(form.places.max()) + 1)
    form.nearest(np.vstack(xi), phi)
    return form, phi


def jacobian_by_differences(form: ItemForm, phi: Floats, step: float = 1e-6) -> Floats:
    """∂ξ / ∂φ[places] of every item."""
    columns = []
    for place in range(phi.size):
        move = step * np.eye(phi.size)[place]
        columns.append((form.xi(phi + move) - form.xi(phi - move)) / (2 * step))
    by_place = np.stack(columns, axis=-1)
    return np.take_along_axis(by_place, form.places[:, None, :], axis=2)


@EVERY_SHAPE
@FEW
@given(data=st.data())
def test_the_jacobian_is_the_derivative_of_the_parameters(
    name: str, k: int, by_threshold: bool, data: st.DataObject
) -> None:
    """∂ξ / ∂φ, whether intercepts or thresholds are free."""
    form, phi = drawn(data, name, k, by_threshold)
    found = form.jacobian(phi)
    assert found.shape == (2, form.basis.shape[0], form.places.shape[1])
    # Differences of numbers up to 40 (a sum of GPCM's a b): 1e-15 of them over 1e-6.
    np.testing.assert_allclose(found, jacobian_by_differences(form, phi), rtol=1e-6, atol=1e-7)


@EVERY_SHAPE
@FEW
@given(data=st.data(), seed=seeds())
def test_the_bend_is_the_second_derivative_along_a_slope(
    name: str, k: int, by_threshold: bool, data: st.DataObject, seed: int
) -> None:
    """Σ_p g_p ∂²ξ_p / ∂φ ∂φ: how fast the Jacobian, weighed by a slope, turns."""
    form, phi = drawn(data, name, k, by_threshold)
    slope = np.random.default_rng(seed).normal(size=(2, form.basis.shape[0]))
    found, step = form.bend(phi, slope), 1e-4
    width = form.places.shape[1]
    expected = np.empty((2, width, width))
    for item, places in enumerate(form.places):
        for column, place in enumerate(places.tolist()):
            move = step * np.eye(phi.size)[place]
            after, before = (form.jacobian(phi + sign * move)[item] for sign in (1, -1))
            expected[item, :, column] = slope[item] @ (after - before) / (2 * step)
    # Differences of differences on one side, of Jacobians on the other: 1e-16 of 40 over 1e-6.
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1))


@EVERY_SHAPE
@FEW
@given(data=st.data())
def test_parameters_are_found_again(name: str, k: int, by_threshold: bool, data: st.DataObject) -> None:
    """What comes nearest to ξ(φ) is φ, in either coordinates."""
    form, phi = drawn(data, name, k, by_threshold)
    found = np.full_like(phi, 7.0)
    form.nearest(form.xi(phi), found)
    # A threshold is an intercept over a slope of .15 or more.
    np.testing.assert_allclose(found, phi, rtol=1e-10, atol=1e-10)


@EVERY_SHAPE
@FEW
@given(data=st.data())
def test_thresholds_are_what_is_free(name: str, k: int, by_threshold: bool, data: st.DataObject) -> None:
    """With thresholds in ψ, ψ holds a and b of the IRT metric; without, ψ is ξ."""
    form, phi = drawn(data, name, k, by_threshold)
    psi, xi = form.psi(phi), form.xi(phi)
    if not by_threshold:
        np.testing.assert_array_equal(psi, xi)
        return
    columns = MODELS[name].family.to_irt(xi)
    np.testing.assert_allclose(psi[:, :1], columns["a"], rtol=1e-12)
    np.testing.assert_allclose(psi[:, 1:k], columns["b"], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(psi[:, k:], xi[:, k:])  # logits of asymptotes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_jacobian_holds_for_whatever_is_free(case: Case) -> None:
    """Ties, fixed items and models together: each batch's Jacobian is the derivative of its items."""
    fit, phi = case.somewhere()
    for form in fit.space.forms:
        if form.places.size:
            expected = jacobian_by_differences(form, phi)
            np.testing.assert_allclose(form.jacobian(phi), expected, rtol=1e-6, atol=1e-7)


def test_shared_places_get_the_average_of_their_items() -> None:
    """One slope for three items that have different ones: their mean; the intercepts stay their own."""
    form = form_of("1PL", 2, 3)
    phi = np.zeros(4)
    form.nearest(np.array([[1.0, 0.5], [2.0, -0.5], [1.5, 0.0]]), phi)
    np.testing.assert_allclose(form.xi(phi), [[1.5, 0.5], [1.5, -0.5], [1.5, 0.0]], rtol=1e-14, atol=1e-14)


def test_items_without_freedom_stay_as_they_are() -> None:
    """An offset without a basis writes nothing and moves with nothing."""
    form = ItemForm(
        family=MODELS["2PL"].family,
        offset=np.array([[1.2, 0.3]]),
        basis=np.zeros((2, 0)),
        places=np.zeros((1, 0), dtype=np.intp),
        n_own=0,
    )
    phi = np.array([4.0, 5.0])
    form.nearest(np.array([[9.0, 9.0]]), phi)
    np.testing.assert_array_equal(phi, [4.0, 5.0])
    np.testing.assert_array_equal(form.xi(phi), [[1.2, 0.3]])
