"""Whether answers have anything to do with the items that are to score them."""

from __future__ import annotations

from collections.abc import Sequence

from compassess.errors import InputError, Problem
from compassess.responses import Responses

__all__ = ["refuse_unusable"]


def refuse_unusable(responses: Responses, item_ids: Sequence[str]) -> None:
    """Nobody, or columns that are all strangers: everybody would get the prior's band."""
    if responses.n_persons == 0:
        raise InputError(
            Problem(where="responses", what="nobody to conclude on", expected="at least 1 person")
        )
    if not set(responses.items) & set(item_ids):
        raise InputError(
            Problem(
                where="responses",
                what="no column is an operational item of this bank",
                got=", ".join(responses.items[:5]),
                expected=f"item ids like {', '.join(item_ids[:5])}",
            )
        )
