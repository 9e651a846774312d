"""compassess.irt.person_fit_resampling: p-values of lz* by simulated answers to the same items."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items, Population, person_fit, resampled_person_fit
from compassess.responses import Responses

from .builders import answers, house, items_in, one_block


def test_p_values_and_critical_values_agree() -> None:
    """A value below the critical value is one with p at most the rate, and no other."""
    items = one_block(8)
    found = resampled_person_fit(answers(items, 60), items, seed=1, n_draws=99, false_alarm_rate=0.1)
    np.testing.assert_array_equal(found.p_value <= 0.1, found.observed.lz_star < found.critical_value)
    assert 0 < (found.p_value <= 0.1).sum() < 30


def test_observed_is_the_plain_person_fit() -> None:
    """The statistic is that of person_fit, without the status for few answers."""
    items = one_block(8)
    responses = answers(items, 10)
    found = resampled_person_fit(responses, items, seed=1, n_draws=20)
    np.testing.assert_array_equal(found.observed.lz_star, person_fit(responses, items).lz_star)
    assert set(found.observed.status) == {"ok"}


def test_a_seed_gives_the_same_numbers() -> None:
    """Twice the same, and with another seed another p."""
    items = items_in(house(), 4, 3)
    responses = answers(items, 12)
    first, again, other = (
        resampled_person_fit(responses, items, seed=seed, n_draws=40, at="estimate", method="MAP")
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.p_value, again.p_value)
    assert np.any(first.p_value != other.p_value)
    assert first.dimension_p_values.shape == (12, 4)


def test_a_person_answers_the_own_items_only() -> None:
    """Replicates of a person with holes are those of one who was asked those items alone."""
    items = one_block(12)
    codes = answers(items, 1, seed=9).codes().astype(float)
    codes[:, 5:] = np.nan
    some = resampled_person_fit(Responses.from_array(codes, items=items.ids), items, seed=2, n_draws=200)
    alone = resampled_person_fit(
        Responses.from_array(codes[:, :5], items=items.ids[:5]),
        items.select(np.arange(5)),
        seed=2,
        n_draws=200,
    )
    np.testing.assert_array_equal(some.p_value, alone.p_value)


def test_who_cannot_be_judged_has_no_p() -> None:
    """Nothing answered, or infinite: NaN and no replicate counts against anybody."""
    items = one_block(6)
    codes = answers(items, 3, seed=2).codes().astype(float)
    codes[0], codes[1] = np.nan, 1
    found = resampled_person_fit(
        Responses.from_array(codes, items=items.ids), items, seed=2, n_draws=50, method="ML"
    )
    assert np.isnan(found.p_value[:2]).all()
    assert np.isfinite(found.p_value[2])
    assert found.n_replicates[0] == 0
    assert np.isnan(found.critical_value[0])


def test_another_population_is_taken() -> None:
    """population= serves the draws of θ, the estimates and the order of competencies."""
    names = ("x", "y")
    items = items_in(Population.create(names, correlation=np.eye(2)), 5, 3)
    turned = Population.create(names[::-1], correlation=np.eye(2))
    responses = answers(items, 8)
    found = resampled_person_fit(responses, items, seed=1, n_draws=60, population=turned)
    plain = resampled_person_fit(responses, items, seed=1, n_draws=60)
    assert found.observed.dimensions.names == names[::-1]
    # Other draws of the same distribution: two shares of 60 draws differ by less than .3 in eight persons.
    assert np.abs(found.p_value - plain.p_value).max() < 0.3


def test_aberrant_answers_have_a_small_p() -> None:
    """Difficult items right and easy ones wrong: the smallest p that the draws can give."""
    items = Items.create(ids=[f"i{j}" for j in range(10)], a=[1.5] * 10, b=np.linspace(-2, 2, 10)[:, None])
    responses = Responses.from_array(np.array([[0] * 5 + [1] * 5]), items=items.ids)
    assert resampled_person_fit(responses, items, seed=1, n_draws=199).p_value[0] == 1 / 200


def test_many_persons_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Persons in several parts have p-values like those in one, up to the draws."""
    items = one_block(6)
    responses = answers(items, 10)
    whole = resampled_person_fit(responses, items, seed=1, n_draws=400)
    monkeypatch.setattr("compassess.irt.person_fit_resampling._CELLS", 3 * 400 * 6)
    parts = resampled_person_fit(responses, items, seed=1, n_draws=400)
    # √(2 · .25 / 400) = .035 for each of ten persons.
    assert np.abs(whole.p_value - parts.p_value).max() < 0.15


def test_what_cannot_be_asked_is_refused_at_once() -> None:
    """Every fault of the request in one error."""
    items = one_block(4)
    with pytest.raises(InputError) as caught:
        resampled_person_fit(answers(items, 2), items, seed=1, n_draws=50, at="prior", false_alarm_rate=0.01)
    assert [problem.where for problem in caught.value.problems] == ["at", "n_draws"]
    with pytest.raises(InputError, match="not a rate"):
        resampled_person_fit(answers(items, 2), items, seed=1, false_alarm_rate=1.5)
