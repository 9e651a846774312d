"""A second engine on the same answers: girth, with everything that its callers would have to know.

This is the one file that imports girth, lazily. What it takes from callers: items × persons, integers from 0,
nothing missing; results that hold no word on convergence; slopes held within .25 to 4 and thresholds within
±6; NaN from 1,500 items on; a 3PL that fails on numpy 2.4 and later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.estimation.parameter_errors import ParameterErrors
from compassess.irt.items import Items
from compassess.responses import MISSING, Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENGINES", "Agreement", "opinion_problems", "second_opinion"]

Floats = NDArray[np.float64]

#: The engines that can be asked.
ENGINES: Final = ("girth",)

#: By our model girth's function. Its partial credit model has slopes: it is the generalised one.
_FUNCTIONS: Final[Mapping[str, str]] = {
    "Rasch": "rasch_conditional",
    "1PL": "onepl_mml",
    "2PL": "twopl_mml",
    "GRM": "grm_mml",
    "GPCM": "pcm_mml",
}
_WHY_NOT: Final[Mapping[str, str]] = {
    "3PL": "its 3PL fails on numpy 2.4 and later",
    "PCM": "its partial credit model estimates slopes; calibrate GPCM for a comparison",
}
_FEWEST_ITEMS: Final = 3
_MOST_ITEMS: Final = 1499
_SLOPES: Final = (0.25, 4.0)
_FURTHEST: Final = 6.0
_AT: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement:
    """Two calibrations of the same answers, an entry a parameter.

    Attributes
    ----------
    engine, function : who was asked, and for what.
    items, parameters : whose parameter, "a", or "b", "b1" ….
    ours, theirs : estimates; of Rasch items both difficulties less their mean, because conditional maximum
        likelihood knows no other zero.
    standard_errors : of ours, NaN where none were asked for.
    at_bound : theirs stands where girth's search ends, so that the two cannot agree.
    classical : by item "mean", "item_rest" (correlation of the item with the mean of the others) and
        "alpha_without" (Cronbach's α of the others), by girth too.
    """

    engine: str
    function: str
    items: tuple[str, ...]
    parameters: tuple[str, ...]
    ours: Floats
    theirs: Floats
    standard_errors: Floats
    at_bound: NDArray[np.bool_]
    classical: Mapping[str, Floats]

    @property
    def difference(self) -> Floats:
        """Theirs less ours."""
        return self.theirs - self.ours

    @property
    def largest(self) -> float:
        """The largest |difference| of a parameter that is not at a bound, in standard errors where known.

        Up to .2 is usual with two categories. With more girth's thresholds have a common shift of up to .3
        (GRM) and .7 (GPCM), where the likelihood is lower: it stops early. NaN where nothing can be compared.
        """
        size = np.abs(self.difference)
        if np.isfinite(self.standard_errors).any():
            size = size / self.standard_errors
        known = np.isfinite(size) & ~self.at_bound
        return float(size[known].max()) if known.any() else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """A row a parameter, the largest difference first."""
        order = np.argsort(-np.nan_to_num(np.abs(self.difference)), kind="stable")
        return frame(
            {
                "item": [self.items[k] for k in order],
                "parameter": [self.parameters[k] for k in order],
                "ours": self.ours[order],
                "theirs": self.theirs[order],
                "difference": self.difference[order],
                "standard_error": self.standard_errors[order],
                "at_bound": self.at_bound[order],
            }
        )


def second_opinion(
    responses: Responses, items: Items, *, errors: ParameterErrors | None = None, engine: str = "girth"
) -> Agreement:
    """What girth finds in the same answers, beside ``items``.

    Parameters
    ----------
    responses : those that ``items`` were calibrated on, complete.
    items : one dimension, all of one model: Rasch (asked by conditional maximum likelihood), 1PL, 2PL, GRM,
        GPCM (marginal). Items without parameters, or with categories that nobody chose, are left out.
    errors : of the calibration, so that differences have a unit.

    Limits: girth matches difficulties to marginal proportions, and so needs everybody to have answered
    everything: on adaptive or two-stage data its 1PL, 2PL and GRM are wrong, and it is not asked. It says
    nothing of convergence. Its marginal fits take N(0, 1) on nodes of its own, which moves slopes by some
    thousandths.

    Raises
    ------
    InputError : answers that are missing, several dimensions, models that it has not or several of them, too
        many items, an unknown engine, or one that cannot be imported.
    """
    known = _asked(responses, items, engine)
    own = items.select(known)
    model = own.models[0]
    codes = np.array(responses.codes(known), dtype=np.int64).T
    told = _told(model, codes)
    names, rows, ours, theirs, spread = [], [], [], [], []
    for place, item in enumerate(known):
        where = items.ids.index(item)
        n_steps = int(own.n_categories[place]) - 1
        entries = (
            [] if model == "Rasch" else [("a", own.a[place], told.a[place], _error(errors, "a", where, 0))]
        )
        entries += [
            (
                "b" if n_steps == 1 else f"b{k + 1}",
                own.b[place, k],
                told.b[place, k],
                _error(errors, "b", where, k),
            )
            for k in range(n_steps)
        ]
        for name, mine, other, error in entries:
            rows.append(item)
            names.append(name)
            ours.append(mine)
            theirs.append(other)
            spread.append(error)
    left, right = np.array(ours, dtype=np.float64), np.array(theirs, dtype=np.float64)
    slope = np.array([name == "a" for name in names])
    at_bound = np.where(
        slope,
        (right < _SLOPES[0] + _AT) | (right > _SLOPES[1] - _AT),
        np.abs(right) > _FURTHEST - _AT,
    )
    if model == "Rasch":
        left, right, at_bound = left - left.mean(), right - right.mean(), np.zeros(left.size, dtype=bool)
    return Agreement(
        engine=engine,
        function=_FUNCTIONS[model],
        items=tuple(rows),
        parameters=tuple(names),
        ours=left,
        theirs=right,
        standard_errors=np.array(spread, dtype=np.float64),
        at_bound=at_bound,
        classical=told.classical,
    )


def opinion_problems(
    responses: Responses, models: Mapping[str, str], competencies: Sequence[str], engine: str
) -> list[Problem]:
    """Why an engine cannot be asked, by the model of every item that it would be asked for."""
    problems = []
    if engine not in ENGINES:
        problems.append(
            Problem(where="check", what="unknown engine", got=repr(engine), expected=" or ".join(ENGINES))
        )
    elif find_spec(engine) is None:
        problems.append(
            Problem(
                where="check",
                what=f"{engine} cannot be imported here",
                expected=f"pip install {engine}, or a calibration without check",
            )
        )
    if len(set(competencies)) > 1:
        problems.append(
            Problem(
                where="check",
                what="girth has one dimension: calibrate a block at a time for a second opinion",
                got=", ".join(sorted(set(competencies))),
            )
        )
    if not _FEWEST_ITEMS <= len(models) <= _MOST_ITEMS:
        problems.append(
            Problem(
                where="check",
                what="too few items with all their categories, or so many that girth answers NaN",
                got=str(len(models)),
                expected=f"{_FEWEST_ITEMS} to {_MOST_ITEMS}",
            )
        )
    kinds = sorted(set(models.values()))
    strange = [kind for kind in kinds if kind not in _FUNCTIONS]
    if len(kinds) > 1 or strange:
        reasons = [f"{kind}: {_WHY_NOT.get(kind, 'it has no such model')}" for kind in strange]
        problems.append(
            Problem(
                where="check",
                what="girth cannot be asked for " + ("; ".join(reasons) or "several models at once"),
                got=", ".join(kinds),
                expected="one of " + ", ".join(_FUNCTIONS),
            )
        )
    missing = int((np.array(responses.codes(list(models))) == MISSING).sum()) if models else 0
    if missing:
        problems.append(
            Problem(
                where="check",
                what="girth matches difficulties to marginal proportions, which is wrong on adaptive or "
                "two-stage answers; it is asked for complete answers only",
                got=f"{missing} missing answers",
            )
        )
    return problems


def _asked(responses: Responses, items: Items, engine: str) -> list[str]:
    """The items that girth is asked for: those with all their categories."""
    whole = items.usable & (items.category_map().max(axis=1) + 1 == items.n_categories)
    models = {
        name: model
        for name, model, ok in zip(items.ids, items.models, whole, strict=True)
        if ok and name in responses.items
    }
    raise_if_any(opinion_problems(responses, models, items.competencies, engine))
    return list(models)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Told:
    a: Floats
    b: Floats
    classical: Mapping[str, Floats]


def _told(model: str, codes: NDArray[np.int64]) -> _Told:
    import girth

    function: Callable[[NDArray[np.int64]], Any] = getattr(girth, _FUNCTIONS[model])
    with np.errstate(all="ignore"):
        found = function(codes.copy())
        plain = girth.classical_test_statistics(codes, start_value=0, stop_value=int(codes.max()))
    difficulty = found["Difficulty"] if isinstance(found, Mapping) else found
    slope = found.get("Discrimination", 1.0) if isinstance(found, Mapping) else 1.0
    n_items = len(codes)
    if np.size(difficulty) == 0 or len(difficulty) != n_items:
        raise InputError(
            Problem(
                where="check",
                what="girth gave no difficulty for some items",
                got=f"{np.shape(difficulty)} for {n_items} items",
            )
        )
    return _Told(
        a=np.broadcast_to(np.asarray(slope, dtype=np.float64), (n_items,)),
        b=np.asarray(difficulty, dtype=np.float64).reshape(n_items, -1),
        classical={
            "mean": np.asarray(plain["Mean"]),
            "item_rest": np.asarray(plain["Item-Score Correlation"]),
            "alpha_without": np.asarray(plain["Cronbach Alpha"]),
        },
    )


def _error(errors: ParameterErrors | None, name: str, item: int, column: int) -> float:
    if errors is None:
        return float("nan")
    table = getattr(errors, name)
    return float(table[item] if table.ndim == 1 else table[item, column])
