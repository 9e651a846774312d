"""compassess.scoring.standards.impact: shares by group, errors by two bands, adverse impact, moved cuts."""

from __future__ import annotations

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import compassess as ca
from compassess.errors import InputError
from compassess.irt import plausible_values, simulate_abilities, simulate_responses
from compassess.scoring import JointPosterior, expected_adverse_impact
from compassess.scoring.classification import shares_from_probabilities
from compassess.scoring.ranking import DrawnPosteriors, NormalPosteriors
from compassess.scoring.standards import CutScores, impact_table

THETA = np.array([-2.0, -0.5, 0.0, 0.4, 1.0, 2.5])
GROUP = ["b", "a", "b", "a", "a", "b"]
CUTS = CutScores.create(
    method="test", cuts=[-1.0, 0.3], standard_errors=[0.1, 0.2], bands=("low", "middle", "high")
)


def people_of(theta: np.ndarray = THETA, se: float = 0.6) -> NormalPosteriors:
    """Normal posteriors of one SD."""
    return NormalPosteriors.of(theta, se)


def test_shares_and_two_band_errors_by_hand() -> None:
    """Six persons, one after the other: means of probabilities, and the mass two bands off the likeliest."""
    found = impact_table(CUTS, people_of(), group=GROUP, steps=(0,)).scenarios[0]
    p = people_of().bands(CUTS.cuts)
    off = []
    for row in p:
        likely = int(np.argmax(row))
        off.append(sum(mass for k, mass in enumerate(row) if abs(k - likely) >= 2))
    for place, rows in enumerate([range(6), [1, 3, 4], [0, 2, 5]]):
        np.testing.assert_allclose(found.shares[place], np.mean([p[n] for n in rows], axis=0), atol=1e-15)
        assert found.two_band_errors[place] == pytest.approx(np.mean([off[n] for n in rows]), abs=1e-15)
    assert off[0] > 0
    np.testing.assert_allclose(
        found.share_errors[0], shares_from_probabilities(p).se, rtol=1e-12
    )  # the one place where errors of shares are derived


def test_moved_cuts_are_cuts_that_lie_there() -> None:
    """A scenario of s steps is the table of cuts that were moved by s standard errors each."""
    found = impact_table(CUTS, people_of(), group=GROUP, steps=(-1, 0, 0.5))
    for scenario, step in zip(found.scenarios, (-1, 0, 0.5), strict=True):
        there = CutScores.create(method="test", cuts=np.array([-1.0, 0.3]) + step * np.array([0.1, 0.2]))
        alone = impact_table(there, people_of(), group=GROUP, steps=(0,)).scenarios[0]
        np.testing.assert_array_equal(scenario.cuts, there.cuts)
        np.testing.assert_array_equal(scenario.shares, alone.shares)
        np.testing.assert_array_equal(scenario.two_band_errors, alone.two_band_errors)
    assert (found.bands, found.groups, found.n.tolist()) == (
        ("low", "middle", "high"),
        ("everybody", "a", "b"),
        [6, 3, 3],
    )


def test_higher_cuts_leave_fewer_above() -> None:
    """Upward steps take persons out of the highest band and put more into the lowest."""
    shares = np.stack([one.shares[0] for one in impact_table(CUTS, people_of()).scenarios])
    assert np.all(np.diff(shares[:, 0]) > 0)
    assert np.all(np.diff(shares[:, -1]) < 0)


def test_adverse_impact_is_that_of_the_probabilities_to_pass() -> None:
    """At each cut the probabilities of all bands above it are compared by group."""
    people = people_of(np.linspace(-2, 2, 80))
    group = np.tile(["x", "y"], 40)
    found = impact_table(CUTS, people, group=group, steps=(0,), reference="x").scenarios[0].adverse
    p = people.bands(CUTS.cuts)
    told = expected_adverse_impact(
        np.column_stack([p[:, 1] + p[:, 2], p[:, 2]]), group, reference="x", minimum=30
    )
    assert found is not None
    for name in ("rate", "ratio", "ratio_low", "z"):
        np.testing.assert_allclose(getattr(found, name), getattr(told, name), rtol=1e-12)
    assert found.references == ("x", "x")


