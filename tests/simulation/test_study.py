"""compassess.simulation.study: many sittings, simulated or played again."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import banks
import numpy as np
import pytest
from scipy.stats import chisquare

import compassess as ca
from compassess.irt import simulate_abilities, simulate_responses
from compassess.scoring.classification import band_agreement

ONE, THREE = banks.one_block(30), banks.three_blocks(6)
N_RECOVERY = 1500


def alike(one: ca.SimulationStudy, other: ca.SimulationStudy, n: int) -> None:
    """The first n people of both have the same items and reasons, and θ to 1e-10."""
    assert one.items[:n] == other.items[:n]
    assert one.reasons[:n] == other.reasons[:n]
    np.testing.assert_allclose(one.theta[:n], other.theta[:n], atol=1e-10)
    np.testing.assert_allclose(one.se[:n], other.se[:n], atol=1e-10)
    np.testing.assert_allclose(one.values.bands[:n], other.values.bands[:n], atol=1e-10)


# ---- simulated people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bank", [ONE, THREE], ids=["one block", "three blocks"])
@pytest.mark.parametrize("n", [1, 255, 300])
def test_more_people_change_nobody(bank: ca.ItemBank, n: int) -> None:
    """The first n people of 600 are those of a run of n: abilities, answers, items and results."""
    assessment = banks.assessment(bank, length=(1, 8), limits=(1, None), randomesque=3)
    all_of_them, some = ca.simulate(assessment, 600, seed=5), ca.simulate(assessment, n, seed=5)
    assert all_of_them.theta_true is not None
    assert some.theta_true is not None
    np.testing.assert_allclose(all_of_them.theta_true[:n], some.theta_true, atol=1e-12)
    alike(all_of_them, some, n)


def test_threads_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread and seven give the same study."""
    assessment = banks.assessment(THREE, length=(1, 8), limits=(1, None), randomesque=2)
    studies = []
    for n_threads in (1, 7):
        monkeypatch.setattr(os, "cpu_count", lambda n=n_threads: n)
        studies.append(ca.simulate(assessment, 700, seed=9))
    one, seven = studies
    alike(one, seven, 700)
    np.testing.assert_array_equal(one.theta, seven.theta)


def test_seeds_matter() -> None:
    """Another seed gives other people; the same seed the same."""
    assessment = banks.assessment(ONE, length=(1, 5))
    first, again, other = (ca.simulate(assessment, 50, seed=seed) for seed in (1, 1, 2))
    alike(first, again, 50)
    assert not np.allclose(first.theta, other.theta)


@pytest.fixture(scope="module")
def recovery() -> ca.SimulationStudy:
    """A study large enough for standard errors of its own."""
    return ca.simulate(banks.assessment(THREE, length=(1, 13), limits=(2, None)), N_RECOVERY, seed=3)


def test_rmse_is_the_mean_standard_error(recovery: ca.SimulationStudy) -> None:
    """Posterior SDs are honest: RMSE² equals the mean of SE², and the estimates' errors average to 0.

    The mean of 1,500 squared errors has a relative standard error of √(2 / 1500) = 3.7 %; four of them.
    """
    assert recovery.theta_true is not None
    error = recovery.theta - recovery.theta_true
    np.testing.assert_allclose(
        (error**2).mean(axis=0), (recovery.se**2).mean(axis=0), rtol=4 * np.sqrt(2 / N_RECOVERY)
    )
    assert np.all(np.abs(error.mean(axis=0)) < 5 * error.std(axis=0) / np.sqrt(N_RECOVERY))


def test_told_bands_are_frequencies(recovery: ca.SimulationStudy) -> None:
    """After adaptive sittings too, bands occur as often as told: sums over people agree with counts."""
    assert recovery.theta_true is not None
    composite = recovery.theta_true @ recovery.assessment.interpretation.composite
    truth = np.digitize(composite, recovery.assessment.bands.cuts)
    for k in range(4):
        told = recovery.values.bands[:, k]
        error = np.sqrt((told * (1 - told)).sum())
        assert abs((truth == k).sum() - told.sum()) < 4.5 * error


