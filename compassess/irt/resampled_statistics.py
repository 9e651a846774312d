"""The bootstrap: how much any statistic of answers would vary among other persons.

References
----------
Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 6, 12, 13; Besag & Clifford (1991),
Biometrika 78, for p-values that stop early; Tollenaar & Mooijaart (2003), British Journal of
Mathematical and Statistical Psychology 56, for goodness of fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.items import Items
from compassess.irt.simulating import simulate_abilities, simulate_responses
from compassess.responses import MISSING, Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bootstrap", "Statistic", "bootstrap"]

Floats = NDArray[np.float64]

#: Numbers by name of some answers; the second argument holds the rows that were drawn.
Statistic = Callable[[Responses, NDArray[np.intp]], Mapping[str, float]]

_LEAST: Final = 20  # replications before a stop by precision: a kurtosis of fewer is no guide
_FAILED: Final = 0.5  # share of failures beyond which the rest says nothing
_PATIENCE: Final = 10  # replications before the share is looked at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bootstrap:
    """The answer of :func:`bootstrap`.

    Attributes
    ----------
    names : of the statistics.
    observed : of the answers themselves, (n_statistics,).
    replicates : (n_replications, n_statistics), those that failed left out.
    n_failed, failure : how many replications raised, or gave no number, and what the first one said.
    status : why it ended, a sentence.
    """

    names: tuple[str, ...]
    observed: Floats
    replicates: Floats
    n_failed: int
    failure: str
    status: str

    @property
    def standard_errors(self) -> Floats:
        """Standard deviations of the replicates, (n_statistics,)."""
        return np.asarray(self.replicates.std(axis=0, ddof=1))

    @property
    def bias(self) -> Floats:
        """Means of the replicates less what was observed; of a parametric bootstrap less its truth."""
        return np.asarray(self.replicates.mean(axis=0) - self.observed)

    @property
    def monte_carlo_error(self) -> Floats:
        """Standard error of each standard error for want of replications, se √((κ − 1) / 4B)."""
        return _error_of_spread(self.replicates)

    @property
    def p_values(self) -> Floats:
        """(1 + replicates at or above the observed) / (1 + B), of what is large where models fail.

        They are tests only where the replicates were drawn under the model, that is of a parametric
        bootstrap.
        """
        above = (self.replicates >= self.observed).sum(axis=0)
        return np.asarray((1 + above) / (1 + len(self.replicates)))

    def interval(self, level: float = 0.95, method: str = "percentile") -> tuple[Floats, Floats]:
        """Lower and upper ends, (n_statistics,) each.

        ``method`` "percentile": quantiles of the replicates; "basic": twice the observed less those,
        the other way round; "normal": observed ± z times the standard error.
        """
        if method not in ("percentile", "basic", "normal") or not 0 < level < 1:
            raise InputError(
                Problem(
                    where="interval",
                    what="unknown method, or a level out of range",
                    got=f"{method!r}, {level}",
                    expected="'percentile', 'basic' or 'normal', and a level between 0 and 1",
                )
            )
        tail = (1 - level) / 2
        if method == "normal":
            half = -ndtri(tail) * self.standard_errors
            return self.observed - half, self.observed + half
        low, high = np.quantile(self.replicates, [tail, 1 - tail], axis=0)
        if method == "basic":
            return 2 * self.observed - high, 2 * self.observed - low
        return np.asarray(low), np.asarray(high)

    def to_frame(self) -> pd.DataFrame:
        """A row a statistic: name, observed, standard_error, bias, lower, upper (95 % percentiles)."""
        low, high = self.interval()
        return frame(
            {
                "name": self.names,
                "observed": self.observed,
                "standard_error": self.standard_errors,
                "bias": self.bias,
                "lower": low,
                "upper": high,
            }
        )


def bootstrap(
    responses: Responses,
    statistic: Statistic,
    *,
    seed: int,
    items: Items | None = None,
    strata: Sequence[object] | None = None,
    n_replications: int = 500,
    precision: float | None = None,
    exceedances: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bootstrap:
    """Compute a statistic of many samples like the one at hand.

    Parameters
    ----------
    statistic : called with (answers, rows) of each sample, and of the answers themselves with all rows
        in order; gives the same names each time. ``rows`` pick what else is known of the persons, such
        as groups. It may be anything: parameters of a calibration, M2, an eigenvalue, ω_h.
    seed : replication r hangs on the seed and r alone, not on how many there are.
    items : None draws persons with replacement. With items answers are simulated under them and their
        population (the parametric bootstrap), missing where they were missing; ``rows`` are then all
        rows in order.
    strata : a label for every person; persons are drawn within each, so that groups keep their size.
    n_replications : at most so many.
    precision : stop when every standard error is known to this share of itself, as far as the replicates tell
        (:attr:`Bootstrap.monte_carlo_error`), after at least 20.
    exceedances : stop when so many replicates of every statistic are at or above the observed one: a
        p-value that is surely not small needs no thousand replications.
    progress : called with (replications done, at most).

    A replication that raises an error of the input, or gives a number that is not finite, is counted
    and left out.

    Raises
    ------
    InputError : options out of range; items with none of the columns; strata of another number; names
        that change; where more than half of the replications fail.
    """
    problems = _option_problems(n_replications, precision, exceedances)
    n = responses.n_persons
    if strata is not None and (len(strata) != n or items is not None):
        problems.append(
            Problem(
                where="strata",
                what="a label for every person, when persons are drawn",
                got=f"{len(strata)} labels" + (" and items" if items is not None else ""),
                expected=f"{n} labels, and no items",
            )
        )
    if items is not None and not set(items.ids) & set(responses.items):
        problems.append(Problem(where="items", what="none of them is a column of the responses"))
    raise_if_any(problems)
    first = _numbers(statistic(responses, np.arange(n)))
    names, observed = tuple(first), np.array(list(first.values()))
    draws = _persons(responses, strata, seed) if items is None else _simulated(responses, items, seed)
    rows: list[Floats] = []
    n_failed, failure, ended = 0, "", f"ended after all {n_replications} replications."
    for number in range(1, n_replications + 1):
        sample, who = next(draws)
        try:
            values = _numbers(statistic(sample, who))
        except InputError as refused:
            n_failed, failure = n_failed + 1, failure or str(refused)
        else:
            if tuple(values) != names:
                _refuse(f"its names change: {', '.join(values)}", f"{', '.join(names)}")
            row = np.array(list(values.values()))
            if np.all(np.isfinite(row)):
                rows.append(row)
            else:
                n_failed, failure = n_failed + 1, failure or "a number was not finite"
        if progress is not None:
            progress(number, n_replications)
        if number >= _PATIENCE and n_failed > _FAILED * number:
            _refuse(
                f"it fails in {n_failed} of {number} replications", f"a number each time; first: {failure}"
            )
        reason = _reason(np.array(rows), observed, precision, exceedances) if rows else ""
        if reason:
            ended = f"ended after {number} replications: {reason}."
            break
    if not rows:
        _refuse("it failed in every replication", f"a number each time; first: {failure}")
    return Bootstrap(
        names=names,
        observed=observed,
        replicates=np.array(rows),
        n_failed=n_failed,
        failure=failure,
        status=ended,
    )


def _option_problems(n: int, precision: float | None, exceedances: int | None) -> list[Problem]:
    return [
        Problem(where=where, what="out of range", got=repr(got), expected=expected)
        for where, got, expected, good in (
            ("n_replications", n, "at least 2", n >= 2),
            ("precision", precision, "between 0 and 1", precision is None or 0 < precision < 1),
            ("exceedances", exceedances, "at least 1", exceedances is None or exceedances >= 1),
        )
        if not good
    ]


def _refuse(what: str, expected: str) -> None:
    raise InputError(Problem(where="statistic", what=what, expected=expected))


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _persons(
    responses: Responses, strata: Sequence[object] | None, seed: int
) -> Iterator[tuple[Responses, NDArray[np.intp]]]:
    """Samples of persons with replacement, within strata; without their labels, which would stand twice."""
    labels = np.zeros(responses.n_persons, dtype=np.intp)
    if strata is not None:
        listed = [str(label) for label in strata]
        known = {label: number for number, label in enumerate(dict.fromkeys(listed))}
        labels = np.array([known[label] for label in listed], dtype=np.intp)
    members = [np.flatnonzero(labels == label) for label in range(int(labels.max(initial=0)) + 1)]
    nameless = Responses(items=responses.items, persons=None, cells=responses.cells)
    for rng in _streams(seed):
        rows = np.empty(responses.n_persons, dtype=np.intp)
        for mine in members:
            rows[mine] = mine[rng.integers(0, mine.size, mine.size)]
        yield nameless.select_persons(rows), rows


def _simulated(responses: Responses, items: Items, seed: int) -> Iterator[tuple[Responses, NDArray[np.intp]]]:
    """Answers of other persons under known items, missing where they were missing."""
    known = [
        name
        for name, usable in zip(items.ids, items.usable, strict=True)
        if usable and name in responses.items
    ]
    own = items.select(known)
    there = responses.codes(known) != MISSING
    rows = np.arange(responses.n_persons)
    for rng in _streams(seed):
        people, answers = rng.integers(0, 2**32, 2).tolist()
        abilities = simulate_abilities(own.population, responses.n_persons, seed=people)
        yield simulate_responses(own, abilities, seed=answers, presented=there), rows


def _streams(seed: int) -> Iterator[np.random.Generator]:
    """A stream a replication."""
    root = np.random.SeedSequence(seed)
    while True:
        yield np.random.default_rng(root.spawn(1)[0])


def _error_of_spread(replicates: Floats) -> Floats:
    deviation = replicates - replicates.mean(axis=0)
    variance = (deviation**2).mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        kurtosis = (deviation**4).mean(axis=0) / variance**2
    error = np.sqrt(variance * np.maximum(np.nan_to_num(kurtosis, nan=1.0) - 1, 0.0) / (4 * len(replicates)))
    return np.asarray(error)


def _reason(replicates: Floats, observed: Floats, precision: float | None, exceedances: int | None) -> str:
    """Why no more replications are needed, "" where they are."""
    if exceedances is not None and ((replicates >= observed).sum(axis=0) >= exceedances).all():
        return f"{exceedances} replicates of every statistic are at or above the observed one"
    if precision is not None and len(replicates) >= _LEAST:
        spread = replicates.std(axis=0, ddof=1)
        if (_error_of_spread(replicates) <= precision * spread).all():
            return f"every standard error is known to {precision:.0%} of itself"
    return ""
