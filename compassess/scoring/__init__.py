"""From the joint posterior to blocks, competencies, bands, risk zones and the Conclusion."""

from compassess.scoring.adverse_impact import AdverseImpact, adverse_impact, expected_adverse_impact
from compassess.scoring.concluding import Conclusions, Context, conclude, concluded
from compassess.scoring.conclusion import (
    BlockResult,
    CompetencyResult,
    Conclusion,
    Provenance,
    ScaleScore,
)
from compassess.scoring.decisions import (
    NEEDS_MORE_EVIDENCE,
    RISK_ZONES,
    WITHHELD,
    bands_given,
    bands_in_view,
    risk_zones,
)
from compassess.scoring.events import Event, Interval, PreparedEvent
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.joint import Dimension, JointMoments, JointPosterior, joint_moments
from compassess.scoring.risk_rates import (
    RiskRates,
    expected_risk_rates,
    observed_risk_rates,
    stated_risk_rates,
)
from compassess.scoring.simulated_impact import SimulatedImpact, simulated_adverse_impact
from compassess.scoring.summary import Summary, summary
from compassess.scoring.times import zoned

__all__ = [
    "NEEDS_MORE_EVIDENCE",
    "RISK_ZONES",
    "WITHHELD",
    "AdverseImpact",
    "BlockResult",
    "CompetencyResult",
    "Conclusion",
    "Conclusions",
    "Context",
    "Dimension",
    "Event",
    "Interpretation",
    "Interval",
    "JointMoments",
    "JointPosterior",
    "PreparedEvent",
    "Provenance",
    "RiskRates",
    "ScaleScore",
    "SimulatedImpact",
    "Summary",
    "adverse_impact",
    "bands_given",
    "bands_in_view",
    "conclude",
    "concluded",
    "expected_adverse_impact",
    "expected_risk_rates",
    "joint_moments",
    "observed_risk_rates",
    "risk_zones",
    "simulated_adverse_impact",
    "stated_risk_rates",
    "summary",
    "zoned",
]
