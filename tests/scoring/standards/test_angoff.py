"""compassess.scoring.standards.angoff: ratings of items, the cut on θ and its errors over judges and items."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from compassess.errors import InputError
from compassess.irt import Items, expected_score, theta_at_total
from compassess.scoring.standards import CutScores, angoff
from scoring.standards.panels import angoff_studies, two_categories


def mixed_form() -> Items:
    """Two, three and four categories."""
    nothing = np.nan
    return Items.create(
        ids=["x", "y", "z"],
        models=["2PL", "GRM", "GPCM"],
        a=[1.2, 0.8, 1.5],
        b=[[0.2, nothing, nothing], [-1.0, 0.5, nothing], [-0.5, 0.3, 1.4]],
        n_categories=[2, 3, 4],
    )


def error(found: CutScores, kind: str) -> float:
    """The standard error of the first cut over judges, items or both."""
    return float(found.details["standard_errors"][kind][0])


# ---- the cut --------------------------------------------------------------------------------------------


def test_a_cut_by_hand() -> None:
    """Two Rasch items at 0 and a panel that expects 1.2 of 2: θ = log(.6 / .4), by a slope of 2 · .6 · .4."""
    items = Items.create(ids=["x", "y"], a=[1.0, 1.0], b=[[0.0], [0.0]])
    found = angoff([[0.4, 0.6], [0.5, 0.7], [0.6, 0.8]], items, bands=("fail", "pass"))
    assert found.cuts[0] == pytest.approx(np.log(1.5))
    assert found.standard_errors[0] == pytest.approx(0.2 / np.sqrt(3) / 0.48)
    assert found.details["slope"][0] == pytest.approx(0.48)
    assert found.details["raw_cuts"][0] == pytest.approx(1.2)
    assert found.details["raw_standard_errors"]["judges"][0] == pytest.approx(0.2 / np.sqrt(3))
    np.testing.assert_allclose(found.details["judge_cuts"][:, 0], [0, np.log(1.5), np.log(7 / 3)], atol=1e-9)
    np.testing.assert_allclose(found.details["item_misfit"][:, 0], [-0.1, 0.1])
    # d = (−.1, .1) has variance .02, and two items: √(2 · .02) / .48. σ²_J = (.02 − 0) / 2 = .01, for the
    # residual is 0; 4 · .01 / 3 + .04 is the variance of the total over both.
    assert error(found, "items") == pytest.approx(0.2 / 0.48)
    assert error(found, "both") == pytest.approx(np.sqrt(0.04 / 3 + 0.04) / 0.48)
    assert (found.n, found.n_of, found.method) == (3, "judges", "angoff")


def test_judges_who_know_the_items_find_the_ability() -> None:
    """Ratings that are the expected scores at θ give θ back, for every form and cut, and no error at all."""
    items, theta = mixed_form(), np.array([-0.7, 0.1, 1.3])
    found = angoff(np.broadcast_to(expected_score(items, theta), (4, 3, 3)), items)
    np.testing.assert_allclose(found.cuts, theta, atol=1e-9)
    for kind in ("judges", "items", "both"):
        np.testing.assert_allclose(found.details["standard_errors"][kind], 0, atol=1e-6)
    np.testing.assert_allclose(found.details["item_agreement"], 1)
    np.testing.assert_allclose(found.details["agreement"], 1)


def test_the_error_is_the_curve_s_slope_times_that_of_the_total() -> None:
    """The delta method by finite differences: moving the raw cut by its error moves θ by the stated one."""
    rng, items = np.random.default_rng(2), mixed_form()
    y = np.clip(expected_score(items, [0.4])[:, 0] + 0.2 * rng.normal(size=(8, 3)), 0, [1, 2, 3])
    for kind in ("judges", "items", "both"):
        found, h = angoff(y, items, random=kind), 1e-4
        raw = found.details["raw_cuts"][0]
        slope = np.diff(theta_at_total(items, [raw - h, raw + h]))[0] / (2 * h)
        totals = np.var(y.sum(axis=1), ddof=1) / 8
        d = 3 * np.var(y.mean(axis=0) - expected_score(items, found.cuts)[:, 0], ddof=1)
        shared = 9 * max(float(found.details["components"].judges[0, 0]), 0) / 8
        variance = {"judges": totals, "items": d, "both": shared + d}[kind]
        assert found.standard_errors[0] == pytest.approx(slope * np.sqrt(variance), rel=1e-6)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_laws(seed: int) -> None:
    """Neither the order of judges nor that of items matters; a higher rating of one judge raises the cut."""
    rng, items = np.random.default_rng(seed), two_categories(6, seed)
    y = rng.uniform(0.2, 0.8, (5, 6))
    found, judges, order = angoff(y, items, random="both"), rng.permutation(5), rng.permutation(6)
    mixed = angoff(y[judges][:, order], items.select(order), random="both")
    np.testing.assert_allclose(mixed.cuts, found.cuts, atol=1e-9)
    np.testing.assert_allclose(mixed.standard_errors, found.standard_errors, rtol=1e-8)
    np.testing.assert_allclose(mixed.details["agreement"], found.details["agreement"][judges], atol=1e-9)
    y[rng.integers(5), rng.integers(6)] += 0.1
    assert angoff(y, items).cuts[0] > found.cuts[0]


def test_several_cuts_covary() -> None:
    """Judges who are severe at one cut are so at the next; each cut alone has the same error."""
    rng, items = np.random.default_rng(3), two_categories(12)
    severity = 0.4 * rng.normal(size=(10, 1))
    y = np.stack([expit(items.a * (c + severity - items.b[:, 0])) for c in (-1.0, 0.8)], axis=-1)
    found = angoff(y, items)
    np.testing.assert_allclose(found.standard_errors[0], angoff(y[..., 0], items).standard_errors[0])
    r = found.covariance[0, 1] / np.prod(found.standard_errors)
    assert r > 0.9


def test_what_cannot_be_told_is_nan() -> None:
    """A judge whose total lies below all guessing has no cut; one who rates all items alike no correlation."""
    items = Items.create(ids=["x", "y"], models=["3PL"] * 2, a=[1, 1], b=[[0], [1]], c=[0.25, 0.25])
    found = angoff([[0.7, 0.5], [0.6, 0.5], [0.1, 0.1]], items)
    assert np.isnan(found.details["judge_cuts"][:, 0]).tolist() == [False, False, True]
    assert np.isnan(found.details["agreement"][:, 0]).tolist() == [False, False, True]


# ---- its errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["judges", "items", "both"])
def test_cuts_of_repeated_panels_vary_as_stated(kind: str) -> None:
    """Over 80 studies with new judges, new items or both the SD of the cut is the mean stated error, to 24 %.

    An SD from 80 draws is known to 7.9 %, of which this is three times; the slow tier has 1,500 studies.
    """
    cuts, errors = angoff_studies(kind, 80, seed=11)
    assert errors.mean() == pytest.approx(cuts.std(ddof=1), rel=0.24)


# ---- bad input ------------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once() -> None:
    """Ratings outside an item's scores, missing ones, an unknown kind and wrong names, each with its place."""
    with pytest.raises(InputError) as caught:
        angoff([[0.5, 2.5, 1.0], [np.nan, 1.0, 1.0]], mixed_form(), random="persons", bands=("a", "b", "c"))
    assert [one.where for one in caught.value.problems] == [
        "random",
        "ratings, judge 1, item 'y', cut 1",
        "ratings, judge 2, item 'x', cut 1",
        "angoff, bands",
    ]


