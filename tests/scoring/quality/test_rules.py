"""compassess.scoring.quality.rules: nominal false-alarm rates."""

from __future__ import annotations

import pytest

from compassess.errors import InputError
from compassess.scoring.quality import FLAGS, QualityRules


def test_each_flag_has_its_rule() -> None:
    """Every flag is a field, and defaults are within their domains."""
    rules = QualityRules()
    assert all(0 < getattr(rules, flag) < 1 for flag in FLAGS)


def test_every_fault_is_named() -> None:
    """Rates, limits, the estimator, the draws and the lags."""
    with pytest.raises(InputError) as caught:
        QualityRules(
            unusual_answers=0.0,
            rapid_guessing=1.5,
            rapid_guessing_rate=-0.1,
            unusual_times=1.0,
            minimum_answers=1,
            method="EAP",
            n_draws=5,
            lags=(1,),
        )
    assert {problem.where for problem in caught.value.problems} == {
        "unusual_answers",
        "rapid_guessing",
        "rapid_guessing_rate",
        "unusual_times",
        "minimum_answers",
        "method",
        "n_draws",
        "lags",
    }


def test_rare_flags_need_many_draws() -> None:
    """A rate of .001 cannot be told by 500 replicates."""
    with pytest.raises(InputError, match="at least 999"):
        QualityRules(unusual_answers=0.001)
    assert QualityRules(unusual_answers=0.001, n_draws=999).unusual_answers == 0.001
