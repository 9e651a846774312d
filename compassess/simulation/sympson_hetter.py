"""The probabilities of Sympson & Hetter, found by letting people sit the whole design again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive import Assessment
from compassess.adaptive.draws import checked_seed
from compassess.adaptive.exposure import SympsonHetter
from compassess.adaptive.exposure.capacity import capacity_problems, rate_problems
from compassess.bank import Blueprint
from compassess.bank.readonly import ReadOnly
from compassess.errors import Problem, raise_if_any
from compassess.simulation.exposure import exposure_rates
from compassess.simulation.people import Mixture
from compassess.simulation.study import SimulationStudy, simulate

__all__ = ["SympsonHetterCalibration", "calibrate_sympson_hetter"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
_PEOPLE: Final = 5_000  # a rate of .2 has a Monte-Carlo error of .006 then
_ROUNDS: Final = 40
_LEAST: Final = 1e-6  # a probability; an item that is never presented tells nothing of how often it would be


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SympsonHetterCalibration:
    """What :func:`calibrate_sympson_hetter` found.

    Attributes
    ----------
    assessment : the one handed in, with these probabilities in its blueprint.
    probabilities : k_i by item, or k_ik as a tuple over the segments; items with k = 1 in all are left out.
    history : max_i P(A_i) of every round, in segments the greatest of all; each round's people had the
        probabilities that the rounds before left, and the last one's those that are given back.
    converged : whether the last of ``history`` is no more than ``maximum_rate + tolerance``.
    """

    assessment: Assessment
    probabilities: Mapping[str, float | tuple[float, ...]]
    history: tuple[float, ...]
    maximum_rate: float
    tolerance: float
    converged: bool

    @property
    def n_rounds(self) -> int:
        """Rounds of simulated sittings."""
        return len(self.history)

    @property
    def blueprint(self) -> Blueprint:
        """With these probabilities."""
        return self.assessment.blueprint

    @property
    def status(self) -> str:
        """What became of it, in a sentence."""
        told = f"greatest rate {self.history[-1]:.3f} after {self.n_rounds} rounds"
        if self.converged:
            return f"converged: {told}"
        return f"not converged: {told}, wanted {self.maximum_rate + self.tolerance:.3f}; allow more rounds"


def calibrate_sympson_hetter(
    assessment: Assessment,
    maximum_rate: float,
    *,
    n_examinees: int = _PEOPLE,
    seed: int = 1,
    tolerance: float = 0.01,
    edges: Sequence[float] = (),
    mixture: Mixture | None = None,
    most_rounds: int = _ROUNDS,
    progress: Progress | None = None,
) -> SympsonHetterCalibration:
    """Find k_i so that no item is presented to more than ``maximum_rate`` of the people.

    A round lets new people sit the whole design with the k of the moment. P(A_i) = k_i P(S_i), because the
    experiment of an item is independent of all else; so the round's share of sittings that presented i, over
    k_i, estimates P(S_i), and

        k_i = min(1, r / P̂(S_i)).

    P̂ is that of the round while the greatest rate is beyond r + 2 · tolerance: the other items' k still move
    it. From then on it is the mean over the rounds, which takes the noise of a single one out. At least as
    many items as the longest sitting has keep k = 1: the largest k are raised where they are fewer. It ends
    with the first round whose greatest rate is within r + tolerance; its k were made without it.

    With ``edges`` the same for P(A_i | θ) within each segment of the *true* θ of the item's block; a sitting
    knows the estimate alone, so rates by true θ pass r a little near the edges (Stocking & Lewis 1998).

    Parameters
    ----------
    assessment : the design; an exposure control that its blueprint names is replaced.
    maximum_rate : r, in (0, 1].
    n_examinees : people of a round, from the bank's population, or from a ``mixture``.
    seed : of the first round; the others follow from it.
    most_rounds : after so many it ends as it is, with ``converged`` False.
    progress : called with (rounds done, most rounds).

    Raises
    ------
    InputError : numbers out of range; r so small that r · items < the longest sitting, for rates sum to the
        mean length; edges out of order.

    References
    ----------
    Sympson & Hetter (1985). Stocking & Lewis (1998), Journal of Educational and Behavioral Statistics 23.
    """
    checked_seed(seed)
    raise_if_any(_problems(assessment, maximum_rate, n_examinees, tolerance, most_rounds))
    pool = assessment.plan.pool
    chances = np.ones((len(edges) + 1, pool.n_items))
    mean, n_close = np.ones_like(chances), 0
    history: list[float] = []
    while True:
        trial = _with(assessment, chances, edges)
        study = simulate(trial, n_examinees, seed=seed + len(history), people=mixture)
        rates = _rates(study, edges)
        history.append(float(np.nanmax(rates)))
        if progress is not None:
            progress(len(history), most_rounds)
        done = history[-1] <= maximum_rate + tolerance
        if done or len(history) == most_rounds:
            break
        selected = np.where(np.isnan(rates), 0.0, rates) / chances
        n_close = n_close + 1 if history[-1] <= maximum_rate + 2.0 * tolerance or n_close else 0
        mean = selected if n_close <= 1 else mean + (selected - mean) / n_close
        chances = _raised(_limited(mean, maximum_rate), assessment.plan.longest)
    return SympsonHetterCalibration(
        assessment=trial,
        probabilities=ReadOnly(_named(pool.ids, chances)),
        history=tuple(history),
        maximum_rate=maximum_rate,
        tolerance=tolerance,
        converged=done,
    )


def _limited(selected: Floats, maximum_rate: float) -> Floats:
    """k = min(1, r / P(S))."""
    return np.asarray(np.clip(maximum_rate / np.maximum(selected, maximum_rate), _LEAST, 1.0))


def _raised(chances: Floats, longest: int) -> Floats:
    """The largest k of each segment raised to 1, so that a sitting always finds so many items."""
    raised = chances.copy()
    for row in raised:
        row[np.argsort(-row, kind="stable")[:longest]] = 1.0
    return raised


def _rates(study: SimulationStudy, edges: Sequence[float]) -> Floats:
    """Share of the sittings that presented each item by segment of the true θ, (n_segments, n_items)."""
    pool = study.assessment.plan.pool
    if not edges:
        return exposure_rates(study.played.items, pool.n_items)[None]
    assert study.theta_true is not None
    truth = study.theta_true.reshape(len(study.theta_true), -1)
    segments = np.searchsorted(np.asarray(edges), truth, side="right")
    by_block = [
        exposure_rates(study.played.items, pool.n_items, strata=segments[:, block], n_strata=len(edges) + 1)
        for block in range(truth.shape[1])
    ]
    return np.asarray(np.stack(by_block)[pool.block, :, np.arange(pool.n_items)].T)


def _with(assessment: Assessment, chances: Floats, edges: Sequence[float]) -> Assessment:
    """The assessment with these probabilities."""
    parameters: dict[str, Any] = {"probabilities": _named(assessment.plan.pool.ids, chances)}
    if edges:
        parameters["edges"] = [float(edge) for edge in edges]
    return Assessment.create(
        assessment.bank,
        assessment.blueprint.with_exposure(SympsonHetter.name, parameters),
        assessment.bands,
        nodes=assessment.interpretation.lattice.grid.n_nodes,
        registry=assessment.registry,
    )


def _named(ids: Sequence[str], chances: Floats) -> dict[str, float | tuple[float, ...]]:
    """By item, those that always pass left out."""
    columns = np.flatnonzero((chances < 1.0).any(axis=0)).tolist()
    if len(chances) == 1:
        return {ids[j]: float(chances[0, j]) for j in columns}
    return {ids[j]: tuple(chances[:, j].tolist()) for j in columns}


def _problems(
    assessment: Assessment, maximum_rate: float, n_examinees: int, tolerance: float, most_rounds: int
) -> list[Problem]:
    problems = rate_problems(maximum_rate=maximum_rate, tolerance=tolerance)
    problems += [
        Problem(where=name, what="nothing to count", got=repr(value), expected="1 or more")
        for name, value in (("n_examinees", n_examinees), ("most_rounds", most_rounds))
        if value < 1
    ]
    plan = assessment.plan
    return problems or capacity_problems(plan.n_items, plan.longest, maximum_rate, "maximum_rate")
