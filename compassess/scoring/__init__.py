"""From the joint posterior to blocks, competencies, bands, risk zones and the Conclusion."""

from compassess.scoring.concluding import Conclusions, Context, conclude, concluded
from compassess.scoring.conclusion import (
    BlockResult,
    CompetencyResult,
    Conclusion,
    Provenance,
    ScaleScore,
)
from compassess.scoring.decisions import NEEDS_MORE_EVIDENCE
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.summary import Summary, summary
from compassess.scoring.times import zoned
from compassess.scoring.unanswered import NO_CODE, Left, apart, lowest_categories, scored, unanswered_codes

__all__ = [
    "NEEDS_MORE_EVIDENCE",
    "NO_CODE",
    "BlockResult",
    "CompetencyResult",
    "Conclusion",
    "Conclusions",
    "Context",
    "Interpretation",
    "Left",
    "Provenance",
    "ScaleScore",
    "Summary",
    "apart",
    "conclude",
    "concluded",
    "lowest_categories",
    "scored",
    "summary",
    "unanswered_codes",
    "zoned",
]
