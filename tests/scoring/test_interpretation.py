"""compassess.scoring.interpretation: cuts, zones and the composite, prepared once for a bank."""

from __future__ import annotations

import dataclasses

import banks
import numpy as np
import pytest
from scipy.stats import norm

import compassess as ca
from compassess.scoring import Interpretation
from compassess.scoring.interpretation import composite_weights

SHARES_OF_2017 = np.array([87, 2_089, 45_422, 18_982]) / 66_580


@pytest.mark.parametrize("bank", [banks.one_block(3), banks.with_options(2), banks.three_blocks(2)])
@pytest.mark.parametrize("largest", [0, -1])
def test_composite_has_unit_variance(bank: ca.ItemBank, largest: int) -> None:
    """v = w / √(wᵀ R w), so that vᵀ R v = 1 with any weights."""
    weights = {block.id: 1.0 + k for k, block in enumerate(bank.blocks)}
    weights[bank.blocks[largest].id] = 7.0
    v = composite_weights(bank.population, banks.bands(bank, weights=weights))
    w, r = np.array(list(weights.values())), bank.population.correlation
    np.testing.assert_allclose(v, w / np.sqrt(w @ r @ w), atol=1e-15)
    assert v @ r @ v == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("bank", [banks.one_block(3), banks.with_options(2), banks.three_blocks(2)])
def test_without_answers_the_shares_of_2017(bank: ca.ItemBank) -> None:
    """Who answered nothing has the prior: the composite's and every block's bands are the published shares."""
    values = ca.conclude(np.full((1, len(bank.operational)), np.nan), banks.assessment(bank)).summary
    np.testing.assert_allclose(values.bands[0], SHARES_OF_2017, atol=1e-7)
    np.testing.assert_allclose(
        values.block_bands[0], np.tile(SHARES_OF_2017, (len(bank.blocks), 1)), atol=1e-7
    )
    np.testing.assert_allclose(values.bands[0], [0.0013, 0.0314, 0.682, 0.285], atol=3e-4)  # as published
    np.testing.assert_allclose(values.se, 1.0, atol=1e-6)
    np.testing.assert_allclose(values.block_se, 1.0, atol=1e-6)
    np.testing.assert_allclose(values.competency_se, 1.0, atol=1e-6)
    np.testing.assert_allclose(values.risk, norm.cdf(-1.65), atol=1e-7)
    np.testing.assert_allclose(values.p_above_own_mean, 0.5, atol=1e-9)


def test_an_average_that_is_not_rescaled_would_reach_fewer_outer_bands() -> None:
    """The reason for the rescaling: the plain mean of three correlated blocks has a variance of 0.7."""
    r = np.array(banks.CORRELATIONS)
    spread = np.sqrt(r.sum()) / 3
    assert norm.sf(0.568 / spread) < 0.26 < SHARES_OF_2017[3]


def test_everything_prepared_is_read_only() -> None:
    """No array of an interpretation can be written to: all sittings share it."""
    bank = banks.three_blocks(2)
    ready = Interpretation.create(bank, banks.bands(bank))
    arrays = [getattr(ready, field.name) for field in dataclasses.fields(ready)]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    assert len(arrays) == 6
    assert not any(array.flags.writeable for array in arrays)
    assert not ready.measurement.table.flags.writeable


def test_own_thresholds_of_competencies() -> None:
    """A competency's own risk threshold replaces the common one."""
    bank = banks.three_blocks(2)
    rules = banks.bands(bank, risk={"thresholds": {"q2": -0.5}})
    ready = Interpretation.create(bank, rules)
    assert ready.risk_thresholds.tolist() == [-1.65, -1.65, -1.65, -0.5, -1.65, -1.65]
    values = ca.conclude(
        np.full((1, len(bank.operational)), np.nan), banks.assessment(bank, rules=rules)
    ).summary
    np.testing.assert_allclose(values.risk[0], norm.cdf(ready.risk_thresholds), atol=1e-7)
