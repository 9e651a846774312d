"""What a sitting amounts to at a moment: its conclusion, and the signs of how the answers came about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from compassess.adaptive.behaviour import answering_quality
from compassess.scoring import Context, Summary, concluded, summary

if TYPE_CHECKING:
    from compassess.adaptive.sitting import Sitting
    from compassess.adaptive.snapshot import Snapshot
    from compassess.scoring import Conclusion
    from compassess.scoring.quality import QualityRules, ResponseQuality, TimeModel

__all__ = ["conclusion_at", "quality_at", "summary_at"]


def summary_at(sitting: Sitting, snapshot: Snapshot) -> Summary:
    """The posterior after the answers so far, summarised."""
    now = snapshot.now
    return summary(sitting.assessment.interpretation, now.likelihood, now.posterior)


def conclusion_at(
    sitting: Sitting,
    snapshot: Snapshot,
    at: datetime | str | None = None,
    quality: ResponseQuality | None = None,
) -> Conclusion:
    """See :meth:`compassess.adaptive.Session.conclude`."""
    assessment = sitting.assessment
    context = Context(
        provenance=assessment.provenance,
        examinee=sitting.header.examinee,
        at=at,
        stop_reason=snapshot.stop_reason,
        flags=(*sitting.flags(snapshot), *(quality.flags if quality is not None else ())),
        policy=assessment.blueprint.unanswered,
        incomplete=snapshot.incomplete,
        tested_at=sitting.header.at,
    )
    values = summary_at(sitting, snapshot)
    return concluded(assessment.interpretation, values, 0, sitting.left(snapshot), context)


def quality_at(
    sitting: Sitting,
    snapshot: Snapshot,
    *,
    rules: QualityRules | None,
    time_thresholds: float | Mapping[str, float] | None,
    time_model: TimeModel | None,
) -> ResponseQuality:
    """See :meth:`compassess.adaptive.Session.response_quality`."""
    return answering_quality(
        snapshot.standings.values(),
        sitting.assessment.bank,
        sitting.plan.measurement.items,
        summary_at(sitting, snapshot).competency_theta[0],
        seed=sitting.header.seed,
        person=sitting.header.examinee,
        rules=rules,
        time_thresholds=time_thresholds,
        time_model=time_model,
    )
