"""Whether "truly among the k best with probability p" holds: in simulation, of those told .75 three in four are.

Persons of one competition go together (k of them are right, whatever happens), which makes shares scatter less
than independent statements do; standard errors of shares are on the safe side.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from compassess.irt import Grid, Items, log_probability, score, simulate_abilities, simulate_responses
from compassess.responses import Responses
from compassess.scoring.classification import ProbabilityCalibration, probability_calibration
from compassess.scoring.ranking import GridPosteriors, KBest, k_best, k_best_of

pytestmark = pytest.mark.slow

N_PERSONS, N_COMPETITIONS, K = 40, 1_000, 10
LABELS = np.repeat(np.arange(N_COMPETITIONS), N_PERSONS)
#: Ten tenths are looked at: 3.5 standard errors of a share are exceeded once in two hundred such studies.
FAR = 3.5


def truly_best(theta: np.ndarray) -> np.ndarray:
    """Who is among the k best of the own competition."""
    by_competition = theta.reshape(-1, N_PERSONS)
    ranks = (-by_competition).argsort(axis=1).argsort(axis=1)
    return (ranks < K).ravel()


def compared(found: KBest, theta: np.ndarray) -> ProbabilityCalibration:
    """Stated against observed by tenths."""
    result = probability_calibration(found.probability, truly_best(theta))
    assert result.n.min() > 300  # something can be seen in every tenth
    return result


@cache
def sat() -> tuple[Items, np.ndarray, Responses]:
    """A form of 20 items, and all persons' abilities and answers."""
    rng = np.random.default_rng(1)
    items = Items.create(
        ids=[f"i{j}" for j in range(20)], a=rng.uniform(0.8, 2.0, 20), b=rng.normal(0.4, 0.9, (20, 1))
    )
    people = simulate_abilities(items.population, N_PERSONS * N_COMPETITIONS, seed=2)
    return items, people.blocks[:, 0], simulate_responses(items, people, seed=3)


def test_normal_posteriors_hold_in_every_tenth() -> None:
    """θ ~ N(0, 1), estimates with errors of .2 to .7: posteriors are normal, and statements hold."""
    rng = np.random.default_rng(7)
    theta, error = rng.standard_normal(LABELS.size), rng.uniform(0.2, 0.7, LABELS.size)
    estimate = theta + error * rng.standard_normal(LABELS.size)
    reliability = 1 / (1 + error**2)
    found = k_best(reliability * estimate, error * np.sqrt(reliability), K, competitions=LABELS)
    result = compared(found, theta)
    assert np.all(np.abs(result.z) < FAR), result.to_frame()
    assert abs(result.spiegelhalter_z) < FAR
    precision = np.mean([one.precision for one in found.by_competition])
    # A share of K × 1,000 selected persons: its standard error is below .005.
    assert truly_best(theta)[found.selected].mean() == pytest.approx(precision, abs=0.015)


def test_estimates_without_a_prior_promise_too_much() -> None:
    """The same estimates with their errors, as if nothing were known of the population, are too sure of themselves."""
    rng = np.random.default_rng(7)
    theta, error = rng.standard_normal(LABELS.size), rng.uniform(0.2, 0.7, LABELS.size)
    estimate = theta + error * rng.standard_normal(LABELS.size)
    result = probability_calibration(
        k_best(estimate, error, K, competitions=LABELS).probability, truly_best(theta)
    )
    # What is told to be likely happens less often, what is told to be unlikely more often.
    assert result.z[-3:].sum() / np.sqrt(3) < -FAR
    assert result.z[:3].sum() / np.sqrt(3) > FAR


def test_posteriors_on_a_grid_hold_in_every_tenth() -> None:
    """After 20 items the masses of θ on a grid say how likely it is, skewed as they are."""
    items, theta, responses = sat()
    grid = Grid.create(61)
    table = log_probability(items, grid.theta)
    some = slice(0, 400 * N_PERSONS)  # competitions on a grid take six times as long
    codes = responses.codes(items.ids)[some]
    logs = np.stack([table[j, codes[:, j]] for j in range(20)]).sum(axis=0) - 0.5 * grid.theta**2
    masses = np.exp(logs - logs.max(axis=1, keepdims=True))
    result = compared(k_best_of(GridPosteriors.of(grid, masses), K, competitions=LABELS[some]), theta[some])
    assert np.all(np.abs(result.z) < FAR), result.to_frame()
    assert abs(result.spiegelhalter_z) < FAR


def test_means_and_sds_of_a_short_test_hold_to_two_hundredths() -> None:
    """EAP and posterior SD after 20 items, taken as normal: what the shape leaves out is below .02 a tenth."""
    items, theta, responses = sat()
    scores = score(responses, items)
    result = compared(k_best(scores.theta, scores.se, K, competitions=LABELS), theta)
    assert np.all(np.abs(result.observed - result.stated) < 0.02 + FAR * result.se), result.to_frame()