def test_people_come_from_the_population(recovery: ca.SimulationStudy) -> None:
    """Abilities have the bank's correlations, to five standard errors."""
    assert recovery.theta_true is not None
    np.testing.assert_allclose(
        np.cov(recovery.theta_true.T), banks.CORRELATIONS, atol=5 * np.sqrt(2 / N_RECOVERY)
    )


def test_exposure_sums_to_the_mean_length(recovery: ca.SimulationStudy) -> None:
    """Exposure rates lie in [0, 1], sum to the mean length, and count what was presented."""
    rates = recovery.exposure_rates
    assert list(rates) == [item.id for item in THREE.operational]
    assert all(0 <= rate <= 1 for rate in rates.values())
    assert sum(rates.values()) == pytest.approx(recovery.n_items.mean())
    assert rates["p1_00"] == pytest.approx(np.mean(["p1_00" in row for row in recovery.items]))
    assert [len(row) for row in recovery.items] == recovery.n_items.tolist()


def test_the_summary(recovery: ca.SimulationStudy) -> None:
    """A row a block, with numbers that can be computed again from the study."""
    assert recovery.theta_true is not None
    table = recovery.summary().set_index("block")
    assert list(table.index) == ["p", "q", "r"]
    for b, name in enumerate(table.index):
        row = table.loc[name]
        assert row["mean_se"] == pytest.approx(recovery.se[:, b].mean())
        assert row["share_at_target"] == pytest.approx((recovery.se[:, b] <= 0.4).mean())
        assert row["r_true"] == pytest.approx(
            np.corrcoef(recovery.theta[:, b], recovery.theta_true[:, b])[0, 1]
        )
        errors = recovery.theta[:, b] - recovery.theta_true[:, b]
        assert row["rmse_true"] == pytest.approx(np.sqrt((errors**2).mean()))


def test_randomesque_evens_out_the_first_item() -> None:
    """With randomesque 3 the three best first items are presented first equally often."""
    study = ca.simulate(banks.assessment(ONE, length=(1, 2), randomesque=3), 1500, seed=1)
    first = [row[0] for row in study.items]
    counts = [first.count(name) for name in set(first)]
    assert len(counts) == 3
    assert chisquare(counts).pvalue > 1e-3


def test_progress_is_told() -> None:
    """The callback hears of people done and of all, up to the end."""
    heard: list[tuple[int, int]] = []
    ca.simulate(banks.assessment(ONE, length=(1, 2)), 600, progress=lambda done, n: heard.append((done, n)))
    assert heard[-1] == (600, 600)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert {n for _, n in heard} == {600}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"n_examinees": 5, "responses": np.ones((2, 30))},
        {"n_examinees": 0},
        {"n_examinees": 5, "seed": -1},
        {"n_examinees": 5, "seed": 1.5},
        {"n_examinees": 5, "seed": 2**64},
        {"responses": np.ones((0, 30))},
        {"responses": np.full((2, 30), 2)},
        {"responses": np.ones((2, 3))},
        {"responses": ca.Responses.from_array(np.ones((2, 2)), items=["x", "y"])},
    ],
)
def test_impossible_studies(arguments: dict[str, Any]) -> None:
    """Both or neither, nobody, no seed, codes beyond the categories, strangers: refused."""
    with pytest.raises(ca.InputError):
        ca.simulate(banks.assessment(ONE), **arguments)


# ---- real answers played again --------------------------------------------------------------------------------


def answers(bank: ca.ItemBank, n: int, share: float, seed: int = 2) -> np.ndarray:
    """Answers with missing cells as NaN."""
    people = simulate_abilities(bank.population, n, seed=seed)
    codes = simulate_responses(bank.irt_items(), people, seed=seed).codes().astype(float)
    codes[np.random.default_rng(seed).random(codes.shape) > share] = np.nan
    return codes


def only_what_was_answered(study: ca.SimulationStudy, codes: np.ndarray) -> None:
    """Every item that a sitting presented has an answer of that person, and none stands twice."""
    ids = study.assessment.plan.measurement.items.ids
    for row, presented in zip(codes, study.items, strict=True):
        assert all(np.isfinite(row[ids.index(name)]) for name in presented)
        assert len(set(presented)) == len(presented)