@given(
    theta=arrays(np.float64, 12, elements=st.floats(-3, 3)),
    se=st.floats(0.05, 2),
    group=st.lists(st.sampled_from("pqr"), min_size=12, max_size=12),
    low=st.floats(-2, 2),
    gaps=st.lists(st.floats(0.05, 2), max_size=3),
)
def test_laws(theta: np.ndarray, se: float, group: list[str], low: float, gaps: list[float]) -> None:
    """Shares sum to 1, everybody's are the n-weighted means of the groups', and so are two-band errors."""
    cuts = CutScores.create(method="test", cuts=low + np.r_[0, np.cumsum(gaps)])
    found = impact_table(cuts, people_of(theta, se), group=group, steps=(0,))
    one, n = found.scenarios[0], found.n
    np.testing.assert_allclose(one.shares.sum(axis=1), 1.0, atol=1e-12)
    assert n[0] == n[1:].sum() == 12
    np.testing.assert_allclose(n[1:] @ one.shares[1:] / 12, one.shares[0], atol=1e-12)
    assert n[1:] @ one.two_band_errors[1:] / 12 == pytest.approx(one.two_band_errors[0], abs=1e-12)
    most = 1 - 1 / (cuts.n_cuts + 1)  # the likeliest of K bands has a probability of 1 / K at least
    assert np.all((one.two_band_errors >= 0) & (one.two_band_errors <= most + 1e-9))
    if cuts.n_cuts == 1:
        assert not one.two_band_errors.any()


def test_cuts_that_cross_when_moved() -> None:
    """Errors so different that moved cuts pass one another make a status, not a table."""
    cuts = CutScores.create(method="test", cuts=[0.0, 0.5], standard_errors=[1.0, 0.1])
    found = impact_table(cuts, people_of(), group=GROUP, steps=(0, 1))
    crossed = found.scenarios[1]
    assert [one.status for one in found.scenarios] == ["ok", "cuts_cross"]
    assert np.isnan(crossed.shares).all()
    assert np.isnan(crossed.two_band_errors).all()
    assert crossed.adverse is None
    assert found.bands == ("band_0", "band_1", "band_2")


def test_frame_has_a_row_a_scenario_and_group() -> None:
    """Shares and errors stand under the names of the bands."""
    table = impact_table(CUTS, people_of(), group=GROUP).to_frame()
    assert len(table) == 5 * 3
    assert list(table.columns) == [
        "steps",
        "group",
        "n",
        *(f"{what}_{band}" for band in CUTS.bands for what in ("share", "se")),
        "two_band_errors",
        "status",
    ]
    np.testing.assert_allclose(table[["share_low", "share_middle", "share_high"]].sum(axis=1), 1.0)


def test_every_dimension_of_an_assessment_has_its_table() -> None:
    """Composite, blocks and competencies by the joint posterior agree with plausible values.

    150 draws of 80 persons, 40 a group: a share errs by at most √(.25 / 6,000) = .0065; four of them. Draws
    call a band the most probable by chance now and then, which lowers their errors by two bands.
    """
    bank = banks.three_blocks(4)
    people = simulate_abilities(bank.population, 80, seed=1)
    answers = simulate_responses(bank.irt_items(), people, seed=2)
    rules = banks.bands(bank)
    posterior = JointPosterior.of(answers, banks.assessment(bank, rules=rules).interpretation)
    values = plausible_values(answers, bank.irt_items(), 150, seed=3)
    composite = values.theta @ posterior.interpretation.composite
    draws = np.concatenate([composite[..., None], values.theta, values.competencies.theta], axis=2)
    cuts = CutScores.create(method="test", cuts=[-0.9, 0.4])
    group = np.repeat(["m", "n"], 40)
    for place, dimension in enumerate(posterior.dimensions):
        exact = impact_table(cuts, posterior.marginal(dimension), group=group, steps=(0,)).scenarios[0]
        drawn = impact_table(cuts, DrawnPosteriors.of(draws[..., place]), group=group, steps=(0,)).scenarios[
            0
        ]
        np.testing.assert_allclose(exact.shares, drawn.shares, atol=0.026)
        np.testing.assert_allclose(exact.two_band_errors, drawn.two_band_errors, atol=0.026)


