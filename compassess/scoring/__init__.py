"""From the joint posterior to blocks, competencies, bands, risk zones and the Conclusion."""

from compassess.scoring import classification, passing, quality, ranking, standards
from compassess.scoring.adverse_impact import AdverseImpact, adverse_impact, expected_adverse_impact
from compassess.scoring.attempts import Attempt, attempts_from
from compassess.scoring.choice_explained import BlockState, Candidate, ChoiceExplained
from compassess.scoring.concluding import Context, concluded
from compassess.scoring.conclusion import (
    BlockResult,
    CompetencyResult,
    Conclusion,
    NormGroup,
    Provenance,
    ScaleScore,
)
from compassess.scoring.conclusions import Conclusions, conclude
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
from compassess.scoring.joint import Dimension, JointPosterior, Marginal
from compassess.scoring.moments import JointMoments, joint_moments
from compassess.scoring.norming import norms_from
from compassess.scoring.pass_posterior import PassPosterior, pass_outcomes, pass_posterior
from compassess.scoring.reporting_scale import ScoreMap, block_map, competency_map, composite_map
from compassess.scoring.retakes import Obstacle, Retake, may_retake
from compassess.scoring.risk_rates import (
    RiskRates,
    expected_risk_rates,
    observed_risk_rates,
    stated_risk_rates,
)
from compassess.scoring.route_explained import RouteExplained
from compassess.scoring.score_table import ScoreTable, score_table, sum_score_table
from compassess.scoring.simulated_impact import SimulatedImpact, simulated_adverse_impact
from compassess.scoring.standing import CurrentResult, current_result, validities
from compassess.scoring.summary import Summary, summary
from compassess.scoring.times import zoned
from compassess.scoring.true_score_cuts import TrueScoreCondition, TrueScoreCuts, true_score_cuts
from compassess.scoring.unanswered import NO_CODE, Left, apart, lowest_categories, scored, unanswered_codes
from compassess.scoring.validity import Validity, valid_until, validity

__all__ = [
    "NEEDS_MORE_EVIDENCE",
    "NO_CODE",
    "RISK_ZONES",
    "WITHHELD",
    "AdverseImpact",
    "Attempt",
    "BlockResult",
    "BlockState",
    "Candidate",
    "ChoiceExplained",
    "CompetencyResult",
    "Conclusion",
    "Conclusions",
    "Context",
    "CurrentResult",
    "Dimension",
    "Event",
    "Interpretation",
    "Interval",
    "JointMoments",
    "JointPosterior",
    "Left",
    "Marginal",
    "NormGroup",
    "Obstacle",
    "PassPosterior",
    "PreparedEvent",
    "Provenance",
    "Retake",
    "RiskRates",
    "RouteExplained",
    "ScaleScore",
    "ScoreMap",
    "ScoreTable",
    "SimulatedImpact",
    "Summary",
    "TrueScoreCondition",
    "TrueScoreCuts",
    "Validity",
    "adverse_impact",
    "apart",
    "attempts_from",
    "bands_given",
    "bands_in_view",
    "block_map",
    "classification",
    "competency_map",
    "composite_map",
    "conclude",
    "concluded",
    "current_result",
    "expected_adverse_impact",
    "expected_risk_rates",
    "joint_moments",
    "lowest_categories",
    "may_retake",
    "norms_from",
    "observed_risk_rates",
    "pass_outcomes",
    "pass_posterior",
    "passing",
    "quality",
    "ranking",
    "risk_zones",
    "score_table",
    "scored",
    "simulated_adverse_impact",
    "standards",
    "stated_risk_rates",
    "sum_score_table",
    "summary",
    "true_score_cuts",
    "unanswered_codes",
    "valid_until",
    "validities",
    "validity",
    "zoned",
]
