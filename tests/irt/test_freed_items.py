"""Items, or some of their parameters, that differ between groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from scipy import stats

from compassess.errors import InputError
from compassess.irt import (
    Items,
    Population,
    calibrate,
    log_likelihood,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import Responses
from irt.builders import items_in, one_block, places
from irt.estimation.cases import mixed_items

N = 500
GROUPS = ["a"] * N + ["b"] * N


def two_samples(first: Items, second: Items, *, mean: float = 0.5, seed: int = 2) -> Responses:
    """Answers of N(0, 1), and of N(mean, 1) to items of the same names."""
    parts = [
        simulate_responses(items, simulate_abilities(people, N, seed=seed + k), seed=seed + 10 + k).codes()
        for k, (items, people) in enumerate(
            ((first, Population.create()), (second, Population.create(mean=[mean])))
        )
    ]
    return Responses.from_array(np.vstack(parts), items=first.ids)


@pytest.fixture(scope="module")
def same() -> Responses:
    """Six graded items that are alike in both groups."""
    return two_samples(one_block(6, 3), one_block(6, 3))


@pytest.fixture(scope="module")
def shifted() -> Responses:
    """The same, but the first item is harder by .8 in the second group."""
    items = one_block(6, 3)
    b = items.b.copy()
    b[0] += 0.8
    return two_samples(items, Items.create(ids=items.ids, a=items.a, b=b))


def test_all_items_freed_but_anchors_differ(same: Responses) -> None:
    """Freed items have parameters of their own in each group, the anchors one set; errors tell them apart."""
    freed = ["i2", "i3", "i4", "i5"]
    fit = calibrate(same, "GRM", groups=GROUPS, freed=freed)
    assert fit.converged, fit.status
    assert tuple(fit.by_group) == fit.groups == ("a", "b")
    assert fit.items is fit.by_group["a"]
    first, second = fit.by_group.values()
    assert np.all(first.a[2:] != second.a[2:])
    np.testing.assert_array_equal(first.a[:2], second.a[:2])
    np.testing.assert_array_equal(first.b[:2], second.b[:2])
    assert fit.n_parameters == 6 * 3 + 4 * 3 + 2
    assert first.population.mean[0] == 0.0
    assert second.population.mean[0] == fit.latent_mean[1, 0]


@pytest.mark.parametrize("model", ["2PL", "3PL", "GRM", "GPCM", "NRM"])
def test_everything_freed_is_two_calibrations(model: str) -> None:
    """Beside known anchors, groups whose other items are freed tell each other nothing."""
    items = mixed_items([model] * 6)
    responses, anchors = two_samples(items, items), items.select(items.ids[:2])
    how = {"fixed": anchors, "standard_errors": "oakes", "tolerance": 1e-6, "nodes": 61}
    both = calibrate(responses, model, groups=GROUPS, freed=list(items.ids[2:]), **how)
    alone = [calibrate(responses.select_persons(r), model, **how) for r in (slice(0, N), slice(N, None))]
    assert both.log_likelihood + both.log_prior == pytest.approx(
        sum(fit.log_likelihood + fit.log_prior for fit in alone), abs=1e-6
    )
    assert both.n_parameters == sum(fit.n_parameters for fit in alone)
    for together, apart in zip(both.by_group.values(), alone, strict=True):
        for name in ("a", "b", "c", "slopes", "intercepts"):
            # Both stop within 1e-6 of a parameter or an SE.
            np.testing.assert_allclose(getattr(together, name), getattr(apart.items, name), rtol=0, atol=2e-5)
    np.testing.assert_allclose(
        both.latent_mean[:, 0], [fit.latent_mean[0, 0] for fit in alone], rtol=0, atol=1e-5
    )
    assert both.covariance is not None
    for group, fit in zip("ab", alone, strict=True):
        assert fit.covariance is not None
        own = [both.covariance.names.index((*name[:2], group)) for name in fit.covariance.names]
        np.testing.assert_allclose(
            both.covariance.matrix[np.ix_(own, own)], fit.covariance.matrix, rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize(
    ("freed", "extra"),
    [
        ({"i0": ["b"]}, 2),
        ({"i0": ["b1"]}, 1),
        ({"i0": ["a"]}, 1),
        ({"i0": ["a", "b2"]}, 2),
        ({"i0": ["a", "b"]}, 3),
        (["i0"], 3),
        ({"i0": ["b"], "i3": ["a"]}, 3),
    ],
    ids=str,
)
def test_some_parameters_of_an_item_are_freed(
    freed: Mapping[str, Sequence[str]] | Sequence[str], extra: int, shifted: Responses
) -> None:
    """Those that are named differ between groups; the item's others stay equal to the bit."""
    plain = calibrate(shifted, "GRM", groups=GROUPS, standard_errors=None)
    fit = calibrate(shifted, "GRM", groups=GROUPS, freed=freed, standard_errors=None)
    assert fit.converged, fit.status
    assert fit.n_parameters == plain.n_parameters + extra
    assert fit.log_likelihood > plain.log_likelihood
    first, second = fit.by_group.values()
    for row, item in enumerate(fit.items.ids):
        mine = freed if isinstance(freed, Mapping) else {name: ["a", "b"] for name in freed}
        names = mine.get(item, [])
        assert (first.a[row] != second.a[row]) == ("a" in names)
        for step in range(2):
            differs = bool({"b", f"b{step + 1}"} & set(names))
            assert (first.b[row, step] != second.b[row, step]) == differs, (item, step)


