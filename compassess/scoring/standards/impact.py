"""What cuts would do before they are adopted: shares of the bands, errors by two bands, adverse impact.

Rule: shares are means of band probabilities, never counts of point estimates, whose spread is not that of θ
(estimates that shrink put too few persons into the outer bands, others too many).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.responses import frame
from compassess.scoring.adverse_impact import AdverseImpact, expected_adverse_impact
from compassess.scoring.classification.agreement import expected_confusion
from compassess.scoring.classification.shares import shares_from_probabilities
from compassess.scoring.decisions import most_probable
from compassess.scoring.standards.cut_scores import CutScores

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EVERYBODY", "Impact", "People", "Scenario", "impact_table"]

Floats = NDArray[np.float64]
Words = NDArray[np.str_]

#: The name of the row of all persons together.
EVERYBODY: Final = "everybody"
_STEPS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)


class People(Protocol):
    """Posteriors of n persons, :class:`compassess.scoring.Marginal` or those of the ranking: P(band)."""

    @property
    def n_persons(self) -> int:
        """How many persons."""

    def bands(self, cuts: ArrayLike) -> Floats:
        """P(cut_{k−1} ≤ θ_n < cut_k), (n_persons, n_cuts + 1); NaN for a person without a posterior."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """The consequences of one set of cuts.

    Attributes
    ----------
    steps : by how many standard errors the cuts were moved; ``cuts`` (n_cuts,) where they lie then.
    shares, share_errors : expected share of every band by group and its standard error, (n_groups, n_bands);
        everybody first.
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
        """A row a scenario and group: steps, group, n, share and error by band, two_band_errors, status."""
        rows = [(one, place) for one in self.scenarios for place in range(len(self.groups))]
        columns: dict[str, Sequence[object]] = {
            "steps": [one.steps for one, _ in rows],
            "group": [self.groups[place] for _, place in rows],
            "n": [int(self.n[place]) for _, place in rows],
        }
        for k, band in enumerate(self.bands):
            columns[f"share_{band}"] = [float(one.shares[place, k]) for one, place in rows]
            columns[f"se_{band}"] = [float(one.share_errors[place, k]) for one, place in rows]
        columns["two_band_errors"] = [float(one.two_band_errors[place]) for one, place in rows]
        columns["status"] = [one.status for one, _ in rows]
        return frame(columns)


def impact_table(
    cuts: CutScores,
    people: People,
    *,
    group: Sequence[str] | NDArray[np.generic] | None = None,
    steps: Sequence[float] = _STEPS,
    reference: str | None = None,
    minimum: int = 30,
) -> Impact:
    """Shares of the bands by group under the cuts, and under cuts moved by their standard errors.

        share_gk = mean over n in g of P(cut_{k−1} ≤ θ_n < cut_k)
        two-band error_g = mean over n in g of Σ_k P(band k) [|k − most probable band| ≥ 2]

    Parameters
    ----------
    cuts : candidates on θ; with standard errors unless ``steps`` is (0,).
    people : posteriors of those tested: :meth:`compassess.scoring.JointPosterior.marginal` (composite, block
        or competency), :class:`compassess.scoring.ranking.DrawnPosteriors` of plausible values, or
        :class:`compassess.scoring.ranking.NormalPosteriors` of EAP and its SE.
    group : the group of each person; groups stand in alphabetical order. Then adverse impact at every cut is
        told as well, by :func:`compassess.scoring.expected_adverse_impact`.
    steps : the cuts are moved together by so many of their standard errors each; upwards where positive.
    reference, minimum : as in :func:`compassess.scoring.adverse_impact`.

    Limits: errors of shares are those of persons as a sample
    (:func:`compassess.scoring.classification.shares_from_probabilities`); what the uncertain cut adds is the
    difference between scenarios. People under one prior for all lean towards it: groups then look more
    alike than they are, the more the less was answered.

    Raises
    ------
    InputError : cuts that a method did not find, persons without a posterior, steps that are none or without
        standard errors, groups that do not fit, a reference that is no group.

    References
    ----------
    Cizek & Bunch (2007), Standard Setting, ch. 13, on impact data; Mislevy (1991), Psychometrika 56.
    """
    labels = None if group is None else np.asarray(group).astype(np.str_)
    _refuse(cuts, people.n_persons, labels, steps, reference)
    names = [] if labels is None else np.unique(labels).tolist()
    members = [np.full(people.n_persons, True), *(labels == name for name in names)]
    scenarios = []
    for step in map(float, steps):
        moved = cuts.cuts + (step * cuts.standard_errors if step else 0.0)
        if np.all(np.diff(moved) > 0):
            p = _known(people.bands(moved))
            adverse = None if labels is None else _adverse(p, labels, reference, minimum)
            scenarios.append(_scenario(step, moved, p, members, adverse))
        else:
            scenarios.append(_crossed(step, moved, len(members)))
    return Impact(
        bands=cuts.bands or tuple(f"band_{k}" for k in range(cuts.n_cuts + 1)),
        groups=(EVERYBODY, *names),
        n=np.array([rows.sum() for rows in members], dtype=np.intp),
        scenarios=tuple(scenarios),
    )


