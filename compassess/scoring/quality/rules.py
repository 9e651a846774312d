"""How rare something must be before it is remarked on."""

from __future__ import annotations

from dataclasses import dataclass

from compassess.errors import Problem, raise_if_any
from compassess.irt.person_fit import FIT_METHODS
from compassess.irt.resampling import FEW_REPLICATES
from compassess.scoring.quality.patterns import DEFAULT_LAGS

__all__ = ["FLAGS", "QualityRules"]

#: The flags of response quality, in the order in which they are told.
FLAGS = ("unusual_answers", "rapid_guessing", "unusual_times", "straight_lining", "patterned_answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRules:
    """Nominal false-alarm rates of the flags, and what else an evaluation is told.

    Attributes
    ----------
    unusual_answers, unusual_times, straight_lining, patterned_answers : the false-alarm rate of each flag:
        the share of persons who answer as the model says and are flagged all the same. In (0, 1).
    rapid_guessing : response-time effort below this is flagged, in (0, 1]. No rate follows from it; find it
        by ``flag_rates`` for the items and times at hand, and state it as ``rapid_guessing_rate``.
    rapid_guessing_rate : that rate, told with the flag; None where nobody found it.
    minimum_answers : with fewer answers, or times, nothing is flagged.
    method : the estimator that lz* is computed at.
    n_draws : replicates of each person for lz* and for patterns.
    lags : steps after which a pattern may come again.

    Raises
    ------
    InputError : with every value outside its domain; too few draws for the smallest rate.
    """

    unusual_answers: float = 0.01
    rapid_guessing: float = 0.90
    rapid_guessing_rate: float | None = None
    unusual_times: float = 0.01
    straight_lining: float = 0.01
    patterned_answers: float = 0.01
    minimum_answers: int = 10
    method: str = "WLE"
    n_draws: int = 500
    lags: tuple[int, ...] = DEFAULT_LAGS

    def __post_init__(self) -> None:
        raise_if_any([*self._rate_problems(), *self._other_problems()])

    def _rate_problems(self) -> list[Problem]:
        rates = {name: getattr(self, name) for name in FLAGS if name != "rapid_guessing"}
        if self.rapid_guessing_rate is not None:
            rates["rapid_guessing_rate"] = self.rapid_guessing_rate
        return [
            Problem(where=name, what="not a rate", got=str(rate), expected="0 < rate < 1")
            for name, rate in rates.items()
            if not (0 < rate < 1 or (name == "rapid_guessing_rate" and rate == 0))
        ]

    def _other_problems(self) -> list[Problem]:
        smallest = min(self.unusual_answers, self.patterned_answers)
        needed = max(FEW_REPLICATES, 1 / smallest - 1 - 1e-9) if smallest > 0 else FEW_REPLICATES
        checks = (
            ("rapid_guessing", 0 < self.rapid_guessing <= 1, self.rapid_guessing, "above 0, at most 1"),
            ("minimum_answers", self.minimum_answers >= 2, self.minimum_answers, "at least 2"),
            ("method", self.method in FIT_METHODS, self.method, " or ".join(FIT_METHODS)),
            (
                "n_draws",
                self.n_draws >= needed,
                self.n_draws,
                f"at least {needed:.0f} for a rate of {smallest}",
            ),
            ("lags", bool(self.lags) and min(self.lags, default=0) >= 2, self.lags, "steps of 2 or more"),
        )
        return [
            Problem(where=where, what="outside its domain", got=str(got), expected=expected)
            for where, fine, got, expected in checks
            if not fine
        ]