@pytest.mark.parametrize("bank", [ONE, THREE], ids=["one block", "three blocks"])
def test_only_answered_items_are_presented(bank: ca.ItemBank) -> None:
    """A post-hoc sitting never presents what the person did not answer, and ends where nothing is left."""
    codes = answers(bank, 300, share=0.4)
    codes[:3] = np.nan
    study = ca.simulate(banks.assessment(bank, target=0.5 if bank is ONE else 0.7), responses=codes)
    only_what_was_answered(study, codes)
    assert study.theta_true is None
    assert study.n_items[:3].tolist() == [0, 0, 0]
    assert study.reasons[:3] == ("pool_exhausted",) * 3
    np.testing.assert_allclose(study.theta[:3], 0.0, atol=1e-9)
    assert set(study.reasons[3:]) == {"precision", "pool_exhausted"}


@pytest.mark.parametrize("bank", [ONE, THREE], ids=["one block", "three blocks"])
def test_theta_unused_excludes_what_was_used(bank: ca.ItemBank) -> None:
    """θ from the unused answers is the score of the table without the used cells; NaN where none is left."""
    codes = answers(bank, 200, share=0.6)
    study = ca.simulate(banks.assessment(bank, length=(1, 10), limits=(0, None)), responses=codes)
    rest = codes.copy()
    ids = list(study.assessment.plan.measurement.items.ids)
    for person, presented in enumerate(study.items):
        rest[person, [ids.index(name) for name in presented]] = np.nan
    expected = ca.score(rest, bank).theta.reshape(200, -1).copy()
    blocks = bank.irt_items().block_index
    for b in range(expected.shape[1]):
        expected[np.isfinite(rest[:, blocks == b]).sum(axis=1) == 0, b] = np.nan
    assert study.theta_unused is not None
    np.testing.assert_allclose(study.theta_unused.reshape(200, -1), expected, atol=1e-10)
    # What was used does not enter: other answers there leave it as it is.
    assert study.theta_all is not None
    np.testing.assert_allclose(study.theta_all, ca.score(codes, bank).theta, atol=1e-10)


def test_bands_from_all_answers() -> None:
    """bands_all are the bands of conclude() on all answers, and the agreement is that of both."""
    codes = answers(THREE, 300, share=0.7)
    rules = banks.bands(THREE, cuts=(-1, 0, 1), confirmation={})
    assessment = banks.assessment(THREE, rules=rules, length=(1, 10), limits=(1, None))
    study = ca.simulate(assessment, responses=codes)
    assert study.bands_all == ca.conclude(codes, assessment).bands
    names = list(assessment.bands.bands)
    expected = band_agreement(
        [names.index(b) for b in study.bands], np.array([names.index(b) for b in study.bands_all])
    )
    assert study.band_agreement == expected
    assert study.band_agreement.exact > 0.7


def test_everything_used() -> None:
    """Where sittings use all answers nothing is left to compare with: NaN in the summary, no crash."""
    codes = answers(ONE, 20, share=1.0)
    study = ca.simulate(banks.assessment(ONE, length=(30, 30)), responses=codes)
    assert study.theta_unused is not None
    assert np.isnan(study.theta_unused).all()
    table = study.summary()
    assert np.isnan(table["r_unused_items"]).all()
    assert np.isnan(table["rmse_unused_items"]).all()
    assert table["rmse_all_items"].max() < 1e-9


def test_real_answers_with_missing_cells(reference: pathlib.Path) -> None:
    """2,800 people and five items of agreeableness, with missing cells: three items each, all of them answered."""
    responses = ca.Responses.read_csv(reference / "data" / "bfi_A.csv", lowest=1)
    calibration = ca.calibrate(responses, "GRM", standard_errors=None)
    bank = ca.ItemBank.from_calibration(calibration, id="bfi")
    study = ca.simulate(
        banks.assessment(bank, length=(1, 3), limits=(0, None), target=0.05), responses=responses
    )
    codes = np.where(responses.codes() < 0, np.nan, responses.codes())
    assert np.isnan(codes).any()
    only_what_was_answered(study, codes)
    n_answered = np.isfinite(codes).sum(axis=1)
    np.testing.assert_array_equal(study.n_items, np.minimum(n_answered, 3))
    assert study.theta_unused is not None
    np.testing.assert_array_equal(np.isnan(study.theta_unused), n_answered <= 3)
    # Three of five items: r with all five of at least 0.95 by the share of information; exact scores below.
    assert study.summary()["r_all_items"][0] > 0.95
    assert study.theta_all is not None
    np.testing.assert_allclose(study.theta_all, ca.score(responses, bank).theta, atol=1e-10)


