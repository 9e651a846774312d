"""Options that callers choose by name, and the one way in which an unknown name is refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from compassess.errors import Problem, raise_if_any

__all__ = ["PRECISION", "refuse_unknown"]

#: What posteriors are summed in.
PRECISION: Final[Mapping[str, type[np.floating[Any]]]] = MappingProxyType(
    {"double": np.float64, "single": np.float32}
)


def refuse_unknown(**options: tuple[str, Mapping[str, object]]) -> None:
    """InputError with every option whose name is not among those known."""
    raise_if_any(
        [
            Problem(
                where=where, what=f"unknown {where}", got=repr(name), expected=" or ".join(map(repr, known))
            )
            for where, (name, known) in options.items()
            if name not in known
        ]
    )
