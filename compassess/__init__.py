"""compassess: from raw answers to a defensible conclusion.

Researchers call :func:`calibrate` and :func:`score`; testing halls use :class:`Assessment` and
:class:`Session`; studies use :func:`simulate` and :func:`conclude`. This file is the only one that
knows all rooms: it unwraps what callers hand over and calls the room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compassess import irt, scoring
from compassess.adaptive import Assessment, Session
from compassess.bank import Bands, Blueprint, ItemBank
from compassess.errors import (
    CompassessError,
    InputError,
    MissingExtra,
    OutOfTurn,
    Problem,
    ReplayMismatch,
)
from compassess.irt import Calibration, Items, Population, Scores
from compassess.responses import Responses, as_responses, raw_cells
from compassess.scoring import Conclusion, Conclusions, Context, JointPosterior, apart, unanswered_codes
from compassess.scoring import conclude as _conclude
from compassess.simulation import DesignComparison, Mixture, People, SimulationStudy, compare_designs
from compassess.simulation import simulate as _simulate
from compassess.version import engine_version

__version__ = engine_version()

__all__ = [
    "Assessment",
    "Bands",
    "Blueprint",
    "Calibration",
    "CompassessError",
    "Conclusion",
    "Conclusions",
    "DesignComparison",
    "InputError",
    "ItemBank",
    "Items",
    "JointPosterior",
    "MissingExtra",
    "Mixture",
    "OutOfTurn",
    "People",
    "Population",
    "Problem",
    "ReplayMismatch",
    "Responses",
    "Scores",
    "Session",
    "SimulationStudy",
    "__version__",
    "calibrate",
    "compare_designs",
    "conclude",
    "irt",
    "joint_posterior",
    "score",
    "scoring",
    "simulate",
]


def calibrate(
    responses: object,
    model: str | Mapping[str, str] = "2PL",
    *,
    blocks: Mapping[str, str] | None = None,
    competencies: Mapping[str, str] | None = None,
    loadings: float | Mapping[str, float] | None = None,
    groups: Sequence[object] | NDArray[np.generic] | None = None,
    reference_group: object | None = None,
    freed: Sequence[str] | Mapping[str, Sequence[str]] = (),
    fixed: Items | ItemBank | Calibration | Assessment | None = None,
    start: Items | ItemBank | Calibration | Assessment | None = None,
    equal: Sequence[tuple[str, Sequence[str]]] = (),
    facets: Mapping[str, tuple[str, str]] | None = None,
    weights: Sequence[float] | NDArray[np.generic] | None = None,
    n_categories: int | Mapping[str, int] | None = None,
    reverse: Sequence[str] = (),
    priors: Mapping[str, irt.Prior | None] | None = None,
    standard_errors: str | None = "crossprod",
    check: str | None = None,
    nodes: int | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 2000,
    progress: Callable[[int, float, float], None] | None = None,
) -> Calibration:
    """Calibrate items from an array, a pandas, polars or Arrow frame, or a :class:`Responses`.

    ``fixed`` and ``start`` are items in any form: a bank, a calibration, an assessment, or items. See
    :func:`compassess.irt.calibrate` for the model, the parameters and the errors.
    """
    return irt.calibrate(
        as_responses(responses),
        model,
        blocks=blocks,
        competencies=competencies,
        loadings=loadings,
        groups=groups,
        reference_group=reference_group,
        freed=freed,
        fixed=None if fixed is None else _items_of(fixed),
        start=None if start is None else _items_of(start),
        equal=equal,
        facets=facets,
        weights=weights,
        n_categories=n_categories,
        reverse=reverse,
        priors=priors,
        standard_errors=standard_errors,
        check=check,
        nodes=nodes,
        tolerance=tolerance,
        max_iterations=max_iterations,
        progress=progress,
    )


def score(
    responses: object,
    items: Items | ItemBank | Calibration | Assessment,
    method: str = "EAP",
    *,
    information: str = "observed",
    population: Population | None = None,
    nodes: int | None = None,
    limit: float | None = None,
    precision: str = "double",
) -> Scores:
    """Abilities of persons under known items: a bank, a calibration, an assessment, or items.

    ``method`` is "EAP", "MAP", "ML", "WLE", "Jeffreys" or "EAPsum"; ``information``, "observed" or
    "expected", is what the standard errors of all but EAP and EAPsum are made of; ``precision="single"`` is
    for throughput. An array without names is matched with the items by position. See
    :func:`compassess.irt.score`.
    """
    known = _items_of(items)
    return irt.score(
        _answers(responses, known),
        known,
        method,
        information=information,
        population=population,
        nodes=nodes,
        limit=limit,
        precision=precision,
    )


def simulate(
    assessment: Assessment,
    n_examinees: int | None = None,
    *,
    seed: int = 1,
    responses: object | None = None,
    people: People | Mixture | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SimulationStudy:
    """Whole adaptive sittings of simulated people, or of real answers with ``responses=``, or of ``people=``.

    See :func:`compassess.simulation.simulate`.
    """
    answers = None if responses is None else _answers(responses, assessment.plan.measurement.items)
    return _simulate(assessment, n_examinees, seed=seed, responses=answers, people=people, progress=progress)


def conclude(
    responses: object,
    assessment: Assessment,
    *,
    at: datetime | str | None = None,
    unanswered: object | None = None,
    quality: Sequence[scoring.quality.ResponseQuality] | None = None,
    precision: str = "double",
) -> Conclusions:
    """Bands and risk zones for a whole population at once, from every answer to operational items.

    The result is a sequence of :class:`Conclusion`; ``to_frame()`` gives a row a person. ``at`` is the
    time of the conclusions, with its zone.

    ``unanswered`` tells why items have no answer: a table of the persons in the same order, its columns
    those of the responses, or some of them by name, with "omitted", "timed_out", "not_reached",
    "technically_lost" or "not_presented", and None, NaN or "" elsewhere; or ``"in_cells"`` where these words
    stand among the answers. A cell without answer and word was not presented. What each scores is the
    policy of the blueprint.

    ``quality``, what :func:`compassess.scoring.quality.response_quality` found of the same persons, adds its
    flags to their conclusions. ``precision="single"`` is for throughput: probabilities within 1e-5 of those
    in double precision.

    Raises
    ------
    InputError : every fault: unknown words, words in cells that were answered, columns or rows that are not
        those of the responses; and what :func:`compassess.scoring.conclude` refuses.
    """
    answers, codes = _answers_and_codes(responses, unanswered, assessment)
    context = Context(provenance=assessment.provenance, at=at, policy=assessment.blueprint.unanswered)
    return _conclude(
        answers,
        assessment.interpretation,
        context,
        unanswered=codes,
        quality=quality,
        precision=precision,
    )


def joint_posterior(
    responses: object, assessment: Assessment, *, unanswered: object | None = None
) -> JointPosterior:
    """The joint posterior of blocks, competencies and the composite, from every answer to operational items.

    The posterior that conclusions come from, to be asked for what they do not tell: means and covariances of
    all dimensions, the probability of any interval, of several at once. ``unanswered`` as in
    :func:`conclude`.

    Raises
    ------
    InputError : nobody; no column is an operational item; codes outside an item's categories; faults of
        ``unanswered``, as in :func:`conclude`.
    """
    answers, codes = _answers_and_codes(responses, unanswered, assessment)
    policy = assessment.blueprint.unanswered
    return JointPosterior.of(answers, assessment.interpretation, unanswered=codes, policy=policy)


def _items_of(source: Items | ItemBank | Calibration | Assessment) -> Items:
    """The items behind what the caller handed over."""
    if isinstance(source, Calibration):
        return source.items
    if isinstance(source, ItemBank):
        return source.irt_items()
    if isinstance(source, Assessment):
        return source.plan.measurement.items
    if isinstance(source, Items):
        return source
    raise InputError(
        Problem(
            where="items",
            what="not items",
            got=type(source).__name__,
            expected="a Calibration, ItemBank, Assessment or Items",
        )
    )


def _answers(responses: Any, items: Items) -> Responses:
    """Responses with names; a bare array of the right width takes the items' names by position."""
    if isinstance(responses, list | tuple):
        responses = np.array(responses, dtype=object)
    if hasattr(responses, "ndim") and not hasattr(responses, "columns") and responses.ndim == 2:
        return Responses.from_array(responses, items=_names_for(responses.shape[1], items))
    return as_responses(responses)


def _answers_and_codes(
    responses: object, unanswered: object | None, assessment: Assessment
) -> tuple[Responses, NDArray[np.int8] | None]:
    """The answers, and the codes of what was not answered, from two tables or out of the cells of one."""
    items = assessment.plan.measurement.items
    if isinstance(unanswered, str) and unanswered == "in_cells":
        names, cells = raw_cells(responses)
        told, words = apart(cells)
        answers = Responses.from_array(told, items=names or _names_for(cells.shape[1], items))
        return answers, unanswered_codes(words, answers, names)
    answers = _answers(responses, items)
    if unanswered is None:
        return answers, None
    names, words = raw_cells(unanswered)
    return answers, unanswered_codes(words, answers, names)


def _names_for(n_columns: int, items: Items) -> tuple[str, ...]:
    """The names of an array's columns by position; InputError where there are more or fewer than items."""
    if n_columns != items.n_items:
        raise InputError(
            Problem(
                where="responses",
                what="an array without names must have a column for every item",
                got=f"{n_columns} columns",
                expected=str(items.n_items),
                remedy="Hand over a frame with item ids as column names.",
            )
        )
    return items.ids
