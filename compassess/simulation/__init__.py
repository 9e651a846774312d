"""Many sittings at once: simulated people, or real answers played again."""

from compassess.simulation.agreement import BandAgreement, band_agreement
from compassess.simulation.study import SimulationStudy, simulate

__all__ = ["BandAgreement", "SimulationStudy", "band_agreement", "simulate"]
