"""A step of EM: the objective rises, and at its end nothing moves."""

from __future__ import annotations

from compassess.irt import calibrate
from irt.builders import answers, one_block


def test_every_step_of_em_goes_up() -> None:
    """Between the first two E-steps, which are plain, the log-likelihood rises."""
    told: list[float] = []
    calibrate(answers(one_block(6), 200), progress=lambda _n, value, _c: told.append(value), max_iterations=3)
    assert told[1] > told[0]
