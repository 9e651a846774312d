"""From a summary to the Conclusion of each person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, overload

import numpy as np
from numpy.typing import NDArray

from compassess.bank import CODES, Bands, UnansweredPolicy
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior
from compassess.irt.measurement import Measurement
from compassess.irt.options import PRECISION, refuse_unknown
from compassess.responses import Responses, frame
from compassess.scoring.conclusion import BlockResult, CompetencyResult, Conclusion, NormGroup, Provenance
from compassess.scoring.decisions import (
    RISK_ZONES,
    WITHHELD,
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
from compassess.scoring.summary import Summary, joined, summary
from compassess.scoring.times import zoned
from compassess.scoring.unanswered import NO_CODE, Left, scored
from compassess.scoring.usable import refuse_unusable
from compassess.scoring.validity import valid_until
from compassess.scoring.withholding import left_flags, without_risks, without_verdicts

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

__all__ = ["Conclusions", "Context", "conclude", "concluded"]

Floats = NDArray[np.float64]

_TOGETHER: Final = 500  # persons in a chunk: of 154 to 2,000 the fastest for three blocks on 41 nodes


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
    if mine.too_few(policy)[0] or (context.incomplete and policy.incomplete == "withhold"):
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
        valid_until=_valid_until(context, bands),
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


def _valid_until(context: Context, bands: Bands) -> str | None:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conclusions(Sequence[Conclusion]):
    """Conclusions on a population: arrays inside, a :class:`Conclusion` by index.

    ``summary`` holds the numbers; ``left`` what was answered and what was not.
    """

    interpretation: Interpretation
    summary: Summary
    left: Left
    context: Context
    persons: tuple[str, ...] | None

    def __len__(self) -> int:
        return len(self.summary.theta)

    @overload
    def __getitem__(self, index: int) -> Conclusion: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Conclusion, ...]: ...
    def __getitem__(self, index: int | slice) -> Conclusion | tuple[Conclusion, ...]:
        """The conclusion on one person, or on several by a slice; negative indices count from the end."""
        if isinstance(index, slice):
            return tuple(self[person] for person in range(len(self))[index])
        person = range(len(self))[index]
        context = self.context
        if self.persons is not None:
            context = replace(context, examinee=self.persons[person])
        return concluded(self.interpretation, self.summary, person, self.left, context)

    def __iter__(self) -> Iterator[Conclusion]:
        return (self[index] for index in range(len(self)))

    @property
    def n_items(self) -> NDArray[np.intp]:
        """The items answered, (n_persons, n_competencies)."""
        return self.left.attempts

    @property
    def bands(self) -> tuple[str, ...]:
        """The band of everybody's composite."""
        return tuple(self._named(self.summary.bands, self.summary.theta))

    def _named(self, probabilities: Floats, theta: Floats) -> list[str]:
        """The words for the bands that are given, one for each row."""
        rules = self.interpretation.bands
        names = np.array([*rules.bands, band_name(WITHHELD, rules)], dtype=object)  # the code −1 is the last
        few = self.left.too_few(self.context.policy)
        return list(names[np.where(few, WITHHELD, bands_given(probabilities, theta, rules))])

    def to_frame(self, *, scores: bool = False) -> pd.DataFrame:
        """A row a person: composite with band and probabilities, blocks, competencies with their risk.

        With ``scores`` what is reported of each follows: score, its standard error, percentile.
        """
        rules, people = self.interpretation.bands, self.interpretation.lattice.population
        values = self.summary
        columns: dict[str, object] = {} if self.persons is None else {"person": self.persons}
        columns |= {"theta": values.theta, "se": values.se, "band": self.bands}
        columns |= {f"p_{name}": values.bands[:, k] for k, name in enumerate(rules.bands)}
        columns["p_above_risk_zones"] = values.p_above_all
        for b, name in enumerate(people.blocks):
            columns[f"theta_{name}"] = values.block_theta[:, b]
            columns[f"se_{name}"] = values.block_se[:, b]
            columns[f"band_{name}"] = self._named(values.block_bands[:, b], values.block_theta[:, b])
        policy = self.context.policy
        few = self.left.too_few(policy)[:, None] | self.left.too_few_of(policy)
        codes = risk_zones(values.risk, self.n_items, values.competency_se, rules)
        zones = np.array(RISK_ZONES, dtype=object)[np.where(few, 0, codes)]
        for c, name in enumerate(people.competencies):
            columns[f"competency_{name}"] = values.competency_theta[:, c]
            columns[f"competency_se_{name}"] = values.competency_se[:, c]
            columns[f"risk_{name}"] = zones[:, c]
            columns[f"p_risk_{name}"] = values.risk[:, c]
        if self.left.counts.any():
            totals = self.left.counts.sum(axis=1)
            columns |= {f"n_{code}": totals[:, place] for place, code in enumerate(CODES)}
        if scores:
            columns |= self._scores()
        return frame(columns)  # type: ignore[arg-type]

    def _scores(self) -> dict[str, Floats]:
        """The reported scores of everybody as columns."""
        rules, people = self.interpretation.bands, self.interpretation.lattice.population
        values = self.summary
        columns: dict[str, Floats] = {}
        for prefix, names, scales, theta, se in (
            ("", ("",), composite_map(rules), values.theta[:, None], values.se[:, None]),
            ("", people.blocks, block_map(rules, people.blocks), values.block_theta, values.block_se),
            (
                "competency_",
                people.competencies,
                competency_map(rules, people.competencies),
                values.competency_theta,
                values.competency_se,
            ),
        ):
            told = {
                "score": scales.reported(theta),
                "score_se": scales.reported_se(theta, se),
                "percentile": scales.reported_percentile(theta),
            }
            for place, name in enumerate(names):
                ending = f"_{name}" if name else ""
                columns |= {f"{prefix}{what}{ending}": found[:, place] for what, found in told.items()}
        return columns


