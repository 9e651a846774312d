"""From a row of a summary to the Conclusion on that person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.bank import Bands, UnansweredPolicy
from compassess.scoring.conclusion import BlockResult, CompetencyResult, Conclusion, NormGroup, Provenance
from compassess.scoring.decisions import (
    RISK_ZONES,
    above_risk_zones,
    band_name,
    bands_given,
    contrasts,
    risk_zones,
)
from compassess.scoring.grid_flags import grid_flags
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.reporting_scale import block_map, competency_map, composite_map
from compassess.scoring.risk_rates import stated_risk_rates
from compassess.scoring.summary import Summary
from compassess.scoring.times import zoned
from compassess.scoring.unanswered import Left
from compassess.scoring.validity import valid_until
from compassess.scoring.withholding import left_flags, withheld, without_risks, without_verdicts

if TYPE_CHECKING:
    from datetime import datetime


__all__ = ["Context", "concluded", "end_of_validity"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a conclusion says about the sitting rather than about the person.

    ``at`` is the time of the conclusion, ``tested_at`` that of the test, where it is known to be another.
    ``policy`` is the blueprint's for what was not answered; ``incomplete`` tells of a sitting that its rules
    did not end.
    """

    provenance: Provenance
    examinee: str | None = None
    at: datetime | str | None = None
    stop_reason: str | None = None
    flags: tuple[str, ...] = ()
    policy: UnansweredPolicy = field(default_factory=UnansweredPolicy)
    incomplete: bool = False
    tested_at: datetime | str | None = None


def concluded(
    interpretation: Interpretation, values: Summary, person: int, left: Left, context: Context
) -> Conclusion:
    """The conclusion on one row of a summary; ``left`` is what the same persons answered and did not.

    Verdicts are withheld where the policy asks for more attempts than there are, or for a sitting that its
    rules ended.
    """
    mine, policy = left.of(person), context.policy
    whole = _on_what_there_is(interpretation, values, person, mine, context)
    if withheld(mine, policy, incomplete=context.incomplete)[0]:
        return without_verdicts(whole)
    few = mine.too_few_of(policy)[0]
    return without_risks(whole, [name for name, short in zip(whole.competencies, few, strict=True) if short])


def _on_what_there_is(
    interpretation: Interpretation, values: Summary, person: int, left: Left, context: Context
) -> Conclusion:
    """The conclusion before it is asked whether enough was answered; ``left`` is of this person alone."""
    n_items = left.attempts[0]
    bands, people = interpretation.bands, interpretation.lattice.population
    counts = {name: int(n) for name, n in zip(people.competencies, n_items, strict=True)}
    chances = dict(zip(people.competencies, values.p_above_own_mean[person].tolist(), strict=True))
    strengths, weaknesses = contrasts(chances, counts, bands)
    probabilities = values.bands[person]
    p_above_all = float(values.p_above_all[person])
    scores = composite_map(bands)
    return Conclusion(
        examinee=context.examinee,
        concluded_at=zoned(context.at),
        valid_until=end_of_validity(context, bands),
        theta=float(values.theta[person]),
        se=float(values.se[person]),
        scale_score=scores.scale_scores(values.theta[person], values.se[person])[0],
        band=band_name(int(bands_given(probabilities, values.theta[person], bands)), bands),
        band_probabilities=_by_band(probabilities, bands),
        blocks=_blocks(interpretation, values, person, n_items),
        competencies=_competencies(interpretation, values, person, n_items),
        bands=bands.bands,
        cuts=bands.cuts,
        scale_cuts=tuple(scores.score(bands.cuts).tolist()),
        scale_range=(bands.scale.minimum, bands.scale.maximum),
        contrast_probability=bands.contrast_probability,
        above_risk_zones=above_risk_zones(p_above_all, n_items, values.competency_se[person], bands),
        p_above_risk_zones=p_above_all,
        strengths=strengths,
        weaknesses=weaknesses,
        flags=_flags(interpretation, values, person, left, context),
        n_items=int(n_items.sum()),
        unanswered=left.named(),
        stop_reason=context.stop_reason,
        illustrative=interpretation.bank.illustrative or bands.illustrative,
        titles={**interpretation.bank.titles(), interpretation.bank.id: interpretation.bank.title},
        provenance=context.provenance,
        scale=bands.scale,
        norms=_norm_group(bands),
        category=bands.category,
        category_title={} if bands.category is None else dict(bands.categories[bands.category].title),
        tested_at=zoned(context.at if context.tested_at is None else context.tested_at),
    )


