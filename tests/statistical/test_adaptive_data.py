"""A bank calibrated from adaptive tests: who saw an item hangs on ability, and difficulties come back all the same."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Calibration, Items, calibrate, information, probability
from compassess.irt.models import Floats
from compassess.responses import Responses

pytestmark = pytest.mark.slow

N_PERSONS, N_ITEMS, LENGTH, CHOICE = 6000, 300, 25, 10


@pytest.fixture(scope="module")
def truth() -> Items:
    """300 items with slopes of .8 to 1.8 and difficulties from N(0, 1)."""
    rng = np.random.default_rng(11)
    return Items.create(
        ids=[f"i{j}" for j in range(N_ITEMS)],
        a=rng.uniform(0.8, 1.8, N_ITEMS),
        b=rng.normal(0, 1, (N_ITEMS, 1)),
    )


def adaptive_answers(truth: Items, seed: int) -> Responses:
    """25 items a person, each one of the ten most informative at the posterior mean by provisional parameters.

    Provisional difficulties err by .3 SD and slopes count as equal, as in a bank that was never calibrated. The
    choice hangs on answers alone: missing at random.
    """
    rng = np.random.default_rng(seed)
    nodes = np.linspace(-4, 4, 41)
    rough = Items.create(ids=truth.ids, a=np.full(N_ITEMS, 1.2), b=truth.b + rng.normal(0, 0.3, (N_ITEMS, 1)))
    told, curve = information(rough, nodes), probability(rough, nodes)
    theta = rng.normal(size=N_PERSONS)
    right = 1 / (1 + np.exp(-truth.a * (theta[:, None] - truth.b[:, 0])))
    answers = (rng.random(right.shape) < right).astype(np.int64)
    posterior = np.tile(np.exp(-0.5 * nodes**2), (N_PERSONS, 1))
    everybody, items = np.arange(N_PERSONS), np.empty((N_PERSONS, LENGTH), dtype=np.intp)
    seen = np.zeros((N_PERSONS, N_ITEMS), dtype=np.bool_)
    for step in range(LENGTH):
        mean = posterior @ nodes / posterior.sum(axis=1)
        worth = np.where(seen, -1.0, told[:, np.abs(mean[:, None] - nodes).argmin(axis=1)].T)
        best = np.argpartition(-worth, CHOICE, axis=1)[:, :CHOICE]
        chosen = best[everybody, rng.integers(0, CHOICE, N_PERSONS)]
        items[:, step], seen[everybody, chosen] = chosen, True
        posterior *= curve[chosen, answers[everybody, chosen]]
        posterior /= posterior.sum(axis=1, keepdims=True)
    rows, columns = np.repeat(everybody, LENGTH), items.ravel()
    return Responses.from_long(rows, [truth.ids[j] for j in columns], answers[rows, columns], items=truth.ids)


@pytest.fixture(scope="module")
def fits(truth: Items) -> list[Calibration]:
    """Four such banks."""
    return [calibrate(adaptive_answers(truth, seed)) for seed in range(4)]


def test_difficulties_are_unbiased(truth: Items, fits: list[Calibration]) -> None:
    """Items with 500 answers or more: b errs by nothing on average, and b̂ goes up with b by 1."""
    for fit in fits:
        assert fit.converged, fit.status
        often = fit.n_answers >= 500
        assert often.sum() > 100
        wrong, b = (fit.items.b - truth.b)[often, 0], truth.b[often, 0]
        # Errors of items are nearly independent, but for the origin, which 6,000 persons know to 1 / √6,000.
        error = np.hypot(wrong.std() / np.sqrt(wrong.size), 1 / np.sqrt(N_PERSONS))
        assert abs(wrong.mean()) < 4 * error
        # The slope errs by SD(wrong) / (SD(b) √n), and by the scale: a SD of θ is known to 1 / √12,000.
        slope = np.polyfit(b, fit.items.b[often, 0], 1)[0]
        assert abs(slope - 1) < 4 * np.hypot(
            wrong.std() / (b.std() * np.sqrt(b.size)), 1 / np.sqrt(2 * N_PERSONS)
        )


def test_errors_are_honest(truth: Items, fits: list[Calibration]) -> None:
    """a and b of items with 500 answers or more err as their SEs say; 95 % intervals cover."""
    for name in ("a", "b"):
        z = []
        for fit in fits:
            assert fit.standard_errors is not None
            wrong: Floats = (getattr(fit.items, name) - getattr(truth, name)).reshape(N_ITEMS)
            z.append((wrong / getattr(fit.standard_errors, name).reshape(N_ITEMS))[fit.n_answers >= 500])
        found = np.concatenate(z)
        # Some 600 nearly independent errors: coverage within 4 √(.0475 / 600) = .036, mean squares within
        # 4 √(2 / 600) = .23.
        n = found.size
        assert n > 400
        assert abs((np.abs(found) < 1.959964).mean() - 0.95) < 4 * np.sqrt(0.0475 / n)
        assert abs(np.mean(found**2) - 1) < 4 * np.sqrt(2 / n)
