"""Quality of a classification into bands: accuracy and consistency.

:func:`rudner` for estimates with normal error, :func:`lee` for cuts on sum scores, :func:`guo` from every
person's own distribution; all three give :class:`ClassificationIndices`.
"""

from compassess.scoring.classification.guo import density_band_probabilities, guo
from compassess.scoring.classification.indices import ClassificationIndices, classification_indices
from compassess.scoring.classification.lee import lee, sum_band_probabilities
from compassess.scoring.classification.rudner import band_probabilities, bands_of, rudner, rudner_of_form

__all__ = [
    "ClassificationIndices",
    "band_probabilities",
    "bands_of",
    "classification_indices",
    "density_band_probabilities",
    "guo",
    "lee",
    "rudner",
    "rudner_of_form",
    "sum_band_probabilities",
]
