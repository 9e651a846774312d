"""What a simulation study shows, as plots: values in, axes or the bytes of a picture out, in three languages.

Rule: matplotlib (the extra ``plot``) is imported when something is drawn and not before, and its state
machine never: a plot is drawn on axes that are handed in, or on a figure of its own.
"""

from __future__ import annotations

from compassess.report.plots.band_table import band_table
from compassess.report.plots.conditional_error import conditional_error
from compassess.report.plots.designs import designs, error_by_exposure, error_by_length
from compassess.report.plots.exposure_rates import exposure_rates
from compassess.report.plots.lengths import lengths
from compassess.report.plots.pictures import FORMATS, picture, picture_names, study_pictures

__all__ = [
    "FORMATS",
    "band_table",
    "conditional_error",
    "designs",
    "error_by_exposure",
    "error_by_length",
    "exposure_rates",
    "lengths",
    "picture",
    "picture_names",
    "study_pictures",
]
