"""compassess.scoring.standards.contrasting_groups: bands judged, losses, what the population adds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from compassess.errors import InputError
from compassess.scoring.standards import contrasting_groups

from .judged import bands_by_logistic, two_normal_groups


@pytest.mark.parametrize("model", ["logistic", "normal"])
def test_bands_are_cut_where_their_two_sides_part(model: str) -> None:
    """With bands 0, 1, 2 each cut parts all below it from all above it, as if it were alone."""
    theta, above = bands_by_logistic(500, seed=4)
    found = contrasting_groups(theta, above.sum(axis=0), model=model, bands=("low", "middle", "high"))
    assert found.status == "ok"
    for k in (0, 1):
        alone = contrasting_groups(theta, above[k], model=model)
        assert found.cuts[k] == alone.cuts[0]
        assert found.standard_errors[k] == pytest.approx(alone.standard_errors[0], rel=1e-12)
    assert found.covariance is not None
    assert found.covariance[0, 1] > 0  # the same persons
    np.testing.assert_array_equal(found.details["above"], above.sum(axis=1))
    np.testing.assert_array_equal(found.details["below"], (~above).sum(axis=1))


@pytest.mark.parametrize("model", ["logistic", "normal"])
def test_dear_false_passes_raise_the_cut(model: str) -> None:
    """Losses move the cut by their ratio alone; log-odds at the logistic cut are log(L₁ / L₀)."""
    theta, above = two_normal_groups(300, seed=5)
    even, dear, same = (
        contrasting_groups(theta, above, model=model, losses=one) for one in ((1, 1), (3, 1), (6, 2))
    )
    assert dear.cuts[0] > even.cuts[0]
    assert dear.cuts[0] == pytest.approx(same.cuts[0], rel=1e-12)
    if model == "logistic":
        b0, b1 = np.asarray(dear.details["coefficients"])[0]
        assert b0 + b1 * dear.cuts[0] == pytest.approx(np.log(3), abs=1e-9)


def test_the_cut_has_the_least_expected_loss() -> None:
    """Of 100,000 persons of the model no other cut costs less than the one found, but for sampling."""
    theta, (above, _) = bands_by_logistic(100_000, seed=6)
    found = contrasting_groups(theta, above, losses=(2.0, 1.0)).cuts[0]

    def cost(cut: float) -> float:
        return float(2.0 * np.mean((theta >= cut) & ~above) + np.mean((theta < cut) & above))

    grid = np.linspace(-2, 2, 401)
    assert cost(found) <= min(map(cost, grid)) + 5e-4


def test_eap_gives_the_cut_on_theta_and_ml_moves_it_out() -> None:
    """Judges at θ ≥ 0.8 with normal doubt: EAP finds 0.8, ML with reliability 0.7 finds 0.8 / 0.7.

    The cut of 50,000 persons is known to .01; a logistic curve in the place of a normal one errs as little.
    """
    rng = np.random.default_rng(7)
    theta = rng.normal(size=50_000)
    judged = theta + 0.4 * rng.normal(size=theta.size) >= 0.8
    ml = theta + np.sqrt(3 / 7) * rng.normal(size=theta.size)
    assert contrasting_groups(0.7 * ml, judged).cuts[0] == pytest.approx(0.8, abs=0.03)
    assert contrasting_groups(ml, judged).cuts[0] == pytest.approx(0.8 / 0.7, abs=0.045)


@pytest.mark.parametrize("model", ["logistic", "normal"])
def test_groups_that_were_sought_out(model: str) -> None:
    """150 masters and 150 others, of a population with 20 % masters: losses times n₁ (1 − τ) / n₀ τ find its cut.

    N(1, 0.9²) and N(−0.5, 0.9²) meet at 0.25 + 0.81 log(0.8 / 0.2) / 1.5; the stated error is on the safe side.
    """
    cuts, errors = [], []
    judged = np.repeat([False, True], 150)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        theta = np.r_[rng.normal(-0.5, 0.9, 150), rng.normal(1.0, 0.9, 150)]
        found = contrasting_groups(theta, judged, model=model, losses=(0.8 / 0.2, 1.0))
        cuts.append(found.cuts[0])
        errors.append(found.standard_errors[0])
    truth = 0.25 + 0.81 * np.log(4) / 1.5
    assert np.mean(cuts) == pytest.approx(truth, abs=5 * np.std(cuts) / np.sqrt(300) + 0.01)
    assert np.mean(errors) > 0.95 * np.std(cuts)
    low = norm.pdf(truth, -0.5, 0.9) * 0.8
    assert low == pytest.approx(norm.pdf(truth, 1.0, 0.9) * 0.2, rel=1e-9)


def test_one_cut_without_a_curve_leaves_the_other_its_error() -> None:
    """Statuses are told by cut; only the cut that has no curve has no error."""
    theta = np.array([0.0, 1.0, 0.5, 2.0, 1.5, 5.0, 6.0])
    found = contrasting_groups(theta, [0, 0, 1, 0, 1, 2, 2])
    assert found.details["statuses"] == ("ok", "separated")
    assert found.status == "separated"
    assert found.cuts[1] == 3.5
    assert np.isfinite(found.standard_errors[0])
    assert np.isnan(found.standard_errors[1])


def test_every_fault_is_told_at_once() -> None:
    """Model, losses, estimates and sides without persons, each with its place."""
    theta = np.array([np.nan, 0.0, 1.0, 2.0, 3.0])
    with pytest.raises(InputError) as caught:
        contrasting_groups(theta, [0, 0, 1, 1, 3], model="probit", losses=(0.0, 1.0))
    assert [one.where for one in caught.value.problems] == [
        "model",
        "losses",
        "theta",
        "judged, cut 2",
        "judged, cut 3",
    ]


@pytest.mark.parametrize("judged", [[0.0, 1.0, 1.0, 0.0], [-1, 0, 1, 1], ["a", "b", "a", "b"], [True, False]])
def test_judgements_that_are_no_bands(judged: list[object]) -> None:
    """Fractions, negative numbers, words and other lengths are refused."""
    with pytest.raises(InputError, match="judged"):
        contrasting_groups([0.0, 1.0, 2.0, 3.0], judged)


def test_cuts_that_cross_go_back_to_the_panel() -> None:
    """Cuts that come out in the wrong order are no cuts."""
    theta = np.r_[np.linspace(-3, 3, 21), np.linspace(2, 4, 5), np.linspace(-1, 3, 60)]
    judged = np.repeat([0, 1, 2], [21, 5, 60])
    with pytest.raises(InputError, match="do not increase"):
        contrasting_groups(theta, judged)
