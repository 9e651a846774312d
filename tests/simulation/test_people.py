"""compassess.simulation.people: mixtures of populations, and abilities that are handed in."""

from __future__ import annotations

from typing import Any, Final

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.irt import simulate_abilities
from compassess.simulation import Mixture, People
from compassess.simulation.people import draw_people

THREE: Final = banks.three_blocks(6)
POPULATION: Final = THREE.population


def moved(mean: float, loading: float = 0.8) -> ca.Population:
    """The bank's population with another mean."""
    return ca.Population.create(
        POPULATION.blocks,
        correlation=banks.CORRELATIONS,
        competencies={f"{block}{k}": block for block in "pqr" for k in (1, 2)},
        loadings=dict.fromkeys(POPULATION.competencies, loading),
        mean=[mean] * 3,
    )


def test_a_mixture_has_its_shares_and_means() -> None:
    """Groups occur by their shares, and each has the moments of its own population, to five errors."""
    n = 20_000
    mixture = Mixture(populations={"low": moved(-1.0), "high": moved(1.0)}, shares={"low": 0.3, "high": 0.7})
    abilities, groups = draw_people(POPULATION, n, mixture, seed=4)
    assert groups is not None
    low = np.array(groups) == "low"
    assert abs(low.mean() - 0.3) < 5 * np.sqrt(0.21 / n)
    for who, mean in ((low, -1.0), (~low, 1.0)):
        error = 5 / np.sqrt(who.sum())
        np.testing.assert_allclose(abilities.blocks[who].mean(axis=0), mean, atol=error)
        np.testing.assert_allclose(np.cov(abilities.blocks[who].T), banks.CORRELATIONS, atol=1.5 * error)
        np.testing.assert_allclose(abilities.competencies[who].mean(axis=0), 0.8 * mean, atol=error)


def test_more_people_change_nobody() -> None:
    """The first 100 of 500 are those of 100: groups and abilities; another seed gives others."""
    mixture = Mixture(populations={"a": moved(0.0), "b": moved(0.5)})
    some, groups = draw_people(POPULATION, 100, mixture, seed=4)
    more, all_groups = draw_people(POPULATION, 500, mixture, seed=4)
    np.testing.assert_allclose(more.competencies[:100], some.competencies, atol=1e-12)
    assert all_groups is not None
    assert all_groups[:100] == groups
    assert draw_people(POPULATION, 100, mixture, seed=5)[1] != groups


def test_a_mixture_of_one_is_the_population() -> None:
    """One group with the bank's population gives the people of the population."""
    only = draw_people(POPULATION, 50, Mixture(populations={"all": POPULATION}), seed=9)[0]
    plain = simulate_abilities(POPULATION, 50, seed=9)
    np.testing.assert_array_equal(only.blocks, plain.blocks)
    np.testing.assert_array_equal(only.competencies, plain.competencies)


def test_people_that_are_handed_in() -> None:
    """Blocks stay as they are; competencies are λ θ_b + noise of variance 1 − λ², or as they were handed in."""
    theta = np.tile([[1.5, -1.0, 0.0]], (20_000, 1))
    abilities, groups = draw_people(POPULATION, None, People(theta=theta), seed=2)
    assert groups is None
    np.testing.assert_array_equal(abilities.blocks, theta)
    own = abilities.competencies - 0.8 * theta[:, [0, 0, 1, 1, 2, 2]]
    np.testing.assert_allclose(own.mean(axis=0), 0.0, atol=5 * 0.6 / np.sqrt(20_000))
    np.testing.assert_allclose(np.cov(own.T), 0.36 * np.eye(6), atol=5 * 0.36 * np.sqrt(2 / 20_000))
    known = np.arange(12.0).reshape(2, 6)
    given, _ = draw_people(POPULATION, None, People(theta=theta[:2], competencies=known), seed=2)
    np.testing.assert_array_equal(given.competencies, known)


def test_a_study_knows_truth_and_groups() -> None:
    """theta_true and groups are those of the people, and recovery is told by group."""
    assessment = banks.assessment(THREE, length=(1, 8), limits=(0, None))
    people = People(
        theta=np.repeat([[-1.0] * 3, [1.0] * 3], 60, axis=0), groups=("low",) * 60 + ("high",) * 60
    )
    study = ca.simulate(assessment, people=people, seed=3)
    np.testing.assert_array_equal(study.theta_true, people.theta)
    assert study.groups == people.groups
    table = study.recovery_by_group()
    assert list(zip(table["group"], table["block"], strict=True)) == [
        (group, block) for group in ("low", "high") for block in "pqr"
    ]
    # Posterior means are drawn towards the bank's mean of 0, from either side.
    assert (table["bias"][:3] > 0).all()
    assert (table["bias"][3:] < 0).all()
    errors = (study.theta - people.theta)[:60]
    np.testing.assert_allclose(table["rmse"][:3], np.sqrt((errors**2).mean(axis=0)))
    mixed = ca.simulate(assessment, 300, people=Mixture(populations={"a": moved(-1.0), "b": moved(1.0)}))
    assert mixed.groups is not None
    assert set(mixed.groups) == {"a", "b"}
    assert not people.theta.flags.writeable


def test_without_groups() -> None:
    """People of one population have no groups to tell apart."""
    study = ca.simulate(banks.assessment(THREE, length=(1, 2), limits=(0, None)), 5)
    with pytest.raises(ca.InputError, match="Simulate a Mixture"):
        study.recovery_by_group()


@pytest.mark.parametrize(
    ("n", "people", "words"),
    [
        (5, {"theta": np.zeros((2, 3))}, "none or several"),
        (None, None, "none or several"),
        (None, {"theta": np.zeros((2, 2))}, "not a column for each"),
        (None, {"theta": np.zeros((2, 3)), "competencies": np.zeros((2, 3))}, "not a column for each"),
        (None, {"theta": np.zeros((2, 3)), "competencies": np.zeros((3, 6))}, "not one for every person"),
        (None, {"theta": np.zeros((2, 3)), "groups": ("a",)}, "not one for every person"),
        (None, {"theta": np.full((2, 3), np.nan)}, "no table of abilities"),
        (None, {"theta": np.zeros((0, 3))}, "no table of abilities"),
        (None, {"populations": {"a": POPULATION}}, "none or several"),
        (5, {"populations": {}}, "there is none"),
        (5, {"populations": {"a": POPULATION}, "shares": {"b": 1.0}}, "not a share of every group"),
        (5, {"populations": {"a": POPULATION}, "shares": {"a": 0.9}}, "their sum 1"),
        (5, {"populations": {"a": ca.Population.create()}}, "other blocks or competencies"),
    ],
)
def test_people_that_do_not_fit(n: int | None, people: dict[str, Any] | None, words: str) -> None:
    """Every misfit is a sentence with its place."""
    assessment = banks.assessment(THREE, length=(1, 2), limits=(0, None))
    kind = Mixture if people is not None and "populations" in people else People
    with pytest.raises(ca.InputError, match=words):
        ca.simulate(assessment, n, people=None if people is None else kind(**people))


def test_draw_people_itself_refuses() -> None:
    """A number of people beside people with abilities, or nobody at all, is refused where they are drawn."""
    for n, people in ((5, People(theta=np.zeros((2, 3)))), (None, None)):
        with pytest.raises(ca.InputError, match="Give either n_examinees"):
            draw_people(POPULATION, n, people, seed=1)
