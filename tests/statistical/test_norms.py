"""Norms over many reference samples: no bias, and standard errors as large as the errors."""

from __future__ import annotations

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.irt import simulate_abilities, simulate_responses
from compassess.scoring import Interpretation, norms_from

pytestmark = pytest.mark.slow

N_STUDIES, N_PERSONS = 120, 600
MEAN, SD = 0.5, 0.8


def test_norms_are_unbiased_and_their_errors_true() -> None:
    """Of a population that is not the bank's: biases below four errors of a mean, SEs within a third of the SDs.

    The SD of 120 estimates is known to 6.5 %, the least of 20 of them hence to about 20 %; the errors of
    competencies are approximations of their own.
    """
    bank = banks.three_blocks(4)
    people, interpretation = bank.population, Interpretation.create(bank, ca.Bands.illustrative_for(bank))
    theirs = ca.Population.create(
        people.blocks,
        correlation=people.correlation,
        competencies={
            name: people.blocks[block]
            for name, block in zip(people.competencies, people.block_of.tolist(), strict=True)
        },
        loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
        mean=[MEAN] * 3,
        standard_deviation=[SD] * 3,
    )
    lam, v = people.loadings, interpretation.composite
    truth = np.array(
        [
            [v.sum() * MEAN, *[MEAN] * 3, *(lam * MEAN)],
            [SD, *[SD] * 3, *np.sqrt(lam**2 * SD**2 + 1 - lam**2)],
        ]
    )
    found, errors = [], []
    for study in range(N_STUDIES):
        abilities = simulate_abilities(theirs, N_PERSONS, seed=study)
        answers = simulate_responses(bank.irt_items(), abilities, seed=10_000 + study)
        norms = norms_from(answers, interpretation, population="x", date="2026-03-01")
        each = [norms.composite, *norms.blocks.values(), *norms.competencies.values()]
        found.append([[one.mean for one in each], [one.standard_deviation for one in each]])
        errors.append([[one.mean_se for one in each], [one.standard_deviation_se for one in each]])
    estimates, stated = np.array(found), np.array(errors).mean(axis=0)
    spread = estimates.std(axis=0)
    # An SD is curved in the variance: its estimate is low by about SE² / 2 SD, here 0.003.
    assert np.all(np.abs(estimates.mean(axis=0) - truth) < 4 * spread / np.sqrt(N_STUDIES) + 0.004)
    assert np.all(np.abs(stated / spread - 1) < 0.33), stated / spread
