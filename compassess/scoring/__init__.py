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

__all__ = [
    "NEEDS_MORE_EVIDENCE",
    "BlockResult",
    "CompetencyResult",
    "Conclusion",
    "Conclusions",
    "Context",
    "Interpretation",
    "Provenance",
    "ScaleScore",
    "Summary",
    "conclude",
    "concluded",
    "summary",
    "zoned",
]
