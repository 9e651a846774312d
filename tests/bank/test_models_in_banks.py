"""Models other than 2PL and GRM on their way into a bank."""

import numpy as np
import pytest

import compassess as ca
from compassess.bank import ItemBank

THETA = np.linspace(-2.0, 2.0, 9)


def calibrated(model: str, b: list[list[float]], **more: object) -> ca.Calibration:
    """A calibration of simulated answers of 600 persons."""
    items = ca.Items.create(ids=[f"i{k}" for k in range(len(b))], a=[1.0] * len(b), b=b, **more)
    people = ca.irt.simulate_abilities(items.population, 600, seed=3)
    answers = ca.irt.simulate_responses(items, people, seed=4)
    return ca.calibrate(answers, model)


@pytest.mark.parametrize(
    ("model", "kept"), [("Rasch", "2PL"), ("1PL", "2PL"), ("PCM", "GPCM"), ("RSM", "GPCM")]
)
def test_fixed_slopes_are_rescaled_to_a_standard_normal(model: str, kept: str) -> None:
    """In a bank θ is N(0, 1): P at k SD of the calibration is P at k of the bank."""
    steps = (
        [[-1.0], [0.0], [0.5], [1.0]] if kept == "2PL" else [[-1.0, 0.4], [0.0, 0.9], [0.5, 1.2], [-0.5, 0.1]]
    )
    extra = {} if kept == "2PL" else {"models": ["GPCM"] * 4}
    calibration = calibrated(model, steps, **extra)
    items = ItemBank.from_calibration(calibration, id="bank").irt_items()
    sd = float(np.sqrt(calibration.items.population.covariance[0, 0]))
    assert set(items.models) == {kept}
    assert items.population.covariance[0, 0] == 1.0
    np.testing.assert_allclose(
        ca.irt.probability(items, THETA), ca.irt.probability(calibration.items, THETA * sd), rtol=1e-12
    )


def test_asymptotes_survive_the_file(tmp_path) -> None:
    """A 3PL bank saved and loaded has the same probabilities and standard errors."""
    calibration = calibrated("3PL", [[-1.0], [0.0], [0.5], [1.0], [-0.5]])
    bank = ItemBank.from_calibration(calibration, id="bank")
    bank.save(tmp_path)
    again = ItemBank.load(tmp_path)
    assert again == bank
    assert bank.items[0].standard_errors.guessing == pytest.approx(calibration.standard_errors.c[0])
    np.testing.assert_allclose(
        ca.irt.probability(again.irt_items(), THETA), ca.irt.probability(calibration.items, THETA), rtol=1e-9
    )


def test_nominal_items_are_refused_by_name() -> None:
    """A bank file has no place for nominal parameters, and says so for every item."""
    calibration = calibrated("NRM", [[-1.0, 0.4], [0.0, 0.9], [0.5, 1.2]])
    with pytest.raises(ca.InputError) as caught:
        ItemBank.from_calibration(calibration, id="bank")
    assert [problem.where for problem in caught.value.problems] == ["item 'i0'", "item 'i1'", "item 'i2'"]
