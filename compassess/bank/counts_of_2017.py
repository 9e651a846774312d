"""The counts published for 2017, from which the illustrative bands are made."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Final

from scipy.special import ndtri

__all__ = ["COUNTS", "SOURCE", "cuts_from"]

# Of 66,580 servants tested from February 2017 on; lowest band first.
COUNTS: Final = {"minimal": 87, "satisfactory": 2_089, "effective": 45_422, "excellent": 18_982}
SOURCE: Final = (
    "Illustrative. The cuts are the normal quantiles of the shares published for 2017: of 66,580 tested "
    "87 minimal, 2,089 satisfactory, 45,422 effective, 18,982 excellent. Scale, weights, risk zones and "
    "probabilities are examples. Set your own before anybody is judged by them."
)


def cuts_from(counts: Mapping[str, int]) -> tuple[float, ...]:
    """Cuts that reproduce the shares of bands, lowest first, in N(0, 1): Φ⁻¹ of the share below each."""
    below = list(accumulate(counts.values()))
    return tuple(float(ndtri(count / below[-1])) for count in below[:-1])