# ---- what a study reports --------------------------------------------------------------------------------------


def test_recovery_by_block(recovery: ca.SimulationStudy) -> None:
    """Coverage is 95 % to four errors, the bias 0 to five, and figures are those of the errors."""
    table = recovery.recovery()
    assert list(table["block"]) == ["p", "q", "r"]
    assert (table["n"] == N_RECOVERY).all()
    assert (abs(table["coverage"] - 0.95) < 4 * table["coverage_error"]).all()
    assert (abs(table["bias"]) < 5 * table["bias_error"]).all()
    np.testing.assert_allclose(table["mean_se"], recovery.se.mean(axis=0))
    np.testing.assert_allclose(table["rmse"], recovery.summary()["rmse_true"])
    np.testing.assert_allclose(table["r"], recovery.summary()["r_true"])


def test_conditional_on_the_truth(recovery: ca.SimulationStudy) -> None:
    """Ten intervals a block; posterior means are drawn inwards, upwards below and downwards above."""
    table = recovery.conditional().set_index("block")
    for block in ("p", "q", "r"):
        rows = table.loc[block]
        assert len(rows) == 10
        assert rows["n"].sum() == N_RECOVERY
        assert rows["bias"].iloc[0] > 0 > rows["bias"].iloc[-1]
        assert (rows["n"] * rows["mean_length"]).sum() == pytest.approx(recovery.n_items.sum())
    assert len(recovery.conditional(edges=(0.0,))) == 6


def test_bands_against_the_true_composite(recovery: ca.SimulationStudy) -> None:
    """The confusion table compares with the band in which the true composite lies."""
    truth = recovery.theta_true @ recovery.assessment.interpretation.composite
    places = np.digitize(truth, recovery.assessment.bands.cuts)
    names = recovery.assessment.bands.bands
    assert recovery.true_bands == tuple(names[k] for k in places)
    given = np.array([names.index(name) for name in recovery.bands])
    row = recovery.band_accuracy().iloc[0]
    assert row["n"] == N_RECOVERY
    assert row["accuracy"] == np.mean(given == places)
    assert row["accuracy_error"] == pytest.approx(np.std(given == places) / np.sqrt(N_RECOVERY))
    assert row["two_bands_off"] == np.mean(np.abs(given - places) >= 2)
    assert row["kappa"] == band_agreement(given, places).kappa
    assert 0 < row["kappa"] < row["weighted_kappa"] < 1
    assert recovery.confusion.counts.shape == (4, 4)


def test_exposure_in_one_row(recovery: ca.SimulationStudy) -> None:
    """The greatest rate, the share of items that nobody saw, and the overlap of the study's own sittings."""
    row, rates = recovery.exposure().iloc[0], list(recovery.exposure_rates.values())
    assert row["max_exposure"] == max(rates)
    assert row["mean_exposure"] == pytest.approx(recovery.n_items.mean() / len(rates))
    assert row["unused_share"] == np.mean([rate == 0 for rate in rates])
    assert 0 < row["overlap"] < 1


def test_the_engine_misses_no_demand(recovery: ca.SimulationStudy) -> None:
    """Every sitting has its least number of items of each competency."""
    table = recovery.constraint_violations()
    assert list(table["demand"]) == ["length", *(f"competencies.{b}{k}" for b in "pqr" for k in (1, 2))]
    assert (table["missed"] == 0).all()


def test_real_answers_have_no_truth() -> None:
    """What compares with the truth says so; bands are compared with those from all answers."""
    study = ca.simulate(banks.assessment(ONE, length=(1, 10)), responses=answers(ONE, 40, share=0.8))
    for report in (study.recovery, study.conditional):
        with pytest.raises(ca.InputError, match="nobody knows the true abilities"):
            report()
    assert study.true_bands is None
    assert study.groups is None
    assert study.band_agreement is not None
    assert study.band_accuracy()["accuracy"][0] == study.band_agreement.exact
