"""A simulation study: many sittings, what they found, and how near that comes to what there was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.adaptive import Assessment, Plan
from compassess.adaptive.content import rows_of
from compassess.adaptive.draws import checked_seed, uniform
from compassess.errors import InputError, Problem
from compassess.irt.ability import score
from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.drawing import AnswerModel
from compassess.responses import MISSING, Responses, frame
from compassess.scoring import Context, Summary, conclude, summary
from compassess.scoring.classification import BandAgreement, Confusion, band_agreement, bands_of, confusion
from compassess.scoring.decisions import bands_in_view
from compassess.scoring.summary import joined
from compassess.simulation.agreement import correlation, rmse
from compassess.simulation.answering import Answers, DrawnAnswers, KnownAnswers
from compassess.simulation.conditional import EDGES, conditional_recovery
from compassess.simulation.exposure import exposure_chi_square, exposure_rates, mean_overlap, unused_share
from compassess.simulation.people import Mixture, People, draw_people
from compassess.simulation.playing import Played, play
from compassess.simulation.recovery import recovery
from compassess.simulation.violations import Violations, violations

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SimulationStudy", "simulate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

_KEPT: Final = 4  # arrays of a likelihood's size that a sitting has in hand
_BYTES: Final = 2**24  # of the sittings of a chunk
_FEWEST: Final = 256
_MOST: Final = 4096
_PARTS: Final = 4  # into which a small study is cut, so that every core has some


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
    groups : the group of each person, where simulated people have any.
    """

    assessment: Assessment
    theta_true: Floats | None
    theta_all: Floats | None
    theta_unused: Floats | None
    played: Played
    values: Summary
    values_all: Summary | None
    groups: tuple[str, ...] | None = None

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
        rates = exposure_rates(self.played.items, len(ids))
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

    @property
    def true_bands(self) -> tuple[str, ...] | None:
        """The band in which the true composite lies, half-open [cut, next cut); None for real answers."""
        if self.theta_true is None:
            return None
        names = self.assessment.bands.bands
        return tuple(names[k] for k in self._true_places().tolist())

    @property
    def confusion(self) -> Confusion:
        """True × given bands; for real answers the bands from all answers take the place of the true."""
        n_bands = len(self.assessment.bands.bands)
        given = _in_view(self.assessment, self.values)
        other = self._true_places() if self.values_all is None else _in_view(self.assessment, self.values_all)
        return confusion(other, given, n_bands=n_bands)

    @property
    def violations(self) -> Violations:
        """Which sittings miss which demand of the blueprint: length, limits of competencies, content."""
        assessment = self.assessment
        return violations(rows_of(assessment.bank, assessment.blueprint), self.played.items)

    def recovery(self) -> pd.DataFrame:
        """A row a block: n, bias, RMSE, mean SE, coverage and r, each with its Monte-Carlo error.

        The formulas are those of :func:`compassess.simulation.recovery`.

        Raises
        ------
        InputError : real answers, of which nobody knows the truth.
        """
        return frame(_columns(self._recovery_rows(slice(None))))

    def recovery_by_group(self) -> pd.DataFrame:
        """:meth:`recovery` within each group of people, a row a group and block.

        Raises
        ------
        InputError : people without groups; real answers.
        """
        if self.groups is None:
            raise InputError(
                Problem(
                    where="groups",
                    what="these people have none",
                    remedy="Simulate a Mixture, or People with groups.",
                )
            )
        labels = np.array(self.groups)
        rows = [
            {"group": name, **row}
            for name in dict.fromkeys(self.groups)
            for row in self._recovery_rows(labels == name)
        ]
        return frame(_columns(rows))

    def conditional(self, edges: ArrayLike = EDGES) -> pd.DataFrame:
        """A row a block and interval of true θ: bias, RMSE, SD of the errors, mean SE, coverage and length.

        Intervals and figures are those of :func:`compassess.simulation.conditional_recovery`.

        Raises
        ------
        InputError : edges out of order; real answers.
        """
        rows = []
        for block, theta, se, truth in self._by_block():
            for one in conditional_recovery(theta, se, truth, self.n_items, edges):
                row = {"block": block} | asdict(one)
                row |= {k: v for k, v in row.pop("found").items() if k not in ("r", "r_error")}
                rows.append(row)
        return frame(_columns(rows))

    def band_accuracy(self) -> pd.DataFrame:
        """One row: accuracy of the composite's band with its error, κ, weighted κ, errors by two bands.

        Against the band of the true composite, or with real answers that of all answers.
        """
        table = self.confusion
        share = table.accuracy
        return frame(
            {
                "n": [int(table.counts.sum())],
                "accuracy": [share],
                "accuracy_error": [float(np.sqrt(share * (1.0 - share) / table.n))],
                "kappa": [table.kappa],
                "kappa_error": [table.kappa_se],
                "weighted_kappa": [table.weighted_kappa],
                "weighted_kappa_error": [table.weighted_kappa_se],
                "two_bands_off": [table.two_bands_off],
            }
        )

    def exposure(self) -> pd.DataFrame:
        """One row: greatest and mean exposure rate, share of unused items, overlap, χ² of the rates."""
        n_items = self.assessment.plan.n_items
        rates = exposure_rates(self.played.items, n_items)
        return frame(
            {
                "max_exposure": [float(rates.max())],
                "mean_exposure": [float(rates.mean())],
                "unused_share": [unused_share(rates)],
                "overlap": [mean_overlap(self.played.items, n_items)],
                "chi_square": [exposure_chi_square(rates)],
            }
        )

    def constraint_violations(self) -> pd.DataFrame:
        """A row a demand of the blueprint: whether it must hold, how many sittings miss it, their share."""
        found = self.violations
        return frame(
            {
                "demand": found.demands,
                "hard": found.hard,
                "missed": found.missed.sum(axis=0),
                "share": found.shares,
            }
        )

    def _true_places(self) -> NDArray[np.intp]:
        truth = self._truth() @ self.assessment.interpretation.composite
        return bands_of(truth, self.assessment.bands.cuts)

    def _truth(self) -> Floats:
        """True θ of the blocks, (n, n_blocks)."""
        if self.theta_true is None:
            raise InputError(
                Problem(
                    where="study",
                    what="nobody knows the true abilities behind real answers",
                    remedy="summary() compares with all answers and with the unused ones.",
                )
            )
        return self.theta_true.reshape(len(self.theta_true), -1)

    def _by_block(self) -> list[tuple[str, Floats, Floats, Floats]]:
        """Name, θ̂, SE and truth of every block."""
        blocks, truth = self.assessment.plan.lattice.population.blocks, self._truth()
        theta, se = self.values.block_theta, self.values.block_se
        return [(name, theta[:, b], se[:, b], truth[:, b]) for b, name in enumerate(blocks)]

    def _recovery_rows(self, who: slice | NDArray[np.bool_]) -> list[dict[str, object]]:
        return [
            {"block": block, **asdict(recovery(theta[who], se[who], truth[who]))}
            for block, theta, se, truth in self._by_block()
        ]


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
        theta_true=_shaped(drawn.blocks),
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
        return played, _summaries(assessment, played.log_likelihood)

    for part in map_chunks(chunk, n_people, _sittings_together(plan, n_people)):
        parts.append(part)
        done += len(part[0].n_items)
        if progress is not None:
            progress(done, n_people)
    return _joined([played for played, _ in parts]), joined([values for _, values in parts])


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
    """So many that a step of all costs little beyond the work itself, and the arrays stay near the cores.

    Of a sitting these are likelihoods by carrier, what is kept of them, a flag for every item.
    """
    floats = _KEPT * plan.lattice.n_carriers * plan.lattice.grid.n_nodes + plan.n_items // 8
    most = min(max(_BYTES // (8 * floats), _FEWEST), _MOST)
    return min(most, max(-(-n_people // _PARTS), _FEWEST))


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


def _columns(rows: list[dict[str, object]]) -> dict[str, list[object]]:
    """Rows with the same names as columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _shaped(values: Floats) -> Floats:
    """(n,) for one block, (n, n_blocks) for more."""
    return values[:, 0] if values.shape[1] == 1 else values


def _in_view(assessment: Assessment, values: Summary) -> NDArray[np.intp]:
    return bands_in_view(values.bands, values.theta, assessment.bands)


def _named(assessment: Assessment, values: Summary) -> tuple[str, ...]:
    names = assessment.bands.bands
    return tuple(names[k] for k in _in_view(assessment, values).tolist())
