"""Residuals by person: against mirt, by hand, and what a run of odd answers does to CUSUM."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from golden.test_response_quality import complete_rows
from reference import FITTED, fitted_items, population_of, values_of

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, cusum, expected_score, person_residuals, score, simulate_responses
from compassess.responses import Responses

COMPLETE = [name for name in FITTED if not name.startswith("bfiA")]
THIRTY = Items.create(
    ids=[f"i{j:02d}" for j in range(30)], a=np.full(30, 1.3), b=np.tile(np.linspace(-2, 2, 10), 3)[:, None]
)


def answers(n: int, seed: int) -> Responses:
    """Of simulated people to thirty items."""
    people = ca.irt.simulate_abilities(THIRTY.population, n, seed=seed)
    return simulate_responses(THIRTY, people, seed=seed + 1)


@pytest.mark.parametrize("name", COMPLETE)
def test_they_are_mirt_s(name: str, reference: pathlib.Path) -> None:
    """Infit, outfit, their z and Zh of thirty persons at EAP to 1e-3."""
    found = values_of(reference, name)
    items, people = fitted_items(found), population_of(found)
    told = found["personfit_EAP_first30"]
    codes = complete_rows(reference, name, len(told))
    responses = Responses.from_array(codes, items=items.ids, lowest=FITTED[name])
    known = score(responses, items, "EAP", population=people, nodes=121, limit=6.0)
    fit = person_residuals(responses, items, known, population=people)
    for column, theirs in (
        ("outfit", "outfit"),
        ("infit", "infit"),
        ("z_outfit", "z.outfit"),
        ("z_infit", "z.infit"),
        ("zh", "Zh"),
    ):
        tolerance = 3e-3 if column.startswith("z_") else 1e-3
        # Where every answer is at one end mirt keeps q of z below √2; mean squares are the same.
        inside = (codes.sum(axis=1) > codes.min() * items.n_items) | (not column.startswith("z_"))
        np.testing.assert_allclose(
            getattr(fit, column)[inside],
            np.array([row[theirs] for row in told])[inside],
            rtol=0,
            atol=tolerance,
            err_msg=column,
        )


def test_running_sums_by_hand() -> None:
    """One person at a time, in the order of the sitting, what was left out passed over."""
    codes = np.array(answers(5, 1).codes(THIRTY.ids), dtype=float)
    codes[2, 3:9] = np.nan
    responses = Responses.from_array(codes, items=THIRTY.ids)
    order = np.array([np.random.default_rng(n).permutation(30) for n in range(5)])
    found = cusum(responses, THIRTY, order=order)
    theta = score(responses, THIRTY).theta
    for n in range(5):
        here = np.flatnonzero(np.isfinite(codes[n]))
        expected = expected_score(THIRTY, theta[[n]])[:, 0]
        up = down = high = low = 0.0
        for item in here[np.argsort(order[n, here])]:
            step = (codes[n, item] - expected[item]) / here.size
            up, down = max(0.0, up + step), min(0.0, down + step)
            high, low = max(high, up), min(low, down)
        assert found.up[n] == pytest.approx(high)
        assert found.down[n] == pytest.approx(low)
    assert found.n_answers[2] == 24
    assert np.isnan(found.p_value).all()
    assert len(found.to_frame()) == 5


def test_who_gives_up_is_seen() -> None:
    """The last third answered wrong throughout: small p, where the same answers in a mixed order have none."""
    codes = np.array(answers(40, 3).codes(THIRTY.ids))
    codes[:, 20:] = 0
    given_up = Responses.from_array(codes, items=THIRTY.ids)
    in_order = cusum(given_up, THIRTY, seed=4)
    order = np.array([np.random.default_rng(n).permutation(30) for n in range(40)])
    mixed = cusum(given_up, THIRTY, order=order, seed=4)
    assert np.median(in_order.p_value) < 0.05
    assert np.median(mixed.p_value) > 0.1


def test_false_alarms_are_as_rare_as_their_p() -> None:
    """Of 1,000 people who answer as the model says about 5 % have p ≤ .05."""
    found = cusum(answers(1000, 5), THIRTY, seed=6)
    assert 0.03 < np.mean(found.p_value <= 0.05) < 0.07


def test_nobody_and_bad_input() -> None:
    """NaN for who answered nothing; an order of another shape, too few draws."""
    codes = np.array(answers(3, 7).codes(THIRTY.ids), dtype=float)
    codes[1] = np.nan
    responses = Responses.from_array(codes, items=THIRTY.ids)
    residuals = person_residuals(responses, THIRTY)
    assert np.isnan(residuals.infit[1])
    assert residuals.n_answers.tolist() == [30, 0, 30]
    assert len(residuals.to_frame()) == 3
    found = cusum(responses, THIRTY, seed=8)
    assert np.isnan([found.up[1], found.down[1], found.p_value[1]]).all()
    with pytest.raises(InputError, match="a place for every person and item"):
        cusum(responses, THIRTY, order=[[1, 2]])
    with pytest.raises(InputError, match="n_draws"):
        cusum(responses, THIRTY, seed=1, n_draws=5)
