"""compassess.scoring.norming: norms from a reference population's answers."""

from __future__ import annotations

from datetime import date
from functools import cache

import banks
import numpy as np
import pytest
from scipy.stats import norm as normal

import compassess as ca
from compassess.bank import Norms
from compassess.irt import simulate_abilities, simulate_responses
from compassess.irt.simulating import Abilities
from compassess.scoring import Interpretation, block_map, norms_from
from compassess.scoring.percentiles import table_rank

MEANS, SDS = (0.6, -0.3, 0.2), (0.8, 1.1, 0.9)


def _population(bank: ca.ItemBank) -> ca.Population:
    """The bank's, with means and SDs of its own."""
    people = bank.population
    return ca.Population.create(
        people.blocks,
        correlation=people.correlation,
        competencies={
            name: people.blocks[block]
            for name, block in zip(people.competencies, people.block_of, strict=True)
        },
        loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
        mean=MEANS[: people.n_blocks],
        standard_deviation=SDS[: people.n_blocks],
    )


def _interpretation(bank: ca.ItemBank) -> Interpretation:
    return Interpretation.create(bank, ca.Bands.illustrative_for(bank))


def _answers(bank: ca.ItemBank, n_persons: int) -> ca.Responses:
    abilities = simulate_abilities(_population(bank), n_persons, seed=11)
    return simulate_responses(bank.irt_items(), abilities, seed=12)


@cache
def _three(percentiles: str = "normal") -> Norms:
    bank = banks.three_blocks(4)
    return norms_from(
        _answers(bank, 1500),
        _interpretation(bank),
        population="everybody",
        date=date(2026, 3, 1),
        percentiles=percentiles,  # type: ignore[arg-type]
    )


def test_who_when_and_how_many() -> None:
    """Name, date and number of persons are handed on, and the norms fit the bands of their bank."""
    norms = _three()
    assert (norms.population, norms.date, norms.n_persons) == ("everybody", "2026-03-01", 1500)
    bank = banks.three_blocks(4)
    bands = banks.bands(bank, norms=norms.to_dict())
    assert bands.norms == norms
    assert ca.Assessment.create(bank, bands=bands).bands == bands


def test_the_population_comes_back() -> None:
    """Means and SDs of blocks, competencies and composite lie within 3.5 standard errors of the truth."""
    bank, norms = banks.three_blocks(4), _three()
    people, v = _population(bank), _interpretation(bank).composite
    lam, block = people.loadings, people.block_of
    mean = np.array([*people.mean, *(lam * people.mean[block]), v @ people.mean])
    variance = np.diag(people.covariance)
    sd = np.sqrt(
        [*variance, *(lam**2 * variance[block] + 1 - lam**2), v @ people.covariance @ v],
    )
    found = [*norms.blocks.values(), *norms.competencies.values(), norms.composite]
    for norm, true_mean, true_sd in zip(found, mean, sd, strict=True):
        assert norm.mean_se is not None
        assert norm.standard_deviation_se is not None
        assert norm.mean == pytest.approx(true_mean, abs=3.5 * norm.mean_se)
        assert norm.standard_deviation == pytest.approx(true_sd, abs=3.5 * norm.standard_deviation_se)
        assert 1 / np.sqrt(1500) * norm.standard_deviation < norm.mean_se < 0.06


def test_abilities_vary_more_than_their_estimates() -> None:
    """The SD of the norms is that of θ; the SD of EAP estimates is smaller by the root of the reliability."""
    bank = banks.one_block(8)
    answers = _answers(bank, 2000)
    norms = norms_from(answers, _interpretation(bank), population="x", date="2026-03-01")
    norm = norms.composite
    estimates = ca.score(answers, bank.irt_items(), population=_population(bank)).theta
    assert estimates.std() < 0.9 * SDS[0]
    assert norm.standard_deviation == pytest.approx(SDS[0], abs=3.5 * (norm.standard_deviation_se or 0))
    for alike in (norms.blocks["theta"], norms.competencies["theta"]):
        for name in ("mean", "standard_deviation", "mean_se", "standard_deviation_se"):
            assert getattr(alike, name) == pytest.approx(getattr(norm, name), rel=1e-12)


def test_moments_are_those_of_the_posteriors() -> None:
    """Mean of posterior means; variance of the means and the mean posterior variance together."""
    bank = banks.one_block(8)
    answers = _answers(bank, 500)
    norm = norms_from(answers, _interpretation(bank), population="x", date="2026-03-01").composite
    fitted = ca.Population.create(mean=[norm.mean], standard_deviation=[norm.standard_deviation])
    scores = ca.score(answers, bank.irt_items(), population=fitted)
    # The fit ends within 2e-3 standard errors of its maximum, where the two are the same.
    assert norm.mean == pytest.approx(scores.theta.mean(), abs=1e-3)
    variance = scores.theta.var() + (scores.se**2).mean()
    assert norm.standard_deviation == pytest.approx(np.sqrt(variance), abs=1e-3)