def _known(p: Floats) -> Floats:
    """The probabilities; raises where there are persons of whom nothing is known."""
    unknown = np.isnan(p).any(axis=1)
    if unknown.any():
        raise InputError(
            Problem(
                where=f"people, person {int(np.flatnonzero(unknown)[0]) + 1}",
                what=f"{int(unknown.sum())} of {unknown.size} persons have no posterior",
                remedy="Leave them out, of the groups as well.",
            )
        )
    return p


def _scenario(
    step: float,
    cuts: Floats,
    p: Floats,
    members: Sequence[NDArray[np.bool_]],
    adverse: AdverseImpact | None,
) -> Scenario:
    likely = most_probable(p)
    told = [shares_from_probabilities(p[rows]) for rows in members]
    tables = [expected_confusion(p[rows], likely[rows]) for rows in members]
    return Scenario(
        steps=step,
        cuts=cuts,
        shares=np.stack([one.share for one in told]),
        share_errors=np.stack([one.se for one in told]),
        two_band_errors=np.array([table.two_bands_off for table in tables]),
        adverse=adverse,
        status="ok",
    )


def _crossed(step: float, cuts: Floats, n_groups: int) -> Scenario:
    """Cuts that passed one another leave no bands to have shares."""
    nothing = np.full((n_groups, cuts.size + 1), np.nan)
    return Scenario(
        steps=step,
        cuts=cuts,
        shares=nothing,
        share_errors=nothing,
        two_band_errors=nothing[:, 0],
        adverse=None,
        status="cuts_cross",
    )


def _adverse(p: Floats, labels: Words, reference: str | None, minimum: int) -> AdverseImpact:
    """At every cut, of the probabilities of all bands above it."""
    at_or_above = np.clip(p[:, ::-1].cumsum(axis=1)[:, -2::-1], 0.0, 1.0)
    return expected_adverse_impact(at_or_above, labels, reference=reference, minimum=minimum)


def _refuse(
    cuts: CutScores, n_persons: int, labels: Words | None, steps: Sequence[float], reference: str | None
) -> None:
    problems = []
    if not np.isfinite(cuts.cuts).all():
        problems.append(Problem(where="cuts", what="the method found none", got=cuts.status))
    if len(steps) == 0 or not np.isfinite(steps).all():
        problems.append(
            Problem(
                where="steps", what="no finite steps", got=str(list(steps)), expected="for example (-1, 0, 1)"
            )
        )
    elif any(steps) and not np.isfinite(cuts.standard_errors).all():
        problems.append(
            Problem(
                where="steps",
                what="cuts without standard errors cannot be moved by them",
                got=str(list(steps)),
                expected="(0,)",
                remedy="A target has no error; ask for steps=(0,).",
            )
        )
    if labels is not None and labels.shape != (n_persons,):
        problems.append(
            Problem(
                where="group", what="one for each person", got=str(labels.shape), expected=f"({n_persons},)"
            )
        )
    names = [] if labels is None else np.unique(labels).tolist()
    if EVERYBODY in names:
        problems.append(Problem(where="group", what=f"the name {EVERYBODY!r} stands for all of them"))
    if reference is not None and reference not in names:
        problems.append(
            Problem(
                where="reference",
                what="no such group",
                got=repr(reference),
                expected=", ".join(names) or "groups",
            )
        )
    raise_if_any(problems)
