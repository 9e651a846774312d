"""Reliability: against mirt, against the truth of simulated people."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from golden.test_response_quality import complete_rows
from reference import FITTED, fitted_items, population_of, values_of

from compassess.errors import InputError
from compassess.irt import (
    Items,
    Population,
    conditional_reliability,
    empirical_reliability,
    information,
    marginal_reliability,
    score,
    simulated_reliability,
)
from compassess.responses import Responses

HOUSE = Population.create(
    ["p", "q"],
    correlation=[[1.0, 0.6], [0.6, 1.0]],
    competencies={"p1": "p", "p2": "p", "q1": "q"},
    loadings={"p1": 0.8, "p2": 0.7},
)


def in_house(n: int = 15) -> Items:
    """So many items a competency."""
    return Items.create(
        ids=[f"i{k}" for k in range(3 * n)],
        a=np.full(3 * n, 1.4),
        b=np.tile(np.linspace(-2, 2, n), 3)[:, None],
        competencies=np.repeat(["p1", "p2", "q1"], n).tolist(),
        population=HOUSE,
    )


@pytest.mark.parametrize("name", ["LSAT6_2PL", "Science_graded", "VerbAgg_2PL", "Science_gpcm"])
def test_it_is_mirt_s(name: str, reference: pathlib.Path) -> None:
    """Marginal to 1e-4, empirical of EAP to 1e-3."""
    found = values_of(reference, name)
    items, people = fitted_items(found), population_of(found)
    marginal = marginal_reliability(items, population=people)
    assert next(iter(marginal.values())) == pytest.approx(found["marginal_rxx"], abs=1e-4)
    codes = complete_rows(reference, name, 10**6)
    scores = score(
        Responses.from_array(codes, items=items.ids, lowest=FITTED[name]), items, population=people
    )
    assert empirical_reliability(scores.theta, scores.se) == pytest.approx(
        found["empirical_rxx_EAP"], abs=1e-3
    )


def test_simulated_people_tell_the_same() -> None:
    """ρ² of EAP is its empirical reliability within Monte-Carlo errors, for blocks and competencies."""
    found = simulated_reliability(in_house(), n_persons=8000, seed=1)
    assert found.names == ("p", "q", "p1", "p2")  # q1 is its block
    assert (np.abs(found.true - found.empirical) < 4 * found.standard_error).all()
    lower = marginal_reliability(in_house())
    assert found.true[2] > lower["p1"] - 0.02  # the other competencies add what they tell
    assert found.true[1] == pytest.approx(lower["q1"], abs=0.03)
    assert len(found.to_frame()) == 4
    wle = simulated_reliability(in_house().select(np.arange(30, 45)), n_persons=2000, seed=1, method="WLE")
    assert np.isfinite(wle.true[1])


def test_by_hand() -> None:
    """One number, by the formulas."""
    items = in_house(4)
    line = conditional_reliability(items, [0.3])
    own = information(items, np.array([0.3]))[:4, 0].sum()
    assert line[0, 0] == pytest.approx(own / (own + 1.0))
    theta, se = np.array([1.0, -1.0, 0.0, np.nan]), np.array([0.5, 0.5, 0.5, np.nan])
    assert empirical_reliability(theta, se) == pytest.approx(1.0 / 1.25)
    assert marginal_reliability(items.select(["i0"]))["q1"] == 0.0


def test_bad_input() -> None:
    """Shapes, and nobody."""
    with pytest.raises(InputError, match="one shape"):
        empirical_reliability([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="two persons"):
        empirical_reliability([1.0, np.nan], [1.0, np.nan])
