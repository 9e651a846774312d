"""What a log tells of how somebody answered, for the signs of response quality.

Rule: items stand in the order in which they were presented, so that the order of the columns is that of the
sitting; answers that do not count (pilot items, items withdrawn) are not judged. The position of a choice is
its place among the options as the bank lists them, which is how they are shown; of an item without options it
is the category.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pending import scored_category
from compassess.adaptive.standing import Standing
from compassess.bank import BankItem, ItemBank
from compassess.errors import InputError, Problem
from compassess.irt import Items
from compassess.responses import Responses
from compassess.scoring.quality import (
    Behaviour,
    QualityRules,
    ResponseQuality,
    TimeModel,
    position_probabilities,
    response_quality,
)

__all__ = ["answering_quality"]

Floats = NDArray[np.float64]

#: What a clock of milliseconds shows as 0 took less than one.
_TICK: Final = 1e-3


def answering_quality(
    sitting: Iterable[Standing],
    bank: ItemBank,
    items: Items,
    theta: Floats,
    *,
    seed: int,
    person: str | None = None,
    rules: QualityRules | None = None,
    time_thresholds: float | Mapping[str, float] | None = None,
    time_model: TimeModel | None = None,
) -> ResponseQuality:
    """The findings on one log; see :func:`compassess.scoring.quality.response_quality`.

    ``theta`` (n_competencies,) is what positions are expected from; thresholds and time model are by item,
    and items that they do not know do not count. Times are judged only where a time was logged.

    Raises
    ------
    InputError : nothing was answered; thresholds that are not positive.
    """
    given = [(one, one.response) for one in sitting if one.is_scored and one.response is not None]
    if not given:
        raise InputError(Problem(where="log", what="nothing was answered, so there is nothing to judge"))
    chosen = [bank.item(one.item) for one, _ in given]
    codes = [scored_category(item, response) for item, (_, response) in zip(chosen, given, strict=True)]
    answered = items.select([item.id for item in chosen])
    times = np.array([[_seconds(one.seconds) for one, _ in given]])
    timed = bool(np.isfinite(times).any()) and not (time_thresholds is None and time_model is None)
    shown = _shown(chosen)
    behaviour = Behaviour(
        times=times if timed else None,
        time_thresholds=_thresholds(time_thresholds, answered.ids) if timed else None,
        time_model=None if time_model is None or not timed else _times_of(time_model, answered.ids),
        positions=[[_position(item, response) for item, (_, response) in zip(chosen, given, strict=True)]],
        position_probabilities=position_probabilities(answered, theta[None], shown),
    )
    responses = Responses.from_array(
        np.array([codes]), items=answered.ids, persons=None if person is None else [person]
    )
    return response_quality(responses, answered, behaviour, seed=seed, rules=rules)[0]


def _seconds(elapsed: float | None) -> float:
    return float("nan") if elapsed is None else max(elapsed, _TICK)


def _shown(chosen: Sequence[BankItem]) -> NDArray[np.intp]:
    """The category that each position scores, (n_items, most positions), −1 beyond an item's last one."""
    scores = [
        [option.score for option in item.options] if item.options else list(range(item.n_categories))
        for item in chosen
    ]
    most = max(map(len, scores))
    return np.array([[*own, *[-1] * (most - len(own))] for own in scores], dtype=np.intp)


def _position(item: BankItem, response: str | int) -> int:
    """Where the answer stood; an integer is a category, which at most one option scores."""
    if not item.options:
        return int(response)
    if isinstance(response, str):
        return [option.id for option in item.options].index(response)
    return [option.score for option in item.options].index(response)


def _thresholds(
    thresholds: float | Mapping[str, float] | None, names: Sequence[str]
) -> float | Floats | None:
    if not isinstance(thresholds, Mapping):
        return thresholds
    return np.array([thresholds.get(name, np.nan) for name in names])


def _times_of(model: TimeModel, names: Sequence[str]) -> TimeModel:
    """The model's parameters of these items, NaN where it does not know one."""
    place = {name: index for index, name in enumerate(model.items)}
    index = np.array([place.get(name, -1) for name in names])
    known = np.where(index >= 0, index, 0)
    alpha, beta = (np.where(index >= 0, values[known], np.nan) for values in (model.alpha, model.beta))
    return TimeModel.create(names, alpha, beta, speed_sd=model.speed_sd)
