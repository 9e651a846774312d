"""From the joint posterior to blocks, competencies, bands, risk zones and the Conclusion."""

from compassess.scoring.adverse_impact import AdverseImpact, adverse_impact, expected_adverse_impact
from compassess.scoring.concluding import Conclusions, Context, conclude, concluded
from compassess.scoring.conclusion import (
    BlockResult,
    CompetencyResult,
    Conclusion,
    NormGroup,
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
from compassess.scoring.joint import Dimension, JointPosterior
from compassess.scoring.moments import JointMoments, joint_moments
from compassess.scoring.norming import norms_from
from compassess.scoring.pass_posterior import PassPosterior, pass_outcomes, pass_posterior
from compassess.scoring.reporting_scale import ScoreMap, block_map, competency_map, composite_map
from compassess.scoring.risk_rates import (
    RiskRates,
    expected_risk_rates,
    observed_risk_rates,
    stated_risk_rates,
)
from compassess.scoring.score_table import ScoreTable, score_table, sum_score_table
from compassess.scoring.summary import Summary, summary
from compassess.scoring.times import zoned
from compassess.scoring.true_score_cuts import TrueScoreCuts, true_score_cuts
from compassess.scoring.unanswered import NO_CODE, Left, apart, lowest_categories, scored, unanswered_codes

__all__ = [
    "NEEDS_MORE_EVIDENCE",
    "NO_CODE",
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
    "Left",
    "NormGroup",
    "PassPosterior",
    "PreparedEvent",
    "Provenance",
    "RiskRates",
    "ScaleScore",
    "ScoreMap",
    "ScoreTable",
    "Summary",
    "TrueScoreCuts",
    "adverse_impact",
    "apart",
    "bands_given",
    "bands_in_view",
    "block_map",
    "competency_map",
    "composite_map",
    "conclude",
    "concluded",
    "expected_adverse_impact",
    "expected_risk_rates",
    "joint_moments",
    "lowest_categories",
    "norms_from",
    "observed_risk_rates",
    "pass_outcomes",
    "pass_posterior",
    "risk_zones",
    "score_table",
    "scored",
    "stated_risk_rates",
    "sum_score_table",
    "summary",
    "true_score_cuts",
    "unanswered_codes",
    "zoned",
]
