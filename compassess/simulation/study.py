"""A simulation study: many sittings, what they found, and how near that comes to what there was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive import Assessment, Plan
from compassess.adaptive.draws import checked_seed, uniform
from compassess.errors import InputError, Problem
from compassess.irt.ability import score
from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.drawing import AnswerModel
from compassess.irt.simulating import simulate_abilities
from compassess.responses import MISSING, Responses, frame
from compassess.scoring import Context, Summary, conclude, summary
from compassess.scoring.classification import BandAgreement, band_agreement
from compassess.scoring.decisions import bands_in_view
from compassess.scoring.summary import joined
from compassess.simulation.agreement import correlation, rmse
from compassess.simulation.answering import Answers, DrawnAnswers, KnownAnswers
from compassess.simulation.playing import Played, play

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SimulationStudy", "simulate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulationStudy:
    """What :func:`simulate` found.

    Attributes
    ----------
    theta_true : of the blocks, (n,) or (n, n_blocks); None for real answers, where nobody knows it.
    theta_all, theta_unused : with real answers, θ from all answers of the person, and from those that
        the sitting did not use; None for simulated people.
    theta, se : from the adaptive sitting, shaped like ``theta_true``.
    n_items, reasons : length and reason of the end, by person.
    bands : the band of the composite by the file's policy, before it is asked whether it is sure enough;
        ``bands_all`` from all answers.
    exposure_rates : share of sittings that presented the item, by item id.
    items : ids in the order presented, a tuple a person.
    """

    assessment: Assessment
    theta_true: Floats | None
    theta_all: Floats | None
    theta_unused: Floats | None
    played: Played
    values: Summary
    values_all: Summary | None

    @property
    def theta(self) -> Floats:
        """Posterior means of the blocks after the sitting."""
        return _shaped(self.values.block_theta)

    @property
    def se(self) -> Floats:
        """Posterior SDs of the blocks after the sitting."""
        return _shaped(self.values.block_se)

    @property
    def n_items(self) -> NDArray[np.int64]:
        """Length of each sitting."""
        return self.played.n_items

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why each sitting ended."""
        reasons = self.assessment.plan.reasons
        return tuple(reasons[code] for code in self.played.reason.tolist())

    @property
    def bands(self) -> tuple[str, ...]:
        """The band of each person's composite by the file's policy, before any rule withholds it."""
        return _named(self.assessment, self.values)

    @property
    def bands_all(self) -> tuple[str, ...] | None:
        """The same from all answers of the person; None for simulated people."""
        return None if self.values_all is None else _named(self.assessment, self.values_all)

    @property
    def items(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the items in the order presented."""
        ids = self.assessment.plan.measurement.items.ids
        return tuple(tuple(ids[i] for i in row if i >= 0) for row in self.played.items.tolist())

    @property
    def exposure_rates(self) -> Mapping[str, float]:
        """Share of the sittings that presented each operational item."""
        ids = self.assessment.plan.measurement.items.ids
        used = self.played.items[self.played.items >= 0]
        rates = np.bincount(used, minlength=len(ids)) / len(self.played.items)
        return dict(zip(ids, rates.tolist(), strict=True))

    @property
    def band_agreement(self) -> BandAgreement | None:
        """Bands of the sitting against bands from all answers; None for simulated people."""
        if self.values_all is None:
            return None
        return band_agreement(
            _in_view(self.assessment, self.values), _in_view(self.assessment, self.values_all)
        )

    def summary(self) -> pd.DataFrame:
        """A row a block: mean SE, share at target, and r and RMSE against what θ is compared with."""
        blocks = self.assessment.plan.lattice.population.blocks
        references = {
            "true": self.theta_true,
            "all_items": self.theta_all,
            "unused_items": self.theta_unused,
        }
        theta = self.values.block_theta
        columns: dict[str, object] = {
            "block": blocks,
            "mean_se": self.values.block_se.mean(axis=0),
            "share_at_target": (self.values.block_se <= self.assessment.plan.targets).mean(axis=0),
        }
        for name, reference in references.items():
            if reference is None:
                continue
            other = reference.reshape(len(theta), -1)
            known = np.isfinite(other)
            pairs = [(theta[known[:, b], b], other[known[:, b], b]) for b in range(len(blocks))]
            columns[f"r_{name}"] = [correlation(x, y) for x, y in pairs]
            columns[f"rmse_{name}"] = [rmse(x, y) for x, y in pairs]
        return frame(columns)  # type: ignore[arg-type]


def simulate(
    assessment: Assessment,
    n_examinees: int | None = None,
    *,
    seed: int = 1,
    responses: Responses | None = None,
    progress: Progress | None = None,
) -> SimulationStudy:
    """Let many people take the assessment adaptively.

    Parameters
    ----------
    n_examinees : simulated people, drawn from the bank's population.
    responses : play real answers instead ("post-hoc"): every sitting draws its answers from what that
        person answered, and an item that the person did not answer leaves that person's pool.
    seed : the same seed gives the same people, answers and draws.
    progress : called with (people done, people in all).

    Raises
    ------
    InputError : neither or both of ``n_examinees`` and ``responses``; nobody; no column is an item of
        the bank; codes outside an item's categories; a seed that is none.
    """
    checked_seed(seed)
    if (n_examinees is None) == (responses is None):
        raise InputError(
            Problem(where="simulate", what="give either n_examinees or responses", got="neither or both")
        )
    if responses is not None:
        return _post_hoc(assessment, responses, seed, progress)
    assert n_examinees is not None
    items = assessment.plan.measurement.items
    people = simulate_abilities(items.population, n_examinees, seed=seed)

    model = AnswerModel(items)

    def drawn(persons: slice, seeds: NDArray[np.uint64]) -> Answers:
        return DrawnAnswers(model, people.competencies[persons], seeds)

    played, values = _played(assessment, drawn, n_examinees, seed, progress)
    return SimulationStudy(
        assessment=assessment,
        theta_true=_shaped(people.blocks),
        theta_all=None,
        theta_unused=None,
        played=played,
        values=values,
        values_all=None,
    )


def _post_hoc(
    assessment: Assessment, responses: Responses, seed: int, progress: Progress | None
) -> SimulationStudy:
    if responses.n_persons == 0:
        raise InputError(Problem(where="responses", what="nobody to play", expected="at least 1 person"))
    items = assessment.plan.measurement.items
    full = score(responses, items, nodes=assessment.plan.lattice.grid.n_nodes)
    matrix = responses.codes(items.ids)
    played, values = _played(
        assessment, lambda persons, _: KnownAnswers(matrix[persons]), len(matrix), seed, progress
    )
    context = Context(provenance=assessment.provenance)
    return SimulationStudy(
        assessment=assessment,
        theta_true=None,
        theta_all=full.theta,
        theta_unused=_theta_unused(assessment, matrix, played),
        played=played,
        values=values,
        values_all=conclude(responses, assessment.interpretation, context).summary,
    )


def _theta_unused(assessment: Assessment, matrix: NDArray[np.int16], played: Played) -> Floats:
    """θ from the answers that the sitting did not use; NaN for blocks without any such answer."""
    items = assessment.plan.measurement.items
    rest = matrix.copy()
    people, steps = np.nonzero(played.items >= 0)
    rest[people, played.items[people, steps]] = MISSING
    codes = np.where(rest == MISSING, np.nan, rest)
    unused = score(
        Responses.from_array(codes, items=items.ids), items, nodes=assessment.plan.lattice.grid.n_nodes
    )
    theta = unused.theta.reshape(len(matrix), -1).copy()
    membership = np.eye(theta.shape[1])[items.block_index]
    theta[(rest != MISSING) @ membership == 0] = np.nan
    return _shaped(theta)


def _played(
    assessment: Assessment,
    answers: Callable[[slice, NDArray[np.uint64]], Answers],
    n_people: int,
    seed: int,
    progress: Progress | None,
) -> tuple[Played, Summary]:
    """Everybody's sitting in chunks on all cores, and the summaries of where they ended."""
    plan, done = assessment.plan, 0
    parts: list[tuple[Played, Summary]] = []

    def chunk(persons: slice) -> tuple[Played, Summary]:
        seeds = _seeds(seed, np.arange(persons.start, persons.stop))
        played = play(plan, answers(persons, seeds), seeds)
        scale = played.log_likelihood.max(axis=2)
        likelihood = np.exp(played.log_likelihood - scale[..., None])
        posterior = plan.lattice.posterior_from(likelihood, scale.sum(axis=1))
        return played, summary(assessment.interpretation, likelihood, posterior)

    for part in map_chunks(chunk, n_people, chunk_size(_floats_per_person(plan))):
        parts.append(part)
        done += len(part[0].n_items)
        if progress is not None:
            progress(done, n_people)
    return _joined([played for played, _ in parts]), joined([values for _, values in parts])


def _floats_per_person(plan: Plan) -> int:
    """What a sitting has in hand: the joint grid, a likelihood by carrier, a flag for every item."""
    lattice = plan.lattice
    return lattice.floats_per_person + lattice.n_carriers * lattice.grid.n_nodes + plan.n_items // 8


def _joined(parts: list[Played]) -> Played:
    """Consecutive chunks as one; the likelihoods are dropped, nobody needs them any more."""
    return Played(
        items=np.concatenate([part.items for part in parts]),
        n_items=np.concatenate([part.n_items for part in parts]),
        by_competency=np.concatenate([part.by_competency for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
        log_likelihood=np.empty((0, 0, 0)),
    )


def _seeds(seed: int, people: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A seed of its own for every person, below 2⁶³."""
    return (uniform(seed, people) * 2.0**53).astype(np.uint64)


def _shaped(values: Floats) -> Floats:
    """(n,) for one block, (n, n_blocks) for more."""
    return values[:, 0] if values.shape[1] == 1 else values


def _in_view(assessment: Assessment, values: Summary) -> NDArray[np.intp]:
    return bands_in_view(values.bands, values.theta, assessment.bands)


def _named(assessment: Assessment, values: Summary) -> tuple[str, ...]:
    names = assessment.bands.bands
    return tuple(names[k] for k in _in_view(assessment, values).tolist())
