"""P(pass | answers): what a sitting says of a rule, whatever items it presented.

The event "every true score reaches its minimum" is a region of θ (:mod:`compassess.scoring.true_score_cuts`).
Three kinds of it, and how each is summed:

- every condition has one dimension: a rectangle (:mod:`compassess.scoring.events`), of any dimensions;
- conditions on sums of true scores of several blocks, that share a block a: given the other blocks, the sum
  is reached from θ_a = T_a⁻¹(M − Σ_{b ≠ a} T_b(θ_b)) on, a cut along the axis of a, as events.py cuts a
  composite;
- else, sums over competencies with λ < 1: the share of plausible values in the region, with its error told.

Cuts are sinc weights. Along the other axes the region has bends, where a sum over nodes h apart errs by about
h² / 12 times their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.bank import UnansweredPolicy
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt import Items, Measurement, Population, expected_total, plausible_values
from compassess.irt.estimates import RANK
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.plausible import PlausibleValues
from compassess.irt.posterior_means import on_own_grids
from compassess.irt.true_scores import theta_reaching
from compassess.responses import Responses, frame
from compassess.scoring.decisions import NEEDS_MORE_EVIDENCE
from compassess.scoring.events import Event, Interval, PreparedEvent, within
from compassess.scoring.passing import FAIL, PASS, TOTAL, PassRule
from compassess.scoring.true_score_cuts import TrueScoreCondition, true_score_cuts
from compassess.scoring.unanswered import scored
from compassess.scoring.usable import refuse_unusable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PassPosterior", "pass_outcomes", "pass_posterior"]

Floats = NDArray[np.float64]

_TIE: Final = 1e-9  # far above the last bits of a sum, far below any probability that matters
_AT_ONCE: Final = 20_000  # draws whose true scores are computed together
_NODES_OF_TWO: Final = 181  # of two blocks: h = 0.07, so that bends cost less than 1e-4; still 2 MB at most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassPosterior:
    """What answers say of a rule on true scores, n persons.

    Attributes
    ----------
    persons : labels, None where the responses have none.
    conditions : "total", then the parts that have a minimum.
    probability : P(all conditions hold | answers), (n,).
    met : P(the condition holds | answers), (n, n_conditions); NaN where only draws could tell and there was
        no seed.
    method : "grid", or "draws" where ``probability`` comes from plausible values.
    monte_carlo_error : the standard error of ``probability`` that drawing leaves, (n,); 0 on the grid.
    status : by person "ok", or what is left to say about the grid (:data:`compassess.irt.ABILITY_STATUSES`).
    """

    persons: tuple[str, ...] | None
    conditions: tuple[str, ...]
    probability: Floats
    met: Floats
    method: Literal["grid", "draws"]
    monte_carlo_error: Floats
    status: tuple[str, ...]

    def outcomes(self, *, pass_at: float, fail_at: float) -> tuple[str, ...]:
        """:func:`pass_outcomes` of every person."""
        return pass_outcomes(self.probability, pass_at=pass_at, fail_at=fail_at)

    def to_frame(self) -> pd.DataFrame:
        """A row a person: person, probability, monte_carlo_error, status, met by condition."""
        labels = self.persons or tuple(str(row + 1) for row in range(self.probability.size))
        columns: dict[str, Sequence[object] | Floats] = {
            "person": labels,
            "probability": self.probability,
            "monte_carlo_error": self.monte_carlo_error,
            "status": self.status,
        }
        columns |= {f"met_{name}": self.met[:, at] for at, name in enumerate(self.conditions)}
        return frame(columns)


def pass_outcomes(probability: ArrayLike, *, pass_at: float, fail_at: float) -> tuple[str, ...]:
    """The outcome by stated probabilities: "pass", "fail" or "needs_more_evidence".

    "pass" where P ≥ ``pass_at``, "fail" where P ≤ ``fail_at``, and between them more evidence is needed.
    Near-ties (a billionth) are ties.

    Raises
    ------
    InputError : thresholds that are not 0 ≤ fail_at < pass_at ≤ 1, probabilities outside [0, 1].

    References
    ----------
    Wald (1947), Sequential Analysis, on decisions with a zone between them; Spray & Reckase (1996), Journal
    of Educational and Behavioral Statistics 21, 405-414, on tests that pass or fail.
    """
    p = np.atleast_1d(np.asarray(probability, dtype=np.float64))
    problems = []
    if not 0.0 <= fail_at < pass_at <= 1.0:
        problems.append(
            Problem(
                where="pass_at, fail_at",
                what="these thresholds leave no order",
                got=f"pass_at {pass_at}, fail_at {fail_at}",
                expected="0 ≤ fail_at < pass_at ≤ 1",
            )
        )
    if not np.all((p >= 0.0) & (p <= 1.0)):
        problems.append(Problem(where="probability", what="not in [0, 1]"))
    raise_if_any(problems)
    words = np.where(p <= fail_at + _TIE, FAIL, NEEDS_MORE_EVIDENCE)
    return tuple(np.where(p >= pass_at - _TIE, PASS, words).tolist())


def pass_posterior(
    responses: Responses,
    items: Items,
    rule: PassRule,
    *,
    population: Population | None = None,
    nodes: int | None = None,
    n_draws: int = 1000,
    seed: int | None = None,
    unanswered: NDArray[np.int8] | None = None,
    policy: UnansweredPolicy | None = None,
) -> PassPosterior:
    """P(T_k(θ) ≥ m_k for every part and T(θ) ≥ M | answers) under the joint posterior.

    Parameters
    ----------
    responses : of any items of the bank; a missing cell without a code adds nothing.
    items : the bank: those that were answered, and those of the rule's form, the reference form.
    population : replaces the items' own.
    nodes : of every block; by default every person has a grid that serves, as in
        :func:`compassess.irt.score`, of 181 nodes or more for two blocks.
    n_draws, seed : plausible values of each person where a condition sums competencies with λ < 1 (see the
        module); the standard error is √(P (1 − P) / n_draws), at most 0.016 for 1,000.
    unanswered, policy : codes of what was not answered and what they score, as in
        :func:`compassess.scoring.conclude`; default :class:`compassess.bank.UnansweredPolicy`'s.

    Limits: in one dimension P(θ ≥ max_k θ_k | answers), to about 1e-6. On several blocks with a total the
    default grid errs by less than 1e-4 for two and 2e-3 for three; more ``nodes`` by their square less.
    A total that follows from the parts (:attr:`compassess.scoring.passing.PassRule.redundant`) costs nothing.

    Raises
    ------
    InputError : nobody, no column that is an item, a rule that does not fit the items
        (:func:`compassess.scoring.true_score_cuts.true_score_cuts`), draws without a seed.

    References
    ----------
    Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444, for the posterior; Mislevy (1991),
    Psychometrika 56, 177-196, for draws from it.
    """
    refuse_unusable(responses, items.ids)
    if unanswered is not None:
        responses = scored(responses, unanswered, items, policy or UnansweredPolicy())
    cuts = true_score_cuts(items, rule, population=population)
    people = population or items.population
    finer = _NODES_OF_TWO if people.n_blocks == 2 and not people.has_competency_layer else None
    measurement = Measurement.create(items, nodes=nodes or finer, population=population)
    needed = [one for one in cuts.conditions if one.id != TOTAL or TOTAL not in cuts.redundant]
    asked = [needed, *([one] for one in cuts.conditions)]
    drawn = [not _on_grids(measurement.lattice, conditions) for conditions in asked]
    _refuse_undrawn(drawn[0], seed, n_draws)
    means, placed = on_own_grids(responses, measurement, refine=nodes is None)
    found = np.full((responses.n_persons, len(asked)), np.nan)
    for one in placed:
        theirs = responses if len(placed) == 1 else responses.select_persons(one.persons)
        found[one.persons] = _probabilities(theirs, one.measurement, asked, drawn)
    if seed is not None and any(drawn):
        draws = plausible_values(responses, items, n_draws, seed=seed, population=population, nodes=nodes)
        for at in np.flatnonzero(drawn).tolist():
            found[:, at] = _share(draws, asked[at])
    p = found[:, 0]
    return PassPosterior(
        persons=responses.persons,
        conditions=rule.conditions,
        probability=p,
        met=found[:, 1:],
        method="draws" if drawn[0] else "grid",
        monte_carlo_error=np.sqrt(p * (1.0 - p) / n_draws) if drawn[0] else np.zeros_like(p),
        status=tuple(np.array(list(RANK), dtype=object)[means.status].tolist()),
    )


def _refuse_undrawn(drawn: bool, seed: int | None, n_draws: int) -> None:
    """Raise where draws are needed and cannot be made."""
    if drawn and (seed is None or n_draws < 2):
        raise InputError(
            Problem(
                where="seed" if seed is None else "n_draws",
                what="conditions on sums of several competencies are answered by plausible values",
                got=f"seed {seed}, {n_draws} draws",
                expected="a seed, and at least 2 draws",
            )
        )


def _probabilities(
    responses: Responses,
    measurement: Measurement,
    asked: Sequence[Sequence[TrueScoreCondition]],
    drawn: Sequence[bool],
) -> Floats:
    """Probabilities of what is asked on one grid, (n, n_asked); NaN where it is to be drawn."""
    lattice = measurement.lattice
    regions = {at: _region(lattice, conditions) for at, conditions in enumerate(asked) if not drawn[at]}

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        found = np.full((persons.stop - persons.start, len(asked)), np.nan)
        for at, region in regions.items():
            found[:, at] = region.probability(likelihood, posterior)
        return found

    return np.concatenate(over_persons(chunk, measurement.design(responses), lattice, measurement.table))


def _on_grids(lattice: Lattice, conditions: Sequence[TrueScoreCondition]) -> bool:
    """Whether a grid can tell: no sums, or sums that share a block."""
    sums = [one for one in conditions if len(one.dimensions) > 1]
    return not sums or _shared_axis(lattice, sums) is not None


def _region(lattice: Lattice, conditions: Sequence[TrueScoreCondition]) -> PreparedEvent:
    """The region in which all conditions hold, on the lattice."""
    cuts: dict[str, float] = {}
    for one in conditions:
        if len(one.dimensions) == 1 and one.theta > -np.inf:
            (name,) = one.dimensions
            cuts[name] = max(cuts.get(name, -np.inf), one.theta)
    sums = [one for one in conditions if len(one.dimensions) > 1]
    blocks = lattice.population.blocks
    rays: dict[str, Interval] = {name: (cut, np.inf) for name, cut in cuts.items()}
    event = Event(
        blocks={} if sums else {name: ray for name, ray in rays.items() if name in blocks},
        competencies={name: ray for name, ray in rays.items() if name not in blocks},
    )
    rectangle = PreparedEvent.create(lattice, np.ones(lattice.n_blocks), event)  # no composite is asked for
    axis = _shared_axis(lattice, sums)
    if axis is None:
        return rectangle
    lows = [cuts.get(name, -np.inf) for name in blocks]
    return replace(rectangle, on_blocks=lattice.prepared(_weights(lattice, sums, lows, axis)[None]))


def _shared_axis(lattice: Lattice, sums: Sequence[TrueScoreCondition]) -> int | None:
    """The block of most points that every sum has items of; None without one, or with a competency in one."""
    blocks = lattice.population.blocks
    if any(name not in blocks for one in sums for name in one.dimensions):
        return None
    shared = [name for name in blocks if all(name in one.items for one in sums)]
    points = [sum(int((one.items[name].n_categories - 1).sum()) for one in sums) for name in shared]
    return blocks.index(shared[int(np.argmax(points))]) if sums and shared else None


def _weights(
    lattice: Lattice, sums: Sequence[TrueScoreCondition], lows: Sequence[float], axis: int
) -> Floats:
    """Sinc weights of "all sums reached, every block above its cut", (Q,) * n_blocks."""
    grid, n_blocks = lattice.grid, lattice.n_blocks
    others = [block for block in range(n_blocks) if block != axis]
    low = np.full((grid.n_nodes,) * (n_blocks - 1), lows[axis])
    for one in sums:
        low = np.maximum(low, _lowest_along(lattice, one, axis, others))
    weights = within(grid, low, np.inf)
    for place, block in enumerate(others):
        if lows[block] > -np.inf:
            weights = weights * within(grid, lows[block], np.inf).reshape(
                _along(place, n_blocks, grid.n_nodes)
            )
    return np.moveaxis(weights, -1, axis)


def _lowest_along(
    lattice: Lattice, condition: TrueScoreCondition, axis: int, others: Sequence[int]
) -> Floats:
    """θ_a from which on the sum is reached, on the nodes of the other blocks, (Q,) * (n_blocks − 1)."""
    blocks, theta = lattice.population.blocks, lattice.grid.theta
    rest = np.full((theta.size,) * len(others), float(condition.needed))
    for place, block in enumerate(others):
        if blocks[block] in condition.items:
            curve = expected_total(condition.items[blocks[block]], theta)
            rest = rest - curve.reshape(_along(place, len(others), theta.size))
    return theta_reaching(condition.items[blocks[axis]], rest)


def _along(place: int, n_axes: int, size: int) -> tuple[int, ...]:
    """The shape of a vector along one axis of several."""
    return tuple(size if at == place else 1 for at in range(n_axes))


def _share(draws: PlausibleValues, conditions: Sequence[TrueScoreCondition]) -> Floats:
    """The share of each person's draws in which all conditions hold, (n,)."""
    held = np.ones(draws.theta.shape[:2], dtype=np.bool_)
    for one in conditions:
        if len(one.dimensions) == 1:
            held &= _drawn(draws, one.dimensions[0]) >= one.theta
        else:
            total = sum(_true_score(items, _drawn(draws, name)) for name, items in one.items.items())
            held &= np.asarray(total) >= one.needed
    return np.asarray(held.mean(axis=0))


def _drawn(draws: PlausibleValues, dimension: str) -> Floats:
    """Draws of a block or a competency, (n_draws, n_persons)."""
    if dimension in draws.blocks:
        return draws.theta[:, :, draws.blocks.index(dimension)]
    return draws.competencies.theta[:, :, draws.competencies.names.index(dimension)]


def _true_score(items: Items, theta: Floats) -> Floats:
    """T at every draw, of ``theta``'s shape."""
    flat = theta.ravel()
    pieces = [expected_total(items, flat[at : at + _AT_ONCE]) for at in range(0, flat.size, _AT_ONCE)]
    return np.concatenate(pieces).reshape(theta.shape)
