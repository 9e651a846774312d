"""Essays and practical tasks that raters mark: from a table of marks to columns that can be calibrated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compassess.errors import Problem, raise_if_any
from compassess.responses import Responses

__all__ = ["Ratings", "ratings"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratings:
    """Marks as responses: a column for each pair of a task and a rater.

    Attributes
    ----------
    responses : persons × pairs, sparse; columns are called "task@rater".
    facets : ``{column: (task, rater)}``, as :func:`compassess.irt.calibrate` takes it.
    """

    responses: Responses
    facets: Mapping[str, tuple[str, str]]


def ratings(
    person: Iterable[object],
    task: Iterable[object],
    rater: Iterable[object],
    rating: Iterable[object],
    *,
    lowest: int = 0,
) -> Ratings:
    """Marks from four equally long columns, a row a mark.

    Parameters
    ----------
    person, task, rater : labels.
    rating : codes; where missing, the row is no mark.
    lowest : the code that becomes 0.

    Raises
    ------
    InputError : columns of unequal lengths; two pairs whose names would be one; everything that
        :meth:`compassess.Responses.from_long` refuses, such as a rater who marks a person's task twice.
    """
    people, marks = list(person), list(rating)
    pairs = [(str(one), str(other)) for one, other in zip(task, rater, strict=False)]
    lengths = (len(people), len(pairs), len(marks))
    problems = []
    if len(set(lengths)) > 1:
        problems.append(
            Problem(
                where="person, task and rater, rating",
                what="unequal lengths",
                got=", ".join(map(str, lengths)),
                expected="a person, a task, a rater and a rating in each row",
            )
        )
    facets = {f"{one}@{other}": (one, other) for one, other in pairs}
    if len(facets) < len(set(pairs)):
        problems.append(
            Problem(
                where="task, rater",
                what="two pairs would have one name",
                expected="labels that do not hold '@' at their ends",
            )
        )
    raise_if_any(problems)
    columns = [f"{one}@{other}" for one, other in pairs]
    found = Responses.from_long(people, columns, marks, lowest=lowest)
    return Ratings(responses=found, facets=facets)
