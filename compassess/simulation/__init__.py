"""Many sittings at once: simulated people, or real answers played again."""

from compassess.scoring.classification import BandAgreement, band_agreement
from compassess.simulation.pilot import Pilot, draw_graded_items, simulate_pilot
from compassess.simulation.study import SimulationStudy, simulate

__all__ = [
    "BandAgreement",
    "Pilot",
    "SimulationStudy",
    "band_agreement",
    "draw_graded_items",
    "simulate",
    "simulate_pilot",
]