def conclude(
    responses: Responses,
    interpretation: Interpretation,
    context: Context,
    *,
    unanswered: NDArray[np.int8] | None = None,
    precision: str = "double",
) -> Conclusions:
    """Bands and risk zones for a whole population: every answer to an operational item is scored.

    ``unanswered`` (n_persons, n_items of the responses) are the codes of what was not answered, from
    :func:`compassess.scoring.unanswered_codes`; ``context.policy`` says what they score.

    ``precision``, "double" or "single", is what posteriors are summed in; "single" takes about half the time
    for probabilities within 1e-5 of those in "double".

    Raises
    ------
    InputError : nobody; no column is an operational item; codes outside an item's categories; a time
        without a zone, or one so late that no conclusion could be valid; an unknown precision.
    """
    refuse_unknown(precision=(precision, PRECISION))
    measurement = interpretation.measurement
    refuse_unusable(responses, measurement.items.ids)
    _valid_until(context, interpretation.bands)
    left = _left(responses, measurement, unanswered)
    if unanswered is not None:
        responses = scored(responses, unanswered, measurement.items, context.policy)
    design, dtype = measurement.design(responses), PRECISION[precision]
    asked = interpretation if precision == "double" else interpretation.in_precision(dtype)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Summary:
        del persons
        return summary(asked, likelihood, posterior)

    return Conclusions(
        interpretation=interpretation,
        summary=joined(
            over_persons(chunk, design, asked.lattice, measurement.table, dtype, at_least=_TOGETHER)
        ),
        left=left,
        context=context,
        persons=responses.persons,
    )


def _left(responses: Responses, measurement: Measurement, unanswered: NDArray[np.int8] | None) -> Left:
    """What was answered of the operational items, and what was not."""
    items = measurement.items
    codes = None
    if unanswered is not None:
        place = {name: column for column, name in enumerate(responses.items)}
        columns = [place.get(name, -1) for name in items.ids]  # the last column says nothing of anybody
        codes = np.pad(unanswered, ((0, 0), (0, 1)), constant_values=NO_CODE)[:, columns]
    return Left.counted(
        responses.codes(items.ids) >= 0, codes, items.competency_index, items.population.n_competencies
    )
