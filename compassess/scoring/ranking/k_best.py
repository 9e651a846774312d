"""The k best of each competition: places, who is selected, and how sure that is.

Rule: who is selected follows from the estimates and the rules; probabilities say what that is worth, and
change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, gathering, raise_if_any
from compassess.scoring.ranking.among_best import among_best, rank_moments
from compassess.scoring.ranking.normal_posteriors import NormalPosteriors
from compassess.scoring.ranking.posteriors import Posteriors
from compassess.scoring.ranking.request import RankingRules, Request, request_of
from compassess.scoring.ranking.result import KBest, rows_of, status_codes
from compassess.scoring.ranking.ties import TieBreak, competition_ranks, lottery, select_best

__all__ = ["k_best", "k_best_of"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(slots=True, kw_only=True, eq=False)
class _Columns:
    """What is filled in, competition by competition; who has no estimate stays as it begins."""

    n: int
    rank: Floats = field(init=False)
    selected: Truths = field(init=False)
    tied_at_boundary: Truths = field(init=False)
    probability: Floats = field(init=False)
    expected_rank: Floats = field(init=False)
    rank_sd: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.rank, self.probability = np.full(self.n, np.nan), np.full(self.n, np.nan)
        self.expected_rank, self.rank_sd = np.full(self.n, np.nan), np.full(self.n, np.nan)
        self.selected, self.tied_at_boundary = (np.zeros(self.n, dtype=np.bool_) for _ in range(2))


def k_best(
    theta: ArrayLike,
    se: ArrayLike,
    k: int | Mapping[str, int],
    *,
    ids: Sequence[object] | None = None,
    competitions: Sequence[object] | None = None,
    rules: RankingRules | None = None,
    tie_breaks: Sequence[TieBreak] = (),
    seed: int | None = None,
) -> KBest:
    """The k best by θ with normal posteriors N(theta, se²): the shortest way.

    Of ``Scores`` take theta and se of persons with answers. ``Conclusions.summary`` has them of everybody:
    make theta NaN where ``Conclusions.withheld``, or somebody may be selected on no answer at all.

    Parameters
    ----------
    theta, se : (n_persons,); posterior means and SDs. theta NaN: no estimate, not ranked, by status.
    k : places, of every competition or by its label.
    ids : of persons, once in a competition; default "1", "2", …
    competitions : a label a person; everybody competes with those of the same label. Default one competition.
    rules : default :class:`RankingRules`.
    tie_breaks : columns that order those who tie, the first first.
    seed : draws lots among those who tie after that (:func:`compassess.scoring.ranking.lottery`); without a
        seed they tie.

    Limits: posteriors are taken as independent, which they are given known item parameters. ML estimates
    with their standard errors have no prior in them; then probabilities do not hold (the best of many
    estimates is too high). Take EAP. Where fewer than k
    have an estimate, all of them are selected, with P = 1.

    Raises
    ------
    InputError : every fault at once: infinite theta, an SE that is not above 0, k below 1 or above the number
        of persons of a competition, ids that are twice in one, columns of other lengths, probabilities out of
        order, a tie at the boundary under "refuse".

    References
    ----------
    See :func:`among_best`.
    """
    problems: list[Problem] = []
    posteriors: NormalPosteriors | None = None
    with gathering(problems):
        posteriors = NormalPosteriors.of(theta, se)
    request = request_of(np.size(theta), k, None, ids, competitions, rules, tie_breaks, seed, problems)
    raise_if_any(problems)
    assert posteriors is not None
    return _found(posteriors, request)


def k_best_of(
    posteriors: Posteriors,
    k: int | Mapping[str, int],
    *,
    estimate: ArrayLike | None = None,
    ids: Sequence[object] | None = None,
    competitions: Sequence[object] | None = None,
    rules: RankingRules | None = None,
    tie_breaks: Sequence[TieBreak] = (),
    seed: int | None = None,
) -> KBest:
    """:func:`k_best` from posteriors of any kind: normal, masses on a grid, draws.

    ``estimate`` (n_persons,) is what persons are ranked by, for example the reported score; default the
    posterior mean. NaN goes with no posterior.

    Raises
    ------
    InputError : as :func:`k_best`; estimates that are missing where there is a posterior.
    """
    problems: list[Problem] = []
    n = posteriors.known.size
    request = request_of(n, k, estimate, ids, competitions, rules, tie_breaks, seed, problems)
    if request.estimate is not None and request.estimate.shape == (n,):
        missing = posteriors.known & ~np.isfinite(request.estimate)
        if missing.any():
            place = f"estimate, person {int(np.flatnonzero(missing)[0]) + 1}"
            what = f"{int(missing.sum())} persons with a posterior have no finite estimate"
            problems.append(Problem(where=place, what=what, remedy="Make their posteriors NaN."))
    raise_if_any(problems)
    return _found(posteriors, request)


def _found(posteriors: Posteriors, request: Request) -> KBest:
    estimate = posteriors.mean if request.estimate is None else request.estimate
    known, n = posteriors.known, len(request.ids)
    columns, problems = _Columns(n=n), []
    for name, rows in rows_of(request.competitions):
        ranked = rows[known[rows]]
        if ranked.size:
            try:
                _fill(columns, posteriors, estimate, ranked, request, name)
            except InputError as error:
                problems += [_in_competition(problem, name, request) for problem in error.problems]
    raise_if_any(problems)
    p = columns.probability
    draws = posteriors.n_draws
    return KBest(
        ids=request.ids,
        competitions=request.competitions,
        estimate=np.where(known, estimate, np.nan),
        rank=columns.rank,
        selected=columns.selected,
        tied_at_boundary=columns.tied_at_boundary,
        probability=p,
        probability_se=0.0 * p if draws is None else np.sqrt(p * (1.0 - p) / draws),
        expected_rank=columns.expected_rank,
        rank_sd=columns.rank_sd,
        status=status_codes(p, request.rules.out_probability, request.rules.in_probability),
        method="integrated" if draws is None else "draws",
        k=request.k,
    )


def _fill(
    columns: _Columns,
    posteriors: Posteriors,
    estimate: Floats,
    rows: NDArray[np.intp],
    request: Request,
    name: str,
) -> None:
    """One competition: those who have an estimate."""
    k, rules = request.k[name], request.rules
    ranks = competition_ranks(
        estimate[rows], step=rules.step, tie_breaks=list(_tie_breaks(request, rows, name))
    )
    chosen = select_best(ranks, k, rules.at_boundary)
    theirs = posteriors.select(rows)
    moments = rank_moments(theirs)
    columns.rank[rows] = ranks
    columns.selected[rows] = chosen.selected
    columns.tied_at_boundary[rows] = chosen.tied_at_boundary
    columns.probability[rows] = among_best(theirs, min(k, rows.size))
    columns.expected_rank[rows], columns.rank_sd[rows] = moments.mean, moments.sd


def _tie_breaks(request: Request, rows: NDArray[np.intp], name: str) -> Iterator[TieBreak]:
    """The caller's columns of some persons, and at last the lots."""
    for one in request.tie_breaks:
        values = np.asarray(one.values, dtype=np.float64)[rows]
        yield TieBreak(name=one.name, values=values, highest_first=one.highest_first, step=one.step)
    if request.seed is not None:
        lots = lottery(request.seed, [f"{name}:{request.ids[row]}" for row in rows.tolist()])
        yield TieBreak(name="lottery", values=lots, step=2.0**-53)


def _in_competition(problem: Problem, name: str, request: Request) -> Problem:
    where = problem.where if len(request.k) == 1 else f"competition {name!r}, {problem.where}"
    return replace(problem, where=where)
