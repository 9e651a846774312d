"""What cuts would do before they are adopted: shares of the bands, errors by two bands, adverse impact.

Rule: shares are means of band probabilities, never counts of point estimates, whose spread is not that of θ
(estimates that shrink put too few persons into the outer bands, others too many).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.responses import frame
from compassess.scoring.adverse_impact import AdverseImpact, expected_adverse_impact
from compassess.scoring.between_cuts import between_cuts
from compassess.scoring.decisions import most_probable
from compassess.scoring.standards.cut_scores import CutScores
from compassess.scoring.standards.posteriors import Posteriors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EVERYBODY", "Impact", "Scenario", "impact_table"]

Floats = NDArray[np.float64]

#: The name of the row of all persons together.
EVERYBODY: Final = "everybody"
_STEPS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """The consequences of one set of cuts.

    Attributes
    ----------
    steps : by how many standard errors the cuts were moved; ``cuts`` (n_cuts,) where they lie then.
    shares, share_errors : expected share of every band by group, and its error of sampling, √(Var_n p / n_g),
        (n_groups, n_bands); everybody first.
    two_band_errors : probability that the most probable band is wrong by two bands or more, (n_groups,).
    adverse : by cut and group, from the probabilities to be at or above it; None without groups.
    status : "ok", or "cuts_cross" where the moved cuts do not increase; everything else is NaN or None then.
    """

    steps: float
    cuts: Floats
    shares: Floats
    share_errors: Floats
    two_band_errors: Floats
    adverse: AdverseImpact | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Impact:
    """The answer of :func:`impact_table`: a scenario for every step, of the same groups and bands."""

    bands: tuple[str, ...]
    groups: tuple[str, ...]
    n: NDArray[np.intp]
    scenarios: tuple[Scenario, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row a scenario and group: steps, group, n, a share by band, two_band_errors, status."""
        rows = [(one, place) for one in self.scenarios for place in range(len(self.groups))]
        columns: dict[str, Sequence[object]] = {
            "steps": [one.steps for one, _ in rows],
            "group": [self.groups[place] for _, place in rows],
            "n": [int(self.n[place]) for _, place in rows],
        }
        for k, band in enumerate(self.bands):
            columns[f"share_{band}"] = [float(one.shares[place, k]) for one, place in rows]
        columns["two_band_errors"] = [float(one.two_band_errors[place]) for one, place in rows]
        columns["status"] = [one.status for one, _ in rows]
        return frame(columns)


def impact_table(
    cuts: CutScores,
    people: Posteriors,
    *,
    group: Sequence[str] | NDArray[np.str_] | None = None,
    steps: Sequence[float] = _STEPS,
    reference: str | None = None,
    minimum: int = 30,
) -> Impact:
    """Shares of the bands by group under the cuts, and under cuts moved by their standard errors.

        share_gk = mean over n in g of P(cut_{k−1} ≤ θ_n < cut_k)
        two-band error_g = mean over n in g of Σ_k P(band k) [|k − most probable band| ≥ 2]

    Parameters
    ----------
    cuts : candidates; with standard errors unless ``steps`` is (0,).
    people : posteriors of those tested (``GridPosteriors``, ``NormalPosteriors``, ``DrawnPosteriors``).
    group : the group of each person; then adverse impact at every cut is told as well.
    steps : the cuts are moved together by so many of their standard errors each.
    reference, minimum : as in :func:`compassess.scoring.adverse_impact.adverse_impact`.

    Limits: the errors of shares are those of sampling persons; what the uncertain cut adds is the difference
    between scenarios. Posteriors under one prior for all lean towards it.

    Raises
    ------
    InputError : cuts that a method did not find, steps without standard errors, groups that do not fit.

    References
    ----------
    Cizek & Bunch (2007), Standard Setting, ch. 13, on impact data; Mislevy (1991), Psychometrika 56.
    """
    labels = None if group is None else np.asarray(group)
    _refuse(cuts, people, labels, steps)
    names = () if labels is None else tuple(str(name) for name in np.unique(labels))
    everybody = np.ones(people.n_persons, dtype=np.bool_)
    members = [everybody, *(labels == name for name in (np.unique(labels) if labels is not None else ()))]
    scenarios = []
    for step in steps:
        moved = cuts.cuts + (step * cuts.standard_errors if step else 0.0)
        scenarios.append(_scenario(float(step), moved, people, members, labels, reference, minimum))
    return Impact(
        bands=cuts.bands or tuple(f"band_{k}" for k in range(cuts.n_cuts + 1)),
        groups=(EVERYBODY, *names),
        n=np.array([rows.sum() for rows in members], dtype=np.intp),
        scenarios=tuple(scenarios),
    )


def _scenario(
    step: float,
    cuts: Floats,
    people: Posteriors,
    members: Sequence[NDArray[np.bool_]],
    labels: NDArray[np.str_] | None,
    reference: str | None,
    minimum: int,
) -> Scenario:
    if any(after <= before for before, after in pairwise(cuts.tolist())):
        nothing = np.full((len(members), cuts.size + 1), np.nan)
        return Scenario(
            steps=step,
            cuts=cuts,
            shares=nothing,
            share_errors=nothing,
            two_band_errors=nothing[:, 0],
            adverse=None,
            status="cuts_cross",
        )
    p = between_cuts(people.below(cuts))
    bands = np.arange(cuts.size + 1)
    far = np.abs(bands - most_probable(p)[:, None]) >= 2
    wrong = np.where(far, p, 0.0).sum(axis=1)
    at_or_above = np.clip(p[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:], 0.0, 1.0)
    adverse = None
    if labels is not None:
        adverse = expected_adverse_impact(at_or_above, labels, reference=reference, minimum=minimum)
    return Scenario(
        steps=step,
        cuts=cuts,
        shares=np.stack([p[rows].mean(axis=0) for rows in members]),
        share_errors=np.stack([_error_of_mean(p[rows]) for rows in members]),
        two_band_errors=np.array([wrong[rows].mean() for rows in members]),
        adverse=adverse,
        status="ok",
    )


def _error_of_mean(p: Floats) -> Floats:
    """√(Var p / n) by column; NaN for a single person."""
    if len(p) < 2:
        return np.full(p.shape[1], np.nan)
    return np.asarray(p.std(axis=0, ddof=1) / np.sqrt(len(p)))


def _refuse(
    cuts: CutScores, people: Posteriors, labels: NDArray[np.str_] | None, steps: Sequence[float]
) -> None:
    problems = []
    if not np.isfinite(cuts.cuts).all():
        problems.append(Problem(where="cuts", what="the method found none", got=cuts.status))
    if any(steps) and not np.isfinite(cuts.standard_errors).all():
        problems.append(
            Problem(
                where="steps",
                what="cuts without standard errors cannot be moved by them",
                got=str(list(steps)),
                expected="(0,)",
                remedy="A target has no error; ask for steps=(0,).",
            )
        )
    if labels is not None and labels.shape != (people.n_persons,):
        problems.append(
            Problem(
                where="group",
                what="one for each person",
                got=str(labels.shape),
                expected=f"({people.n_persons},)",
            )
        )
    if labels is not None and EVERYBODY in labels.tolist():
        problems.append(Problem(where="group", what=f"the name {EVERYBODY!r} stands for all of them"))
    if problems:
        raise InputError(problems)
