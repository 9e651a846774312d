"""What a risk flag finds, against published shares."""

from __future__ import annotations

import pathlib
import re
from typing import Final

import banks
import numpy as np
from reference import values_of
from scipy.optimize import brentq

from compassess.scoring import stated_risk_rates

RULE: Final = banks.bands(banks.one_block(3)).risk
ROUNDED: Final = 0.005  # the shares are given in whole per cents


def sensitivity(n_items: int, information: float) -> float:
    """Of a rule that flags from P(θ < −1.65) ≥ ½ on, after items of so much information each."""
    rates = stated_risk_rates(1 / np.sqrt(1 + n_items * information), RULE.threshold, RULE)
    return float(rates.sensitivity)


def test_three_items_find_few_and_eight_find_more(reference: pathlib.Path) -> None:
    """One and the same information an item explains both shares that are told, each within its rounding."""
    told = values_of(reference, "textbook")["power_of_a_risk_flag"]
    shares = {int(n): int(share) / 100 for share, n in re.findall(r"(\d+) % (?:of .*? )?with (\d+)", told)}
    assert sorted(shares) == [3, 8]
    assert (RULE.threshold, RULE.risk_probability) == (-1.65, 0.5)
    few = [shares[3] - ROUNDED, shares[3] + ROUNDED]
    low, high = (brentq(lambda info, share=share: sensitivity(3, info) - share, 0.01, 5) for share in few)
    assert sensitivity(8, low) - ROUNDED <= shares[8] <= sensitivity(8, high) + ROUNDED