@pytest.mark.parametrize("shape", [(3,), (2, 4), (1, 3), (0, 3), (2, 3, 0), (2, 3, 1, 1)])
def test_ratings_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    """Judges × items of this form, two judges or more."""
    with pytest.raises(InputError, match="ratings: wrong shape"):
        angoff(np.full(shape, 0.5), mixed_form())


def test_items_without_parameters_are_named() -> None:
    """What was not calibrated has no curve."""
    items = Items.create(ids=["x", "y"], a=[1.0, np.nan], b=[[0.0], [np.nan]])
    with pytest.raises(InputError, match="item 'y': it has no parameters"):
        angoff([[0.5, 0.5], [0.5, 0.5]], items)


def test_cuts_that_nobody_has_or_that_cross_are_refused() -> None:
    """A panel below all guessing, a panel that expects everything, and a higher cut that lies lower."""
    items = Items.create(ids=["x", "y"], models=["3PL"] * 2, a=[1, 1], b=[[0], [1]], c=[0.25, 0.25])
    y = np.stack([np.full((2, 2), 0.2), np.full((2, 2), 0.6), np.ones((2, 2))], axis=-1)
    with pytest.raises(InputError) as caught:
        angoff(y, items)
    assert [one.where for one in caught.value.problems] == ["ratings, cut 1", "ratings, cut 3"]
    with pytest.raises(InputError, match="cuts do not increase"):
        angoff(np.stack([np.full((2, 2), 0.6), np.full((2, 2), 0.5)], axis=-1), items)