def end_of_validity(context: Context, bands: Bands) -> str | None:
    """The end of validity, counted from the test, so that a later conclusion is not valid for longer."""
    if context.at is None:
        return None
    zoned(context.at)
    tested_at = context.at if context.tested_at is None else context.tested_at
    return valid_until(tested_at, bands.validity, where="at").isoformat()


def _norm_group(bands: Bands) -> NormGroup | None:
    """Who scores are relative to, as a conclusion states it."""
    norms = bands.norms
    if norms is None:
        return None
    return NormGroup(
        population=norms.population, date=norms.date, n_persons=norms.n_persons, composite=norms.composite
    )


def _blocks(
    interpretation: Interpretation, values: Summary, person: int, n_items: NDArray[np.intp]
) -> dict[str, BlockResult]:
    bands, people = interpretation.bands, interpretation.lattice.population
    in_block = np.bincount(people.block_of, weights=n_items, minlength=people.n_blocks)
    scales = block_map(bands, people.blocks)
    scores = scales.scale_scores(values.block_theta[person], values.block_se[person])
    results = {}
    for b, name in enumerate(people.blocks):
        theta, se = float(values.block_theta[person, b]), float(values.block_se[person, b])
        probabilities = values.block_bands[person, b]
        results[name] = BlockResult(
            id=name,
            theta=theta,
            se=se,
            scale_score=scores[b],
            band=band_name(int(bands_given(probabilities, theta, bands)), bands),
            band_probabilities=_by_band(probabilities, bands),
            n_items=int(in_block[b]),
        )
    return results


def _competencies(
    interpretation: Interpretation, values: Summary, person: int, n_items: NDArray[np.intp]
) -> dict[str, CompetencyResult]:
    bands, people = interpretation.bands, interpretation.lattice.population
    results = {}
    zones = risk_zones(values.risk[person], n_items, values.competency_se[person], bands)
    # Answers that contradict each other can leave more than the prior's SD; nothing is known then either.
    at_most_prior = np.minimum(values.competency_se[person], 1.0)
    rates = stated_risk_rates(at_most_prior, interpretation.risk_thresholds, bands.risk)
    scales = competency_map(bands, people.competencies)
    scores = scales.scale_scores(values.competency_theta[person], values.competency_se[person])
    thresholds = scales.score(interpretation.risk_thresholds)
    for c, name in enumerate(people.competencies):
        theta, se = float(values.competency_theta[person, c]), float(values.competency_se[person, c])
        risk = float(values.risk[person, c])
        results[name] = CompetencyResult(
            id=name,
            block=people.blocks[people.block_of[c]],
            theta=theta,
            se=se,
            scale_score=scores[c],
            risk=RISK_ZONES[zones[c]],
            risk_probability=risk,
            risk_threshold=float(interpretation.risk_thresholds[c]),
            risk_sensitivity=float(rates.sensitivity[c]),
            risk_false_alarm=float(rates.false_alarm[c]),
            p_above_own_mean=float(values.p_above_own_mean[person, c]),
            n_items=int(n_items[c]),
            scale_threshold=float(thresholds[c]),
        )
    return results


def _by_band(probabilities: Floats, bands: Bands) -> dict[str, float]:
    return dict(zip(bands.bands, probabilities.tolist(), strict=True))


def _flags(
    interpretation: Interpretation, values: Summary, person: int, left: Left, context: Context
) -> tuple[str, ...]:
    """Remarks on the result, from the engine and from the sitting."""
    flags = []
    if interpretation.bank.illustrative or interpretation.bands.illustrative:
        flags.append("illustrative_bank")
    answered = bool(left.attempts.any())
    if not answered:
        flags.append("no_answers")
    flags += grid_flags(interpretation.lattice, values, person)
    if context.incomplete:
        flags.append("incomplete")
    few = bool(left.too_few(context.policy)[0] or left.too_few_of(context.policy).any())
    if answered and few:  # "no_answers" says it already
        flags.append("too_few_attempts")
    return (*flags, *left_flags(left.named()), *context.flags)