def test_a_shift_is_found_and_tested(shifted: Responses, same: Responses) -> None:
    """The item that is harder in one group comes out harder by .8, and its test says so; where none is, not."""
    fit, plain = (calibrate(shifted, "GRM", groups=GROUPS, freed=freed) for freed in ({"i0": ["b"]}, ()))
    ratio = 2 * (fit.log_likelihood - plain.log_likelihood)
    assert stats.chi2.sf(ratio, 2) < 1e-6
    first, second = fit.by_group.values()
    assert fit.covariance is not None
    names, matrix = fit.covariance.names, fit.covariance.matrix
    for step in range(2):
        places_ = [names.index(("i0", f"b{step + 1}", group)) for group in "ab"]
        contrast = np.zeros(len(names))
        contrast[places_] = -1.0, 1.0
        error = float(np.sqrt(contrast @ matrix @ contrast))
        assert abs(second.b[0, step] - first.b[0, step] - 0.8) < 4 * error
        assert 0.05 < error < 0.4
    none = [calibrate(same, "GRM", groups=GROUPS, freed=freed) for freed in ({"i0": ["b"]}, ())]
    assert stats.chi2.sf(2 * (none[0].log_likelihood - none[1].log_likelihood), 2) > 0.001


def test_the_height_is_that_of_each_groups_own_items(shifted: Responses) -> None:
    """The log-likelihood is the sum over groups under their own items and population."""
    fit = calibrate(shifted, "GRM", groups=GROUPS, freed=["i0", "i2"], standard_errors=None, nodes=61)
    total = sum(
        log_likelihood(shifted.select_persons(rows), items, nodes=61, limit=6.0).sum()
        for rows, items in zip((slice(0, N), slice(N, None)), fit.by_group.values(), strict=True)
    )
    # The height told is that of a step of 1e-4 SE before.
    assert fit.log_likelihood == pytest.approx(total, abs=1e-4)


def test_items_are_freed_in_blocks_too() -> None:
    """A freed item of a block: its parameters differ, R is each group's own."""
    items = items_in(Population.create(["x", "y"], correlation=[[1, 0.4], [0.4, 1]]), 3, 3)
    blocks, _ = places(items)
    responses = simulate_responses(items, simulate_abilities(items.population, 600, seed=1), seed=2)
    fit = calibrate(responses, "GRM", blocks=blocks, groups=["a", "b"] * 300, freed={"i4": ["a"]}, nodes=31)
    first, second = fit.by_group.values()
    assert first.a[4] != second.a[4]
    assert first.population.correlation[0, 1] != second.population.correlation[0, 1]
    assert fit.n_parameters == 18 + 1 + 5 + 1


def test_a_freed_item_that_one_group_never_saw_has_a_status_there(same: Responses) -> None:
    """NaN and a status in that group, parameters in the other."""
    codes = same.codes().astype(np.float64)
    codes[N:, 1] = np.nan
    fit = calibrate(Responses.from_array(codes, items=same.items), "GRM", groups=GROUPS, freed=["i1"])
    first, second = fit.by_group.values()
    assert np.isfinite(first.a[1])
    assert first.status[1] == "ok"
    assert np.isnan(second.a[1])
    assert second.status[1] == "no_answers"
    assert fit.n_parameters == 18 + 2


def test_without_groups_nothing_can_be_freed(same: Responses) -> None:
    """The remedy names groups=."""
    with pytest.raises(InputError, match="groups="):
        calibrate(same, "GRM", freed=["i0"])


def test_all_faults_of_freeing_are_told() -> None:
    """Unknown items, fixed items, unknown parameters."""
    items = one_block(4, 3)
    responses = two_samples(items, items)
    with pytest.raises(InputError) as caught:
        calibrate(responses, "GRM", groups=GROUPS, freed=["zz", "i0"], fixed=items.select(["i0"]))
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 2
    assert "freed['zz']: no such item" in told[0]
    assert "freed['i0']: the item is fixed" in told[1]
    with pytest.raises(InputError, match=r"freed\['i1'\]: no such parameter; got 'c', expected 'a'|b1"):
        calibrate(responses, "GRM", groups=GROUPS, freed={"i1": ["c"]})
