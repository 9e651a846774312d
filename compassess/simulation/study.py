"""A simulation study: many sittings in chunks on all cores, of drawn people or of real answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive import Assessment, Plan
from compassess.adaptive.draws import checked_seed, uniform
from compassess.adaptive.exposure import PreparedFromRecord
from compassess.adaptive.exposure.counts import Counts
from compassess.errors import InputError, Problem
from compassess.irt.ability import score
from compassess.irt.chunks import chunk_size, even_size, map_chunks
from compassess.irt.drawing import AnswerModel
from compassess.responses import MISSING, Responses
from compassess.scoring import Context, Summary, conclude, summary
from compassess.scoring.summary import joined
from compassess.simulation.answering import Answers, DrawnAnswers, KnownAnswers
from compassess.simulation.people import Mixture, People, draw_people
from compassess.simulation.playing import Played, play
from compassess.simulation.result import SimulationStudy, shaped

__all__ = ["SimulationStudy", "simulate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

_KEPT: Final = 4  # arrays of a likelihood's size that a sitting has in hand
_BYTES: Final = 2**25  # of the sittings of a chunk
_FEWEST: Final = 256
_MOST: Final = 16_384
_FIRST_ROUND: Final = 16
_ROUND: Final = 64  # the share of those before it that a round is


def simulate(
    assessment: Assessment,
    n_examinees: int | None = None,
    *,
    seed: int = 1,
    responses: Responses | None = None,
    people: People | Mixture | None = None,
    progress: Progress | None = None,
) -> SimulationStudy:
    """Let many people take the assessment adaptively.

    Parameters
    ----------
    n_examinees : simulated people, drawn from the bank's population.
    responses : play real answers instead ("post-hoc"): every sitting draws its answers from what that
        person answered, and an item that the person did not answer leaves that person's pool.
    seed : the same seed gives the same people, answers and draws.
    people : a :class:`Mixture` of populations that ``n_examinees`` are drawn from instead of the bank's, or
        :class:`People` with known abilities, and then no ``n_examinees``. Sittings are judged by the bank's
        population all the same: that is what an engine knows.
    progress : called with (people done, people in all).

    Raises
    ------
    InputError : neither or several of ``n_examinees``, ``responses`` and people with abilities; people that
        do not fit the bank; nobody; no column is an item of
        the bank; codes outside an item's categories; a seed that is none.
    """
    checked_seed(seed)
    handed_in = isinstance(people, People)
    if (n_examinees is not None) + (responses is not None) + handed_in != 1 or (
        responses is not None and people is not None
    ):
        raise InputError(
            Problem(
                where="simulate",
                what="give n_examinees, responses or people with abilities",
                got="none or several of them",
                remedy="A Mixture goes with n_examinees.",
            )
        )
    if responses is not None:
        return _post_hoc(assessment, responses, seed, progress)
    items = assessment.plan.measurement.items
    drawn, groups = draw_people(items.population, n_examinees, people, seed=seed)
    n_people = len(drawn.blocks)

    model = AnswerModel(items)

    def answering(persons: slice, seeds: NDArray[np.uint64]) -> Answers:
        return DrawnAnswers(model, drawn.competencies[persons], seeds)

    played, values = _played(assessment, answering, n_people, seed, progress)
    return SimulationStudy(
        assessment=assessment,
        theta_true=shaped(drawn.blocks),
        theta_all=None,
        theta_unused=None,
        played=played,
        values=values,
        values_all=None,
        groups=groups,
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
    return shaped(theta)


def _played(
    assessment: Assessment,
    answers: Callable[[slice, NDArray[np.uint64]], Answers],
    n_people: int,
    seed: int,
    progress: Progress | None,
) -> tuple[Played, Summary]:
    """Everybody's sitting in chunks on all cores, and the summaries of where they ended.

    Where the exposure control draws from a record, people sit in rounds, one after the other: the first of 16
    people, each further one of a 64th of those before it, as in a hall that counts what is over.
    """
    plan, control = assessment.plan, assessment.plan.holding
    parts: list[tuple[Played, Summary]] = []
    counts = control.no_counts() if isinstance(control, PreparedFromRecord) else None

    def chunk(start: int, persons: slice) -> tuple[Played, Summary, Counts | None]:
        persons = slice(start + persons.start, start + persons.stop)
        seeds = _seeds(seed, np.arange(persons.start, persons.stop))
        closed = None if counts is None else _drawing(plan).drawn(counts, seeds)
        played = play(plan, answers(persons, seeds), seeds, closed)
        values = _summaries(assessment, played.log_likelihood)
        return played, values, None if closed is None else _counted(plan, closed, played, values)

    done = 0
    for people in _rounds(n_people) if counts is not None else [slice(0, n_people)]:
        size = people.stop - people.start
        new: list[Counts] = []
        work = partial(chunk, people.start)
        for played, values, own in map_chunks(work, size, _sittings_together(plan, size)):
            parts.append((played, values))
            if own is not None:
                new.append(own)
            done += len(played.n_items)
            if progress is not None:
                progress(done, n_people)
        counts = counts if counts is None else sum(new, counts)
    return _joined([played for played, _ in parts]), joined([values for _, values in parts])


def _rounds(n_people: int) -> Iterator[slice]:
    """Consecutive rounds of people."""
    done = 0
    while done < n_people:
        end = min(done + max(_FIRST_ROUND, done // _ROUND), n_people)
        yield slice(done, end)
        done = end


def _drawing(plan: Plan) -> PreparedFromRecord:
    assert isinstance(plan.holding, PreparedFromRecord)
    return plan.holding


def _counted(plan: Plan, closed: NDArray[np.bool_], played: Played, values: Summary) -> Counts:
    """What finished sittings add to the record."""
    presented = np.zeros((len(played.items), plan.n_items), dtype=bool)
    rows, steps = np.nonzero(played.items >= 0)
    presented[rows, played.items[rows, steps]] = True
    return Counts.of(_drawing(plan).segments, closed, presented, values.block_theta)


def _summaries(assessment: Assessment, log_likelihood: Floats) -> Summary:
    """Where sittings ended, in slices that fit the cache: more is in hand here than while they go on."""
    lattice = assessment.plan.lattice
    size = chunk_size(lattice.floats_per_person + lattice.n_carriers * lattice.grid.n_nodes)
    parts = []
    for start in range(0, max(len(log_likelihood), 1), size):
        own = log_likelihood[start : start + size]
        scale = own.max(axis=2)
        likelihood = np.exp(own - scale[..., None])
        posterior = lattice.posterior_from(likelihood, scale.sum(axis=1))
        parts.append(summary(assessment.interpretation, likelihood, posterior))
    return joined(parts)


def _sittings_together(plan: Plan, n_people: int) -> int:
    """So many that a step of all costs little beyond the work itself, and as many for every core.

    Of a sitting these are likelihoods by carrier, what is kept of them, a flag for every item.
    """
    floats = _KEPT * plan.lattice.n_carriers * plan.lattice.grid.n_nodes + plan.n_items // 8
    most = min(max(_BYTES // (8 * floats), _FEWEST), _MOST)
    return max(even_size(n_people, most), _FEWEST)


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