def test_shares_of_a_short_test_where_counts_fail() -> None:
    """Expected shares meet the true ones within four errors of measurement; counts of EAP miss the outer bands."""
    bank = banks.one_block(5)
    people = simulate_abilities(bank.population, 4000, seed=5)
    answers = simulate_responses(bank.irt_items(), people, seed=6)
    scores = ca.score(answers, bank)
    cuts = CutScores.create(method="test", cuts=[-1.5, 1.5])
    posterior = JointPosterior.of(answers, banks.assessment(bank).interpretation)
    marginal = posterior.marginal(posterior.dimensions[1])
    found = impact_table(cuts, marginal, steps=(0,)).scenarios[0]
    truth = [np.mean(people.blocks < -1.5), np.mean(people.blocks >= 1.5)]
    error = shares_from_probabilities(marginal.bands(cuts.cuts)).se_measurement[[0, 2]]
    assert np.all(np.abs(found.shares[0, [0, 2]] - truth) < 4 * error)
    counted = [np.mean(scores.theta < -1.5), np.mean(scores.theta >= 1.5)]
    assert np.all(np.array(counted) < np.array(truth) - 4 * error)


def test_expected_two_band_errors_are_those_that_happen() -> None:
    """Of 4,000 persons with three answers as many are two bands off as expected, within four binomial errors."""
    bank = banks.one_block(3)
    people = simulate_abilities(bank.population, 4000, seed=7)
    answers = simulate_responses(bank.irt_items(), people, seed=8)
    posterior = JointPosterior.of(answers, banks.assessment(bank, limits=(0, None)).interpretation)
    marginal = posterior.marginal(posterior.dimensions[1])
    cuts = CutScores.create(method="test", cuts=[-0.8, 0.0, 0.8])
    expected = impact_table(cuts, marginal, steps=(0,)).scenarios[0].two_band_errors[0]
    true = np.searchsorted(cuts.cuts, people.blocks[:, 0], side="right")
    likely = np.argmax(marginal.bands(cuts.cuts), axis=1)
    seen = np.mean(np.abs(true - likely) >= 2)
    assert expected > 0.05
    assert seen == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 4000))


def test_every_fault_is_told_at_once() -> None:
    """No cut, no steps, a group too many and a stranger as reference come together."""
    nothing = CutScores.create(method="test", cuts=[np.nan], status="not_rising")
    with pytest.raises(InputError) as caught:
        impact_table(nothing, people_of(), group=["everybody"] * 7, steps=(), reference="z")
    assert [one.where for one in caught.value.problems] == ["cuts", "steps", "group", "group", "reference"]


def test_targets_cannot_be_moved_by_errors_that_they_do_not_have() -> None:
    """Cuts without standard errors are asked for with steps=(0,), and a reference needs groups."""
    target = CutScores.create(method="target", cuts=[0.0])
    with pytest.raises(InputError, match="steps=\\(0,\\)"):
        impact_table(target, people_of())
    with pytest.raises(InputError, match="no such group"):
        impact_table(target, people_of(), steps=(0,), reference="a")
    assert impact_table(target, people_of(), steps=(0,)).scenarios[0].adverse is None


def test_persons_of_whom_nothing_is_known_are_told() -> None:
    """A share is one of everybody: who has no posterior is left out by the caller, in the groups as well."""
    people = people_of(np.array([0.2, np.nan, 1.0, np.nan]))
    with pytest.raises(InputError, match="person 2: 2 of 4 persons have no posterior"):
        impact_table(CUTS, people, steps=(0,))
