"""Where persons come from, and what cannot be a population."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Population


def test_the_default_is_one_standard_normal_block() -> None:
    """One block, its own competency, λ = 1, N(0, 1)."""
    people = Population.create()
    assert people.blocks == people.competencies == ("theta",)
    assert people.loadings.tolist() == [1.0]
    assert people.mean.tolist() == [0.0]
    assert people.covariance.tolist() == [[1.0]]
    assert not people.has_competency_layer


def test_standard_deviations_make_covariances_of_correlations() -> None:
    """Σ = diag(σ) R diag(σ), and R comes back."""
    people = Population.create(
        ("x", "y"), correlation=[[1, 0.5], [0.5, 1]], mean=[1, -1], standard_deviation=[2, 0.5]
    )
    np.testing.assert_allclose(people.covariance, [[4, 0.5], [0.5, 0.25]])
    np.testing.assert_allclose(people.correlation, [[1, 0.5], [0.5, 1]])


def test_a_loading_below_one_makes_a_layer() -> None:
    """Competencies differ from their block as soon as one λ is below 1."""
    people = Population.create(("x",), competencies={"c": "x", "d": "x"}, loadings={"d": 0.5})
    assert people.has_competency_layer
    assert people.loadings.tolist() == [1.0, 0.5]
    assert people.block_of.tolist() == [0, 0]


def test_a_population_cannot_be_changed() -> None:
    """Its arrays are read-only."""
    people = Population.create()
    with pytest.raises(ValueError, match="read-only"):
        people.covariance[0, 0] = 2.0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"blocks": ()}, "there is none"),
        ({"blocks": ("x", "x")}, "more than once"),
        ({"blocks": ("x", "y"), "correlation": np.eye(3)}, "wrong shape"),
        ({"blocks": ("x", "y"), "correlation": [[1, np.nan], [np.nan, 1]]}, "not finite"),
        ({"blocks": ("x", "y"), "correlation": [[1, 0.5], [0.4, 1]]}, "not symmetric"),
        ({"blocks": ("x", "y"), "correlation": [[2, 0.5], [0.5, 1]]}, "diagonal"),
        ({"blocks": ("x", "y"), "correlation": [[1, 1], [1, 1]]}, "not positive definite"),
        (
            {"blocks": tuple("xyz"), "correlation": [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]},
            "not positive definite",
        ),
        ({"competencies": {"c": "nowhere"}}, "block is unknown"),
        ({"loadings": {"theta": 1.1}}, "(-1, 1]"),
        ({"loadings": {"theta": -1.0}}, "(-1, 1]"),
        ({"loadings": {"theta": np.nan}}, "(-1, 1]"),
        ({"loadings": {"stranger": 0.5}}, "known competency"),
        ({"mean": [0, 0]}, "one finite mean"),
        ({"mean": [np.nan]}, "one finite mean"),
        ({"mean": [np.inf]}, "one finite mean"),
        ({"standard_deviation": [0.0]}, "positive standard deviation"),
        ({"standard_deviation": [-1.0]}, "positive standard deviation"),
        ({"standard_deviation": [np.nan]}, "positive standard deviation"),
        ({"standard_deviation": [np.inf]}, "positive standard deviation"),
    ],
)
def test_what_is_no_population_is_refused(arguments: dict[str, Any], word: str) -> None:
    """Each fault is refused, and named."""
    with pytest.raises(InputError) as caught:
        Population.create(**arguments)
    assert word in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    """R, an unknown block, two loadings and the mean: one error with every fault."""
    with pytest.raises(InputError) as caught:
        Population.create(
            ("x", "y"),
            correlation=[[1, 2], [1, 3]],
            competencies={"c": "z"},
            loadings={"c": 2, "d": 0.5},
            mean=[1],
        )
    assert len(caught.value.problems) == 6
