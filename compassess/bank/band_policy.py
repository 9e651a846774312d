"""How a band is chosen from its probabilities: the names of the policies, and what errors cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal

from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["Losses", "Policy", "loss_problems", "squared_distances"]

Policy = Literal["highest_probability", "point_estimate", "least_expected_loss"]
Losses = tuple[tuple[float, ...], ...]

_WITH_LOSSES: Final = "least_expected_loss"


def squared_distances(n_bands: int) -> Losses:
    """(true − given)²: an error by two bands costs as much as four errors by one; row = true band."""
    return tuple(tuple(float((true - given) ** 2) for given in range(n_bands)) for true in range(n_bands))


def loss_problems(
    losses: Sequence[Sequence[float]] | None, n_bands: int | None, policy: str | None
) -> Iterator[Problem]:
    """What is wrong with a table of losses; ``None`` stands for a part that is missing or unreadable."""
    if losses is None:
        return
    if policy is not None and policy != _WITH_LOSSES:
        yield Problem(
            where="losses",
            what=f"the policy {policy} asks for no losses",
            expected=f"no losses, or the policy {_WITH_LOSSES}",
        )
    size = len(losses) if n_bands is None else n_bands
    if len(losses) != size:
        yield Problem(where="losses", what="a row for every band", got=str(len(losses)), expected=str(size))
    for true, row in enumerate(losses):
        if len(row) != size:
            yield Problem(
                where=place("losses", true),
                what="a loss for every band",
                got=str(len(row)),
                expected=str(size),
            )
        elif true < size:
            yield from _row_problems(row, true)


def _row_problems(row: Sequence[float], true: int) -> Iterator[Problem]:
    """Losses are finite, nothing for the true band, and never less for a band further from it."""
    for given, loss in enumerate(row):
        if not (loss >= 0 and math.isfinite(loss)):
            yield Problem(
                where=place("losses", true, given), what="not a loss", got=shown(loss), expected="0 or more"
            )
    if row[true] != 0:
        yield Problem(
            where=place("losses", true, true),
            what="the true band costs nothing",
            got=shown(row[true]),
            expected="0",
        )
    for nearer, further in [*pairwise(range(true, len(row))), *pairwise(range(true, -1, -1))]:
        if 0 <= row[further] < row[nearer]:  # a negative one is told above
            yield Problem(
                where=place("losses", true, further),
                what="less than for a band that is nearer to the true one",
                got=shown(row[further]),
                expected=f"{shown(row[nearer])} or more",
            )
