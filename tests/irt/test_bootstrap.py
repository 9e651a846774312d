"""The bootstrap: against errors that are known, its stops, its failures, its seeds."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError, Problem
from compassess.irt import Items, bootstrap, calibrate, simulate_abilities, simulate_responses
from compassess.responses import Responses

Index = np.ndarray


@pytest.fixture(scope="module")
def answered() -> tuple[Items, Responses]:
    """Five items, 400 persons, a tenth of the cells missing."""
    items = Items.create(
        ids=list("abcde"), a=[1.0, 1.4, 0.8, 1.2, 1.6], b=[[-1.0], [-0.4], [0.0], [0.5], [1.0]]
    )
    codes = simulate_responses(items, simulate_abilities(items.population, 400, seed=1), seed=2).codes()
    holes = np.random.default_rng(3).random(codes.shape) < 0.1
    return items, Responses.from_array(np.where(holes, np.nan, codes), items=items.ids)


def mean(responses: Responses, rows: Index) -> dict[str, float]:
    """The share of right answers to an item."""
    del rows
    column = responses.codes(["a"])[:, 0]
    return {"mean": float(column[column >= 0].mean())}


def test_the_error_of_a_mean(answered: tuple[Items, Responses]) -> None:
    """√(p q / n), within what 600 replications tell."""
    _, responses = answered
    found = bootstrap(responses, mean, seed=1, n_replications=600)
    column = responses.codes(["a"])[:, 0]
    told = column[column >= 0]
    expected = told.std() / told.size**0.5
    assert abs(found.standard_errors[0] - expected) < 4 * found.monte_carlo_error[0]
    assert abs(found.bias[0]) < 4 * expected / 600**0.5
    low, high = (ends[0] for ends in found.interval(0.9))
    assert low == pytest.approx(found.observed[0] - 1.645 * expected, abs=0.01)
    normal, basic = (found.interval(0.9, method) for method in ("normal", "basic"))
    assert normal[1][0] == pytest.approx(high, abs=0.01)
    assert basic[0][0] == pytest.approx(2 * found.observed[0] - high)
    assert list(found.to_frame().columns) == ["name", "observed", "standard_error", "bias", "lower", "upper"]


def test_errors_of_a_calibration(answered: tuple[Items, Responses]) -> None:
    """Both kinds are near to the standard errors of the information; gaps stay where they were."""
    _, responses = answered
    fit = calibrate(responses, "Rasch", standard_errors="oakes")
    assert fit.standard_errors is not None

    def difficulty(sample: Responses, rows: Index) -> dict[str, float]:
        del rows
        assert abs(sample.n_answers - responses.n_answers) < 100
        found = calibrate(sample, "Rasch", standard_errors=None, start=fit.items)
        return dict(zip(found.items.ids, found.items.b[:, 0].tolist(), strict=True))

    for items in (None, fit.items):
        found = bootstrap(responses, difficulty, seed=4, items=items, n_replications=40)
        np.testing.assert_allclose(found.standard_errors, fit.standard_errors.b[:, 0], rtol=0.45)
        np.testing.assert_allclose(found.observed, fit.items.b[:, 0], atol=1e-3)


def test_replications_hang_on_their_number_alone(answered: tuple[Items, Responses]) -> None:
    """Fewer are the first of more; another seed gives others."""
    items, responses = answered
    for known in (None, items):
        few = bootstrap(responses, mean, seed=7, items=known, n_replications=5)
        more = bootstrap(responses, mean, seed=7, items=known, n_replications=9)
        assert more.replicates[:5].tolist() == few.replicates.tolist()
        other = bootstrap(responses, mean, seed=8, items=known, n_replications=5)
        assert other.replicates.tolist() != few.replicates.tolist()


def test_it_stops_when_enough_is_known(answered: tuple[Items, Responses]) -> None:
    """By precision of the standard error, and by exceedances; progress tells."""
    _, responses = answered
    done: list[tuple[int, int]] = []
    found = bootstrap(
        responses, mean, seed=1, n_replications=4000, precision=0.1, progress=lambda a, b: done.append((a, b))
    )
    assert 20 <= len(found.replicates) < 200
    assert done[-1] == (len(found.replicates), 4000)
    assert (found.monte_carlo_error <= 0.1 * found.standard_errors).all()
    assert "10%" in found.status
    early = bootstrap(responses, mean, seed=1, n_replications=4000, exceedances=5)
    assert (early.replicates >= early.observed).sum() == 5
    assert early.p_values[0] == pytest.approx(6 / (1 + len(early.replicates)))


def test_strata_keep_their_size(answered: tuple[Items, Responses]) -> None:
    """Persons are drawn within their label, and ``rows`` tell whose they are."""
    _, responses = answered
    labels = np.array(["x"] * 100 + ["y"] * 300)

    def sizes(sample: Responses, rows: Index) -> dict[str, float]:
        assert sample.codes().tolist() == responses.codes()[rows].tolist()
        return {"x": float((labels[rows] == "x").sum()), "different": float(np.unique(rows).size)}

    found = bootstrap(responses, sizes, seed=2, strata=labels.tolist(), n_replications=10)
    assert found.replicates[:, 0].tolist() == [100.0] * 10
    assert (found.replicates[:, 1] < 300).all()


def test_failures_are_counted_and_left_out(answered: tuple[Items, Responses]) -> None:
    """A third that raises is told; more than half is an error that says the first reason."""
    _, responses = answered
    calls: list[int] = []

    def sometimes(sample: Responses, rows: Index) -> dict[str, float]:
        calls.append(1)
        if len(calls) % 3 == 2:
            raise InputError(Problem(where="here", what="by design"))
        return {"x": float("nan") if len(calls) == 4 else mean(sample, rows)["mean"]}

    found = bootstrap(responses, sometimes, seed=1, n_replications=30)
    assert found.n_failed == 11
    assert "by design" in found.failure
    assert len(found.replicates) == 19

    def never(sample: Responses, rows: Index) -> dict[str, float]:
        if rows[0] == 0 and rows[-1] == 399:
            return mean(sample, rows)
        raise InputError(Problem(where="here", what="by design"))

    with pytest.raises(InputError, match=r"fails in 10 of 10(.|\n)*by design"):
        bootstrap(responses, never, seed=1, n_replications=30)


def test_faults_are_told(answered: tuple[Items, Responses]) -> None:
    """Options, strata and items that do not fit, names that change, methods of intervals."""
    items, responses = answered
    with pytest.raises(InputError, match=r"n_replications(.|\n)*precision(.|\n)*exceedances(.|\n)*strata"):
        bootstrap(responses, mean, seed=1, n_replications=1, precision=2.0, exceedances=0, strata=["a"])
    strange = Items.create(ids=["q"], a=[1.0], b=[[0.0]])
    with pytest.raises(InputError, match="none of them"):
        bootstrap(responses, mean, seed=1, items=strange)
    count: list[int] = []

    def changing(sample: Responses, rows: Index) -> dict[str, float]:
        count.append(1)
        return {f"m{len(count)}": mean(sample, rows)["mean"]}

    with pytest.raises(InputError, match="names change"):
        bootstrap(responses, changing, seed=1, n_replications=3)
    with pytest.raises(InputError, match="unknown method"):
        bootstrap(responses, mean, seed=1, items=items, n_replications=3).interval(method="bca")
