"""Cut scores as a value: where they lie, how sure they are, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CutScores", "problems_of_bands"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutScores:
    """The answer of every method of standard setting.

    Attributes
    ----------
    method : its name.
    bands : names of the bands, lowest first, one more than cuts; () where none were given.
    cuts : (n_cuts,), strictly increasing; on θ, or on the scale of the scores that a method was given.
        NaN where ``status`` says that there is none.
    standard_errors : (n_cuts,) of them; NaN where the method has no error (a target that was set) or none
        could be told.
    covariance : (n_cuts, n_cuts), or None where only the errors are known, or nothing.
    n : how many judges, tables or persons the errors rest on; None for targets.
    n_of : what ``n`` counts: "judges", "tables", "persons" or "".
    status : "ok", or why there is no cut, in one word of the method.
    details : what else the method found, by name; arrays and mappings in it are read-only.
    """

    method: str
    bands: tuple[str, ...]
    cuts: Floats
    standard_errors: Floats
    covariance: Floats | None
    n: int | None
    n_of: str
    status: str
    details: Mapping[str, object]

    @classmethod
    def create(
        cls,
        *,
        method: str,
        cuts: ArrayLike,
        covariance: ArrayLike | None = None,
        standard_errors: ArrayLike | None = None,
        bands: Sequence[str] = (),
        n: int | None = None,
        n_of: str = "",
        status: str = "ok",
        details: Mapping[str, object] | None = None,
    ) -> CutScores:
        """Check the cuts; standard errors are the roots of the covariance's diagonal where that is given.

        Raises
        ------
        InputError : cuts that do not increase strictly or are not finite, where ``status`` is "ok"; names of
            bands that do not fit.
        """
        found = np.atleast_1d(np.array(cuts, dtype=np.float64))
        spread = None if covariance is None else np.atleast_2d(np.array(covariance, dtype=np.float64))
        if spread is not None:
            errors = np.sqrt(np.diag(spread))
        else:
            errors = np.full(found.size, np.nan)
            errors[:] = np.nan if standard_errors is None else standard_errors
        names = tuple(bands)
        problems = _problems(method, found) if status == "ok" else []
        raise_if_any(problems + problems_of_bands(names, found.size, method))
        return cls(
            method=method,
            bands=names,
            cuts=read_only(found),
            standard_errors=read_only(errors),
            covariance=None if spread is None else read_only(spread),
            n=n,
            n_of=n_of,
            status=status,
            details=_detached(details or {}),
        )

    @property
    def n_cuts(self) -> int:
        """Number of cuts, one less than bands."""
        return self.cuts.size

    def to_frame(self) -> pd.DataFrame:
        """A row a cut: method, the bands below and above where they have names, cut, standard_error."""
        columns: dict[str, Sequence[object] | Floats] = {"method": [self.method] * self.n_cuts}
        if self.bands:
            columns |= {"below": self.bands[:-1], "above": self.bands[1:]}
        columns |= {"cut": self.cuts, "standard_error": self.standard_errors}
        return frame(columns)


def problems_of_bands(bands: Sequence[str], n_cuts: int, method: str) -> list[Problem]:
    """What keeps names of bands from going with cuts; none where there are no names."""
    places = f"{method}, bands"
    problems = []
    if bands and len(bands) != n_cuts + 1:
        got = f"{len(bands)} bands, {n_cuts} cuts"
        problems.append(Problem(where=places, what="wrong number", got=got, expected="one more than cuts"))
    if len(set(bands)) < len(bands):
        problems.append(Problem(where=places, what="a name stands twice", got=", ".join(bands)))
    return problems


def _problems(method: str, cuts: Floats) -> list[Problem]:
    """What keeps cuts from dividing the line."""
    problems = [
        Problem(where=f"{method}, cut {place}", what="not a finite number", got=str(cut))
        for place, cut in enumerate(cuts.tolist(), start=1)
        if not np.isfinite(cut)
    ]
    problems += [
        Problem(
            where=f"{method}, cuts {place} and {place + 1}",
            what="cuts do not increase",
            got=f"{before:.6g} and then {after:.6g}",
            expected="each cut above the one before",
            remedy="Bring the order of the cuts and the judgements on them back to the panel.",
        )
        for place, (before, after) in enumerate(pairwise(cuts.tolist()), start=1)
        if after <= before
    ]
    return problems


def _detached(details: Mapping[str, object]) -> Mapping[str, object]:
    """The same details, arrays and mappings read-only."""
    told: dict[str, object] = {}
    for name, value in details.items():
        if isinstance(value, np.ndarray):
            told[name] = read_only(np.array(value))
        else:
            told[name] = _detached(value) if isinstance(value, Mapping) else value
    return MappingProxyType(told)
