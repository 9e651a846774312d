"""The quality of classifications into ordered bands by cut scores.

Bands are places 0 (the lowest) … n_cuts, half-open: a value at a cut is above it.

- *Before the test*, from items: :func:`rudner_of_form` (θ̂ with normal error), :func:`lee` (sum scores,
  exact), :func:`sum_band_probabilities`, :func:`cut_errors`.
- *After it*, from estimates or posteriors: :func:`rudner`, :func:`band_probabilities`, :func:`bands_of`,
  :func:`guo`, :func:`density_band_probabilities`, :func:`cut_errors_of_persons`; any other probabilities by
  :func:`classification_indices`. They answer with :class:`ClassificationIndices` and :class:`CutErrors`.
- *Two classifications compared*: :func:`confusion`, :func:`expected_confusion` (nobody knows the truth), both
  a :class:`Confusion`; :func:`band_agreement`, a :class:`BandAgreement`; :func:`wilson`, a
  :class:`ConfidenceInterval`.
- *A population*: :func:`shares_from_probabilities`, :func:`shares_from_draws`, both :class:`BandShares`.
- *Whether probabilities hold*: :func:`probability_calibration`, :func:`band_calibration`, with
  :class:`ProbabilityCalibration` and :class:`BrierScore`.
"""

from compassess.scoring.classification.agreement import (
    BandAgreement,
    Confusion,
    band_agreement,
    confusion,
    expected_confusion,
)
from compassess.scoring.classification.cut_errors import CutErrors, cut_errors, cut_errors_of_persons
from compassess.scoring.classification.guo import density_band_probabilities, guo
from compassess.scoring.classification.indices import ClassificationIndices, classification_indices
from compassess.scoring.classification.intervals import ConfidenceInterval, wilson
from compassess.scoring.classification.lee import lee, sum_band_probabilities
from compassess.scoring.classification.probability_calibration import (
    BrierScore,
    ProbabilityCalibration,
    band_calibration,
    probability_calibration,
)
from compassess.scoring.classification.rudner import band_probabilities, bands_of, rudner, rudner_of_form
from compassess.scoring.classification.shares import BandShares, shares_from_draws, shares_from_probabilities

__all__ = [
    "BandAgreement",
    "BandShares",
    "BrierScore",
    "ClassificationIndices",
    "ConfidenceInterval",
    "Confusion",
    "CutErrors",
    "ProbabilityCalibration",
    "band_agreement",
    "band_calibration",
    "band_probabilities",
    "bands_of",
    "classification_indices",
    "confusion",
    "cut_errors",
    "cut_errors_of_persons",
    "density_band_probabilities",
    "expected_confusion",
    "guo",
    "lee",
    "probability_calibration",
    "rudner",
    "rudner_of_form",
    "shares_from_draws",
    "shares_from_probabilities",
    "sum_band_probabilities",
    "wilson",
]
