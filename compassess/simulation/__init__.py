"""Many sittings at once: simulated people, or real answers played again."""

from compassess.scoring.classification import BandAgreement, band_agreement
from compassess.simulation.conditional import Interval, conditional_recovery
from compassess.simulation.designs import DesignComparison, compare_designs
from compassess.simulation.exposure import (
    exposure_chi_square,
    exposure_rates,
    mean_overlap,
    overlap_of_rates,
    unused_share,
)
from compassess.simulation.people import Mixture, People
from compassess.simulation.pilot import Pilot, draw_graded_items, simulate_pilot
from compassess.simulation.recovery import Recovery, recovery
from compassess.simulation.study import SimulationStudy, simulate
from compassess.simulation.sympson_hetter import SympsonHetterCalibration, calibrate_sympson_hetter
from compassess.simulation.violations import Violations, violations

__all__ = [
    "BandAgreement",
    "DesignComparison",
    "Interval",
    "Mixture",
    "People",
    "Pilot",
    "Recovery",
    "SimulationStudy",
    "SympsonHetterCalibration",
    "Violations",
    "band_agreement",
    "calibrate_sympson_hetter",
    "compare_designs",
    "conditional_recovery",
    "draw_graded_items",
    "exposure_chi_square",
    "exposure_rates",
    "mean_overlap",
    "overlap_of_rates",
    "recovery",
    "simulate",
    "simulate_pilot",
    "unused_share",
    "violations",
]