def test_standard_errors_by_hand_in_one_dimension() -> None:
    """Cross-products of the scores (m − μ) / σ² and (q − σ²) / 2σ⁴, with q = E((θ − μ)² | x)."""
    bank = banks.one_block(8)
    answers = _answers(bank, 800)
    norm = norms_from(answers, _interpretation(bank), population="x", date="2026-03-01").composite
    mu, sd = norm.mean, norm.standard_deviation
    fitted = ca.Population.create(mean=[mu], standard_deviation=[sd])
    scores = ca.score(answers, bank.irt_items(), population=fitted)
    square = scores.se**2 + (scores.theta - mu) ** 2
    slopes = np.stack([(scores.theta - mu) / sd**2, (square - sd**2) / (2 * sd**4)])
    errors = np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)))
    assert norm.mean_se == pytest.approx(errors[0], rel=1e-2)
    assert norm.standard_deviation_se == pytest.approx(errors[1] / (2 * sd), rel=1e-2)


def test_tables_hold_average_interval_probabilities() -> None:
    """Of a normal population they are Φ of mean and SD, to what 1,500 persons tell; moments are the same."""
    plain, tabled = _three(), _three("table")
    pairs = [
        (plain.composite, tabled.composite),
        *((plain.blocks[name], tabled.blocks[name]) for name in plain.blocks),
        *((plain.competencies[name], tabled.competencies[name]) for name in plain.competencies),
    ]
    for norm, table in pairs:
        assert (norm.mean, norm.standard_deviation) == (table.mean, table.standard_deviation)
        assert len(table.theta) >= 20
        z = (np.array(table.theta) - norm.mean) / norm.standard_deviation
        assert np.array(table.below) == pytest.approx(normal.cdf(z), abs=0.02)


def test_a_table_follows_a_population_that_is_not_normal() -> None:
    """Two groups far apart: the table tells them apart, mean and SD do not."""
    bank = banks.one_block(40)
    rng = np.random.default_rng(2)
    truth = np.concatenate([rng.normal(-1.3, 0.4, 1000), rng.normal(1.3, 0.4, 1000)])
    abilities = Abilities(blocks=truth[:, None], competencies=truth[:, None])
    answers = simulate_responses(bank.irt_items(), abilities, seed=3)
    norm = norms_from(
        answers, _interpretation(bank), population="x", date="2026-03-01", percentiles="table"
    ).composite
    points = np.array([-2.0, -1.3, -0.6, 0.0, 0.6, 1.3, 2.0])
    share = 100 * (truth[:, None] < points).mean(axis=0)
    by_table = np.abs(table_rank(points, norm) - share)
    by_moments = np.abs(100 * normal.cdf((points - norm.mean) / norm.standard_deviation) - share)
    assert by_table.max() < 5  # what the answers leave open still leans towards a normal distribution
    assert by_moments.max() > 9
    assert by_table.mean() < by_moments.mean() / 2


def test_scores_of_the_norm_population_have_the_mean_and_sd_of_the_scale() -> None:
    """T scores of its true abilities have mean 50 and SD 10, to what 1,500 persons tell."""
    bank, norms = banks.three_blocks(4), _three()
    bands = banks.bands(bank, norms=norms.to_dict(), scale=ca.bank.Scale.t(decimals=3).to_dict())
    theta = simulate_abilities(_population(bank), 40_000, seed=5).blocks
    scores = block_map(bands, bank.population.blocks).score(theta)
    assert scores.mean(axis=0) == pytest.approx([50.0] * 3, abs=1.5)
    assert scores.std(axis=0) == pytest.approx([10.0] * 3, rel=0.1)


def test_persons_without_answers_do_not_count() -> None:
    """They would repeat the others' average and enlarge N."""
    bank = banks.one_block(8)
    answers = _answers(bank, 300)
    empty = np.full((50, 8), np.nan)
    both = ca.Responses.from_array(np.vstack([answers.codes(), empty]), items=answers.items)
    told = [
        norms_from(found, _interpretation(bank), population="x", date="2026-03-01")
        for found in (answers, both)
    ]
    assert told[0].n_persons == told[1].n_persons == 300
    assert told[0].composite == told[1].composite


def test_what_makes_no_norms_is_refused() -> None:
    """Nobody, one person, a block without answers, a date that is none, a name that is blank."""
    bank = banks.three_blocks(4)
    answers, interpretation = _answers(bank, 40), _interpretation(bank)
    only = [name for name in answers.items if not name.startswith("q")]
    for responses, what in (
        (answers.select_persons([0]), "too few persons"),
        (answers.select_items(only), "block 'q'"),
    ):
        with pytest.raises(ca.InputError, match=what):
            norms_from(responses, interpretation, population="x", date="2026-03-01")
    with pytest.raises(ca.InputError) as caught:
        norms_from(
            _answers(banks.one_block(8), 300),
            _interpretation(banks.one_block(8)),
            population="",
            date="soon",
        )
    assert {problem.where for problem in caught.value.problems} == {"norms.population", "norms.date"}
