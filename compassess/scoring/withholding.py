"""Verdicts that are withheld because too little was answered, whatever the answers were.

Rule: only verdicts are taken back: bands, risk zones, strengths. Estimates with their errors, and
probabilities, stay as they are, because they say truly how much and how little is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from compassess.bank import UnansweredPolicy
from compassess.scoring.conclusion import Conclusion
from compassess.scoring.decisions import NEEDS_MORE_EVIDENCE, RISK_ZONES
from compassess.scoring.unanswered import Left

__all__ = ["left_flags", "withheld", "without_risks", "without_verdicts"]

#: What there is to say of a conclusion for each code.
_FLAGS: Mapping[str, str] = {
    "not_reached": "not_reached_items",
    "omitted": "omitted_items",
    "timed_out": "timed_out_items",
    "technically_lost": "technically_lost_items",
}


def withheld(left: Left, policy: UnansweredPolicy, *, incomplete: bool) -> NDArray[np.bool_]:
    """Whose verdicts the policy withholds, (n_persons,): too few attempts, or a broken-off sitting."""
    return left.too_few(policy) | (incomplete and policy.incomplete == "withhold")


def left_flags(unanswered: Mapping[str, int]) -> tuple[str, ...]:
    """The flags of a person's counts by code; not to have been presented is nothing to remark on."""
    return tuple(flag for code, flag in _FLAGS.items() if unanswered.get(code))


def without_verdicts(conclusion: Conclusion) -> Conclusion:
    """The same numbers without any band, risk zone, strength or weakness."""
    bare = without_risks(conclusion, conclusion.competencies)
    blocks = {name: replace(block, band=NEEDS_MORE_EVIDENCE) for name, block in bare.blocks.items()}
    return replace(bare, band=NEEDS_MORE_EVIDENCE, blocks=blocks)


def without_risks(conclusion: Conclusion, competencies: Collection[str]) -> Conclusion:
    """The same without a verdict on these competencies, and so without one on all risk zones together."""
    if not competencies:
        return conclusion
    results = {
        name: replace(result, risk=RISK_ZONES[0]) if name in competencies else result
        for name, result in conclusion.competencies.items()
    }
    return replace(
        conclusion,
        competencies=results,
        above_risk_zones=None,
        strengths=tuple(name for name in conclusion.strengths if name not in competencies),
        weaknesses=tuple(name for name in conclusion.weaknesses if name not in competencies),
    )
