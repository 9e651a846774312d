"""The quality of each person's responses: what was found by each index, and which flags follow.

Rules. A flag is a remark: nothing here is handed to scoring, and no score is made here that anybody keeps. An
index is judged only where there is the evidence for it: times for the two of times, positions for the two of
positions. The id of a flag is all that scoring knows; the words are in ``report/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, ndtri

from compassess.bank.readonly import ReadOnly
from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, Population, resampled_person_fit
from compassess.responses import Responses
from compassess.scoring.quality.lognormal import TimeModel, time_fit
from compassess.scoring.quality.patterns import patterned_answers
from compassess.scoring.quality.response_time_effort import response_time_effort
from compassess.scoring.quality.rules import QualityRules
from compassess.scoring.quality.straight_lining import straight_lining

__all__ = ["Behaviour", "Finding", "ResponseQuality", "response_quality"]

Floats = NDArray[np.float64]

_FAMILY: Final = 0.05  # of single times, told beside the flag and corrected for their number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """What was seen beside the answers; each part may be missing. Columns are the items' order.

    Attributes
    ----------
    times : seconds, (n_persons, n_items), NaN where there is none.
    time_thresholds : of rapid guessing, (n_items,) or one; see ``normative_thresholds``.
    time_model : known items of the lognormal model, as many as there are items.
    positions : of the options as chosen, (n_persons, n_items), NaN where none was.
    position_probabilities : (n_items, n_positions) or (n_persons, n_items, n_positions).
    order : when each item was presented, (n_persons, n_items); by default as the items stand.
    """

    times: ArrayLike | None = None
    time_thresholds: ArrayLike | None = None
    time_model: TimeModel | None = None
    positions: ArrayLike | None = None
    position_probabilities: ArrayLike | None = None
    order: ArrayLike | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One index of one person.

    Attributes
    ----------
    index : "lz_star", "response_time_effort", "lognormal_times", "longest_run" or "periodic_agreement".
    flag : the flag that it may raise; ``raised`` whether it does.
    value, critical_value : NaN where the index could not be computed or has no critical value. A low lz* or
        effort is unusual, a high value of the others.
    p_value : NaN for response-time effort.
    false_alarm_rate : the nominal one; None where the rules state none.
    n : answers or times that count.
    status : "ok", "too_few" (fewer than the rules ask for), or "no_value".
    numbers : further numbers for a sentence, by name.
    """

    index: str
    flag: str
    raised: bool
    value: float
    critical_value: float
    p_value: float
    false_alarm_rate: float | None
    n: int
    status: str
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseQuality:
    """The findings on one person; ``person`` is the label, where the responses have them."""

    person: str | None
    findings: tuple[Finding, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """The ids of the flags that were raised, for ``compassess.scoring.Context.flags``."""
        return tuple(finding.flag for finding in self.findings if finding.raised)


def response_quality(
    responses: Responses,
    items: Items,
    behaviour: Behaviour | None = None,
    *,
    seed: int,
    rules: QualityRules | None = None,
    population: Population | None = None,
) -> tuple[ResponseQuality, ...]:
    """What there is to remark on the responses of every person.

    ====================  ========================================  ======================================
    flag                  index                                     raised where
    ====================  ========================================  ======================================
    unusual_answers       lz* over all dimensions                   p by simulated answers ≤ rate
    rapid_guessing        response-time effort                      RTE < ``rules.rapid_guessing``
    unusual_times         X² of the lognormal model                 P(χ²(n − 1) ≥ X²) ≤ rate
    straight_lining       longest run of one option position        exact p ≤ rate
    patterned_answers     highest periodic agreement                p by simulated positions ≤ rate
    ====================  ========================================  ======================================

    Parameters
    ----------
    responses : matched with ``items`` by name.
    behaviour : times and positions, in the order of ``items``; without them lz* alone.
    seed : the same seed, persons and rules give the same flags.

    Raises
    ------
    InputError : parts of the behaviour that lack their counterpart, or are of other persons or items; what
        the indices themselves refuse.
    """
    rules, seen = rules or QualityRules(), behaviour or Behaviour()
    _refuse_parts(seen, responses.n_persons, items.n_items)
    columns = [_answers(responses, items, rules, population, seed)]
    if seen.times is not None and seen.time_thresholds is not None:
        columns.append(_effort(seen.times, seen.time_thresholds, rules))
    if seen.times is not None and seen.time_model is not None:
        columns.append(_times(seen.times, seen.time_model, rules))
    if seen.positions is not None and seen.position_probabilities is not None:
        columns.append(_runs(seen.positions, seen.position_probabilities, seen.order, rules))
        columns.append(_patterns(seen.positions, seen.position_probabilities, seen.order, rules, seed))
    names = responses.persons or (None,) * responses.n_persons
    return tuple(
        ResponseQuality(person=name, findings=tuple(column[row] for column in columns))
        for row, name in enumerate(names)
    )


def _answers(
    responses: Responses, items: Items, rules: QualityRules, population: Population | None, seed: int
) -> list[Finding]:
    found = resampled_person_fit(
        responses,
        items,
        seed=seed,
        method=rules.method,
        n_draws=rules.n_draws,
        false_alarm_rate=rules.unusual_answers,
        population=population,
    )
    return _findings(
        "lz_star",
        "unusual_answers",
        found.observed.lz_star,
        found.critical_value,
        found.p_value,
        found.observed.n_answers,
        rules,
        {"lz": found.observed.lz},
    )


def _effort(times: ArrayLike, thresholds: ArrayLike, rules: QualityRules) -> list[Finding]:
    found = response_time_effort(times, thresholds)
    enough = found.n_times >= rules.minimum_answers
    return [
        Finding(
            index="response_time_effort",
            flag="rapid_guessing",
            raised=bool(enough[row] and found.index[row] < rules.rapid_guessing),
            value=float(found.index[row]),
            critical_value=rules.rapid_guessing,
            p_value=float("nan"),
            false_alarm_rate=rules.rapid_guessing_rate,
            n=int(found.n_times[row]),
            status="ok" if enough[row] else "too_few",
            numbers=ReadOnly({"n_rapid": float(found.n_rapid[row])}),
        )
        for row in range(len(found.index))
    ]


def _times(times: ArrayLike, model: TimeModel, rules: QualityRules) -> list[Finding]:
    found = time_fit(times, model)
    # Which single times stand out is told with the flag: two-sided at 5 % over all times of the person.
    bound = -ndtri(_FAMILY / 2 / np.maximum(found.n_times, 1))
    with np.errstate(invalid="ignore"):
        fast = (found.predictive_z < -bound[:, None]).sum(axis=1)
        slow = (found.predictive_z > bound[:, None]).sum(axis=1)
    return _findings(
        "lognormal_times",
        "unusual_times",
        found.statistic,
        np.asarray(
            chdtri(np.where(found.degrees > 0, found.degrees, np.nan), rules.unusual_times), np.float64
        ),
        found.p_value,
        found.n_times,
        rules,
        {"tau": found.tau, "n_fast": fast, "n_slow": slow},
    )


def _runs(
    positions: ArrayLike, probabilities: ArrayLike, order: ArrayLike | None, rules: QualityRules
) -> list[Finding]:
    found = straight_lining(positions, probabilities, order=order, false_alarm_rate=rules.straight_lining)
    return _findings(
        "longest_run",
        "straight_lining",
        found.longest_run.astype(np.float64),
        found.critical_run,
        found.p_value,
        found.n_answers,
        rules,
        {"position": found.position},
    )


def _patterns(
    positions: ArrayLike, probabilities: ArrayLike, order: ArrayLike | None, rules: QualityRules, seed: int
) -> list[Finding]:
    found = patterned_answers(
        positions,
        probabilities,
        seed=seed,
        order=order,
        lags=rules.lags,
        n_draws=rules.n_draws,
        false_alarm_rate=rules.patterned_answers,
    )
    return _findings(
        "periodic_agreement",
        "patterned_answers",
        found.agreement,
        found.critical_value,
        found.p_value,
        found.n_answers,
        rules,
        {"lag": found.lag},
    )


def _findings(
    index: str,
    flag: str,
    value: Floats,
    critical: Floats,
    p: Floats,
    n: NDArray[np.integer],
    rules: QualityRules,
    numbers: Mapping[str, NDArray[np.generic]],
) -> list[Finding]:
    """A finding a person by a p-value."""
    rate = float(getattr(rules, flag))
    status = np.where(n < rules.minimum_answers, "too_few", np.where(np.isfinite(p), "ok", "no_value"))
    return [
        Finding(
            index=index,
            flag=flag,
            raised=bool(status[row] == "ok" and p[row] <= rate),
            value=float(value[row]),
            critical_value=float(critical[row]),
            p_value=float(p[row]),
            false_alarm_rate=rate,
            n=int(n[row]),
            status=str(status[row]),
            numbers=ReadOnly({name: float(of[row]) for name, of in numbers.items()}),
        )
        for row in range(len(value))
    ]


def _refuse_parts(seen: Behaviour, n_persons: int, n_items: int) -> None:
    """Every part that lacks its counterpart or is of another size."""
    problems: list[Problem] = []
    needs = {
        "time_thresholds": ("times",),
        "time_model": ("times",),
        "positions": ("position_probabilities",),
        "position_probabilities": ("positions",),
        "order": ("positions",),
    }
    for part, others in needs.items():
        problems += [
            Problem(where=f"behaviour.{part}", what=f"it means nothing without {other}", expected=other)
            for other in others
            if getattr(seen, part) is not None and getattr(seen, other) is None
        ]
    if seen.times is not None and seen.time_thresholds is None and seen.time_model is None:
        problems.append(
            Problem(
                where="behaviour.times",
                what="there is nothing to judge them by",
                expected="time_thresholds, a time_model, or both",
            )
        )
    for part in ("times", "positions"):
        table = getattr(seen, part)
        if table is not None and np.shape(table) != (n_persons, n_items):
            problems.append(
                Problem(
                    where=f"behaviour.{part}",
                    what="not of these persons and items",
                    got=str(np.shape(table)),
                    expected=f"({n_persons}, {n_items})",
                )
            )
    raise_if_any(problems)
