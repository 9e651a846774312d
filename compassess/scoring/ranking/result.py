"""What a selection of the k best says: of every person, and of every competition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["K_BEST_STATUSES", "CompetitionResult", "KBest", "rows_of", "status_codes"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

#: What a person's probability of being among the k best comes to.
K_BEST_STATUSES: Final = ("no_estimate", "in", "border", "out")
_NO_ESTIMATE, _IN, _BORDER, _OUT = range(4)
_TIE: Final = 1e-9  # far above the error of a probability, far below any that matters


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionResult:
    """One competition as a whole.

    Attributes
    ----------
    n, n_ranked, k : persons, those with an estimate, places.
    n_selected, n_tied_at_boundary : how many were selected; how many share the last place.
    n_border : how many are too close to call.
    expected_truly_best : Σ P over the selected: how many of them are to be expected among the k best.
    precision : the mean of P over the selected; NaN where nobody was selected.
    sum_of_probabilities : Σ P of everybody: min(k, n_ranked), but for the error of the integration.
    """

    competition: str
    n: int
    n_ranked: int
    k: int
    n_selected: int
    n_tied_at_boundary: int
    n_border: int
    expected_truly_best: float
    precision: float
    sum_of_probabilities: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KBest:
    """The answer of :func:`k_best`; a row a person, in the order that they were handed in.

    Attributes
    ----------
    ids, competitions : of the persons.
    estimate : what they were ranked by.
    rank : competition rank within the competition; NaN without an estimate.
    selected, tied_at_boundary : by the rules for ties, from the estimates.
    probability : P(truly among the k best of the competition); NaN without an estimate.
    probability_se : what a finite number of draws leaves open; 0 where probabilities are integrated.
    expected_rank, rank_sd : mean and SD of the true rank; NaN without an estimate.
    status : positions in :data:`K_BEST_STATUSES`.
    method : "integrated", or "draws".
    k : places by competition.
    """

    ids: tuple[str, ...]
    competitions: tuple[str, ...]
    estimate: Floats
    rank: Floats
    selected: Truths
    tied_at_boundary: Truths
    probability: Floats
    probability_se: Floats
    expected_rank: Floats
    rank_sd: Floats
    status: NDArray[np.int8]
    method: str
    k: Mapping[str, int]

    @property
    def statuses(self) -> tuple[str, ...]:
        """The status of every person as a word: "in", "border", "out" or "no_estimate"."""
        return tuple(K_BEST_STATUSES[code] for code in self.status.tolist())

    @property
    def too_close_to_call(self) -> Truths:
        """Selected without being "in", or left outside without being "out": the border zone on both sides."""
        return self.status == _BORDER

    @property
    def outside_and_possible(self) -> Truths:
        """Not selected, though P is above ``out_probability``."""
        return ~self.selected & ((self.status == _BORDER) | (self.status == _IN))

    @property
    def by_competition(self) -> tuple[CompetitionResult, ...]:
        """Every competition as a whole, in the order of their first persons."""
        return tuple(self._whole(name, rows) for name, rows in rows_of(self.competitions))

    def to_frame(self) -> pd.DataFrame:
        """A row a person: person, competition, estimate, rank, selected, …, status."""
        numbers = ("estimate", "rank", "selected", "tied_at_boundary", "probability", "probability_se")
        return frame(
            {
                "person": self.ids,
                "competition": self.competitions,
                **{name: getattr(self, name) for name in numbers},
                "expected_rank": self.expected_rank,
                "rank_sd": self.rank_sd,
                "status": self.statuses,
            }
        )

    def competitions_frame(self) -> pd.DataFrame:
        """A row a competition."""
        names = CompetitionResult.__slots__
        return frame({name: [getattr(one, name) for one in self.by_competition] for name in names})

    def _whole(self, name: str, rows: NDArray[np.intp]) -> CompetitionResult:
        chosen = self.selected[rows]
        expected = float(self.probability[rows][chosen].sum())
        return CompetitionResult(
            competition=name,
            n=rows.size,
            n_ranked=int((self.status[rows] != _NO_ESTIMATE).sum()),
            k=self.k[name],
            n_selected=int(chosen.sum()),
            n_tied_at_boundary=int(self.tied_at_boundary[rows].sum()),
            n_border=int(self.too_close_to_call[rows].sum()),
            expected_truly_best=expected,
            precision=expected / int(chosen.sum()) if chosen.any() else float("nan"),
            sum_of_probabilities=float(np.nansum(self.probability[rows])),
        )


def status_codes(p: Floats, at_most_out: float, at_least_in: float) -> NDArray[np.int8]:
    """Positions in :data:`K_BEST_STATUSES` by the two limits; NaN has no estimate."""
    status = np.full(p.size, _BORDER, dtype=np.int8)
    status[p <= at_most_out + _TIE] = _OUT
    status[p >= at_least_in - _TIE] = _IN
    status[np.isnan(p)] = _NO_ESTIMATE
    return status


def rows_of(competitions: Sequence[str]) -> list[tuple[str, NDArray[np.intp]]]:
    """The persons of every competition, in the order of their first persons."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(competitions):
        rows.setdefault(name, []).append(row)
    return [(name, np.array(members, dtype=np.intp)) for name, members in rows.items()]
