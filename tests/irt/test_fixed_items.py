"""Known items kept as they are: what is estimated beside them comes out on their scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Calibration, Items, Population, calibrate, simulate_abilities, simulate_responses
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.estimation.cases import mixed_items

ABLE = Population.create(mean=[1.0], standard_deviation=[1.5])
N = 1200


def drawn(items: Items, people: Population, n_persons: int = N, *, seed: int = 5) -> Responses:
    """Answers of other people."""
    return simulate_responses(items, simulate_abilities(people, n_persons, seed=seed), seed=seed + 1)


def first(items: Items, n: int) -> Items:
    """The first items."""
    return items.select(items.ids[:n])


def assert_within(found: Any, truth: Any, error: Any, n_errors: float = 4.0) -> None:
    """Every estimate that has an error lies within so many of them of the truth; some have."""
    told = np.isfinite(error)
    assert told.any()
    assert np.all(np.abs(found - truth)[told] < n_errors * error[told])


TESTS = {
    "2PL": one_block(10),
    "GRM": one_block(8, 4),
    "3PL": mixed_items(["3PL"] * 14),
    "NRM": mixed_items(["NRM"] * 6),
    "PCM": mixed_items(["PCM"] * 6),
    "mixed": mixed_items(),
}


@pytest.fixture(scope="module", params=TESTS)
def linked(request: pytest.FixtureRequest) -> tuple[Items, Items, Calibration]:
    """The truth; the first half as known; a calibration in able people with the other half new."""
    truth = TESTS[request.param]
    known = first(truth, truth.n_items // 2)
    models = dict(zip(truth.ids, truth.models, strict=True))
    return truth, known, calibrate(drawn(truth, ABLE), models, fixed=known, standard_errors="oakes")


def test_new_items_come_out_on_the_scale_of_the_known(linked: tuple[Items, Items, Calibration]) -> None:
    """Whatever the model: new items within 4 SE of the truth, though abilities are not N(0, 1)."""
    truth, _, fit = linked
    assert fit.converged, fit.status
    assert fit.standard_errors is not None
    for name in ("a", "b", "slopes", "intercepts"):
        error = getattr(fit.standard_errors, name)
        if np.isfinite(error).any():
            assert_within(getattr(fit.items, name), getattr(truth, name), error)
    assert fit.n_iterations < 40  # nodes reach as far as the people from the start; observed: 18


def test_the_other_people_are_found(linked: tuple[Items, Items, Calibration]) -> None:
    """Their mean and variance are free, and have errors."""
    _, _, fit = linked
    assert fit.standard_errors is not None
    assert_within(fit.latent_mean, 1.0, fit.standard_errors.means)
    assert_within(fit.latent_covariance, 2.25, fit.standard_errors.covariances)
    assert fit.items.population.mean[0] == fit.latent_mean[0, 0]


def test_known_items_are_kept_to_the_bit(linked: tuple[Items, Items, Calibration]) -> None:
    """Parameters, models and categories of fixed items are those that were handed in; errors they have none."""
    _, known, fit = linked
    kept = fit.items.select(known.ids)
    assert kept.status == ("fixed",) * known.n_items
    assert kept.models == known.models
    for name in ("a", "b", "c", "d", "slopes", "intercepts"):
        mine, theirs = getattr(kept, name), getattr(known, name)
        if mine.ndim > 1:
            mine = mine[:, : theirs.shape[1]]
        np.testing.assert_array_equal(mine, theirs)
    assert fit.standard_errors is not None
    n = known.n_items
    for errors in (fit.standard_errors.a, fit.standard_errors.b, fit.standard_errors.slopes):
        assert np.isnan(errors[:n]).all()


def test_only_what_is_new_is_counted(linked: tuple[Items, Items, Calibration]) -> None:
    """Free parameters: those of new items, a mean and a variance."""
    truth, known, fit = linked
    per_item = {"2PL": 2, "3PL": 3, "4PL": 4, "GRM": 0, "GPCM": 0, "PCM": -1, "NRM": 0}
    expected = 2
    for model, k in zip(truth.models[known.n_items :], truth.n_categories[known.n_items :], strict=True):
        if model in ("2PL", "3PL", "4PL"):
            expected += per_item[model]
        else:
            expected += {"NRM": 2 * (int(k) - 1)}.get(model, int(k) + per_item[model])
    assert fit.n_parameters == expected
    assert fit.covariance is not None
    names = fit.covariance.names
    assert {name for name, _, _ in names} == {*truth.ids[known.n_items :], "mean", "covariance"}


def test_it_is_what_concurrent_calibration_finds() -> None:
    """Estimates of one sample, carried to the next: as near to fitting both at once as sampling lets them."""
    truth = one_block(10, 3)
    before = drawn(truth.select(truth.ids[:6]), Population.create(), 2000, seed=8)
    after = drawn(truth.select(truth.ids[3:]), ABLE, 2000, seed=9)
    known = calibrate(before, "GRM", standard_errors=None).items
    fixed = calibrate(after, "GRM", fixed=known.select(known.ids[3:]))
    codes = np.full((4000, 10), np.nan)
    codes[:2000, :6], codes[2000:, 3:] = before.codes(), after.codes()
    both = calibrate(Responses.from_array(codes, items=truth.ids), "GRM", groups=["a"] * 2000 + ["b"] * 2000)
    new = truth.ids[6:]
    mine, theirs = fixed.items.select(new), both.items.select(new)
    # The anchors' own errors of .08 move the scale; what is new moves with it.
    np.testing.assert_allclose(mine.a, theirs.a, rtol=0.1)
    np.testing.assert_allclose(mine.b, theirs.b, rtol=0, atol=0.1)
    assert fixed.latent_mean[0, 0] == pytest.approx(both.latent_mean[1, 0], abs=0.1)
    assert fixed.latent_covariance[0, 0, 0] == pytest.approx(both.latent_covariance[1, 0, 0], rel=0.1)


def test_one_known_item_of_each_of_two_blocks_holds_both() -> None:
    """Means, variances and the covariance of blocks come out where they were simulated."""
    people = Population.create(
        ["x", "y"], correlation=[[1, 0.4], [0.4, 1]], mean=[0.8, -0.5], standard_deviation=[1.3, 0.8]
    )
    truth = items_in(Population.create(["x", "y"], correlation=[[1, 0.4], [0.4, 1]]), 6, 3)
    known = truth.select([truth.ids[j] for j in (0, 1, 2, 6, 7, 8)])
    blocks, _ = places(truth)
    fit = calibrate(drawn(truth, people, 1500), "GRM", blocks=blocks, fixed=known, nodes=31)
    errors = fit.standard_errors
    assert errors is not None
    assert_within(fit.latent_mean[0], people.mean, errors.means[0])
    assert_within(fit.latent_covariance[0], people.covariance, errors.covariances[0])
    assert_within(fit.items.a, truth.a, errors.a)
    assert_within(fit.items.b, truth.b, errors.b)


def test_a_block_without_known_items_stays_standard() -> None:
    """Only blocks that hold fixed items have a free mean and variance."""
    truth = items_in(house(2, 1, loading=1.0), 4, 3)
    blocks, _ = places(truth)
    fit = calibrate(answers(truth, 600), "GRM", blocks=blocks, fixed=first(truth, 2), nodes=31)
    assert fit.latent_mean[0, 1] == 0.0
    assert fit.latent_covariance[0, 1, 1] == 1.0
    assert fit.latent_mean[0, 0] != 0.0
    assert fit.n_parameters == 6 * 3 + 3


def test_competencies_come_with_their_places() -> None:
    """Fixed items bring block and competency along; new ones are told theirs."""
    truth = items_in(house(2, 2, loading=0.7), 4, 3)
    blocks, competencies = places(truth)
    known = truth.select([item for j, item in enumerate(truth.ids) if j % 4 < 2])
    new = {item for item in truth.ids if item not in known.ids}
    fit = calibrate(
        answers(truth, 1000),
        "GRM",
        fixed=known,
        blocks={item: blocks[item] for item in new},
        competencies={item: competencies[item] for item in new},
        nodes=25,
    )
    assert fit.converged, fit.status
    assert fit.items.competencies == truth.competencies
    assert fit.standard_errors is not None
    assert_within(fit.items.a, truth.a, fit.standard_errors.a)
    assert_within(np.array(list(fit.loadings.values())), np.full(4, 0.7), fit.standard_errors.loadings)


@pytest.mark.parametrize("kept", [["i0"], ["i0", "i1", "i2", "i3"]], ids=["one item", "alone in its block"])
def test_a_loading_that_the_data_cannot_tell_is_that_of_the_known(kept: Sequence[str]) -> None:
    """A known competency with one item here, or alone in its block here, keeps the λ it came with."""
    truth = items_in(house(2, 2, loading=0.7), 4, 3)
    blocks, competencies = places(truth)
    others = truth.ids[8:] if len(kept) > 1 else truth.ids[4:]
    responses = answers(truth, 500).select_items([*kept, *others])
    options: dict[str, Any] = {
        "fixed": truth.select(kept),
        "blocks": blocks,
        "competencies": competencies,
        "nodes": 25,
        "standard_errors": None,
    }
    fit = calibrate(responses, "GRM", **options)
    assert fit.loadings["b0c0"] == 0.7
    assert calibrate(responses, "GRM", loadings={"b0c0": 0.9}, **options).loadings["b0c0"] == 0.9


def test_every_group_is_free() -> None:
    """With groups the reference is no longer N(0, 1): the known items hold the scale."""
    truth = one_block(8, 3)
    parts = [
        drawn(truth, people, 800, seed=s).codes() for people, s in ((ABLE, 3), (Population.create(), 13))
    ]
    responses = Responses.from_array(np.vstack(parts), items=truth.ids)
    fit = calibrate(responses, "GRM", groups=["a"] * 800 + ["b"] * 800, fixed=first(truth, 4))
    errors = fit.standard_errors
    assert errors is not None
    assert fit.groups == ("a", "b")
    assert_within(fit.latent_mean[:, 0], np.array([1.0, 0.0]), errors.means[:, 0])
    assert_within(fit.latent_covariance[:, 0, 0], np.array([2.25, 1.0]), errors.covariances[:, 0, 0])
    assert_within(fit.items.a, truth.a, errors.a)
    assert fit.n_parameters == 4 * 3 + 4


def test_a_category_that_nobody_chose_here_is_kept() -> None:
    """Known thresholds stay where no answer tells of them, and nothing becomes unused."""
    truth = one_block(6, 4)
    codes = drawn(truth, Population.create(), 800).codes().astype(np.float64)
    codes[codes[:, 0] == 3, 0] = np.nan
    codes[codes[:, 1] == 1, 1] = np.nan
    fit = calibrate(Responses.from_array(codes, items=truth.ids), "GRM", fixed=first(truth, 3))
    assert fit.status.startswith("converged")
    np.testing.assert_array_equal(fit.items.b[:3], truth.b[:3])
    assert fit.items.status[:3] == ("fixed",) * 3


def test_known_items_without_answers_here_add_nothing() -> None:
    """A fixed item that is no column, or an empty one, leaves the fit as it is."""
    truth = one_block(7, 3)
    responses = answers(truth.select(truth.ids[:6]), 500)
    known = truth.select([truth.ids[j] for j in (0, 1, 6)])
    expected = calibrate(responses, "GRM", fixed=first(truth, 2), standard_errors=None)
    absent = calibrate(responses, "GRM", fixed=known, standard_errors=None)
    assert absent.log_likelihood == expected.log_likelihood
    codes = np.column_stack([responses.codes().astype(np.float64), np.full(500, np.nan)])
    empty = calibrate(Responses.from_array(codes, items=truth.ids), "GRM", fixed=known, standard_errors=None)
    assert empty.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-9)
    assert empty.items.status[6] == "fixed"
    np.testing.assert_array_equal(empty.items.b[6], truth.b[6])


def test_all_items_fixed_leave_the_people_to_estimate() -> None:
    """Nothing but a mean and a variance is free, and they are found."""
    truth = one_block(10, 3)
    fit = calibrate(drawn(truth, ABLE), "GRM", fixed=truth)
    assert fit.converged, fit.status
    assert fit.n_parameters == 2
    assert fit.standard_errors is not None
    assert_within(fit.latent_mean, 1.0, fit.standard_errors.means)
    assert_within(fit.latent_covariance, 2.25, fit.standard_errors.covariances)


def test_negative_known_items_stay_upside_down() -> None:
    """Known items say which way is up, though most of them, and of the new ones, have negative slopes."""
    truth = one_block(6, 3)
    turned = Items.create(ids=truth.ids, a=-truth.a, b=truth.b[:, ::-1], models=truth.models)
    fit = calibrate(drawn(turned, Population.create(), 800), "GRM", fixed=first(turned, 3))
    assert np.all(fit.items.a < 0)
    assert fit.items.status[3:] == ("check_key",) * 3
    assert fit.items.status[:3] == ("fixed",) * 3


def test_known_items_that_are_no_column_are_refused() -> None:
    """None of the fixed items was answered here: there would be no scale."""
    truth = one_block(6, 3)
    with pytest.raises(InputError, match="none of the fixed items is a column"):
        calibrate(answers(truth, 100).select_items(truth.ids[3:]), "GRM", fixed=first(truth, 3))


def test_answers_beyond_the_known_categories_are_refused() -> None:
    """A fixed item has the categories that it came with."""
    truth = one_block(4, 3)
    codes = answers(truth, 100).codes()
    codes = np.where(codes == 2, 3, codes)
    with pytest.raises(InputError, match="outside the declared range"):
        calibrate(Responses.from_array(codes, items=truth.ids), "GRM", fixed=first(truth, 1), n_categories=4)
