"""compassess.scoring.classification.nodes: a population on nodes between jumps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Items, Population
from compassess.scoring.classification.nodes import crossings, dimension_of, population_nodes


def form(competencies: list[str], population: Population) -> Items:
    """Items of slope 1, one a competency named."""
    n = len(competencies)
    return Items.create(
        ids=[f"i{j}" for j in range(n)],
        a=[1.0] * n,
        b=[[0.0]] * n,
        competencies=competencies,
        population=population,
    )


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (-0.7, 0.4), (1.2, 2.5)])
def test_a_jump_at_a_break_is_summed_exactly(mean: float, sd: float) -> None:
    """Masses sum to 1, and those below a break to Φ; moments are the population's."""
    theta, masses = population_nodes(mean, sd, [0.568, -1.843])
    assert masses.sum() == pytest.approx(1.0, abs=1e-14)
    for cut in (-1.843, 0.568):
        assert masses[theta < cut].sum() == pytest.approx(norm.cdf(cut, mean, sd), abs=1e-13)
    assert masses @ theta == pytest.approx(mean, abs=1e-12)
    assert masses @ (theta - mean) ** 2 == pytest.approx(sd**2, rel=1e-12)


def test_crossings_are_all_the_roots() -> None:
    """A curve that goes up and down passes a level as often as it does."""
    found = crossings(np.sin, [0.5], 0.0, 1.0)
    expected = [k * np.pi + (-1) ** k * np.pi / 6 for k in range(-3, 4)]
    np.testing.assert_allclose(found, [x for x in sorted(expected) if abs(x) < 8.5], atol=1e-12)


def test_dimension_is_the_competency_s() -> None:
    """Mean λμ and SD √(λ²σ² + 1 − λ²); where λ = 1 several competencies are their block."""
    people = Population.create(
        ["b", "c"],
        competencies={"x": "b", "y": "b", "z": "b", "w": "c"},
        loadings={"x": 0.8},
        mean=[0.5, 0],
        standard_deviation=[2.0, 1],
    )
    mean, sd = dimension_of(form(["x"], people))
    assert mean == pytest.approx(0.4)
    assert sd == pytest.approx(np.sqrt(0.64 * 4 + 0.36))
    assert dimension_of(form(["y", "z"], people)) == pytest.approx((0.5, 2.0))
    for several in (["x", "y"], ["y", "w"]):
        with pytest.raises(InputError, match="one dimension"):
            dimension_of(form(several, people))


def test_population_must_know_the_items() -> None:
    """Items of a competency that the population handed in does not have are refused."""
    with pytest.raises(InputError, match="one dimension"):
        dimension_of(form(["theta"], Population.create()), Population.create(["other"]))
