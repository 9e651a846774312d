"""Conclusions on a population: arrays inside, a Conclusion by index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, overload

import numpy as np
from numpy.typing import NDArray

from compassess.bank import CODES
from compassess.errors import InputError, Problem
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior
from compassess.irt.measurement import Measurement
from compassess.irt.options import PRECISION, refuse_unknown
from compassess.responses import Responses, frame
from compassess.scoring.concluding import Context, concluded, end_of_validity
from compassess.scoring.conclusion import Conclusion
from compassess.scoring.decisions import RISK_ZONES, WITHHELD, band_name, bands_given, risk_zones
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.reporting_scale import block_map, competency_map, composite_map
from compassess.scoring.summary import Summary, joined, summary
from compassess.scoring.unanswered import NO_CODE, Left, scored
from compassess.scoring.usable import refuse_unusable
from compassess.scoring.withholding import withheld

if TYPE_CHECKING:
    import pandas as pd

    from compassess.scoring.quality import ResponseQuality


__all__ = ["Conclusions", "conclude"]

Floats = NDArray[np.float64]

_TOGETHER: Final = 500  # persons in a chunk: of 154 to 2,000 the fastest for three blocks on 41 nodes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conclusions(Sequence[Conclusion]):
    """Conclusions on a population: arrays inside, a :class:`Conclusion` by index.

    ``summary`` holds the numbers; ``left`` what was answered and what was not; ``quality`` what was found on
    how, whose flags each conclusion carries.
    """

    interpretation: Interpretation
    summary: Summary
    left: Left
    context: Context
    persons: tuple[str, ...] | None
    quality: tuple[ResponseQuality, ...] | None = None

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
        if self.quality is not None:
            context = replace(context, flags=(*context.flags, *self.quality[person].flags))
        return concluded(self.interpretation, self.summary, person, self.left, context)

    def __iter__(self) -> Iterator[Conclusion]:
        return (self[index] for index in range(len(self)))

    @property
    def n_items(self) -> NDArray[np.intp]:
        """The items answered, (n_persons, n_competencies)."""
        return self.left.attempts

    @property
    def withheld(self) -> NDArray[np.bool_]:
        """Whose verdicts are withheld because too little was answered, (n_persons,).

        The numbers of ``summary`` are there all the same, near the prior's: who ranks or selects people by
        them leaves these out.
        """
        return withheld(self.left, self.context.policy, incomplete=self.context.incomplete)

    @property
    def bands(self) -> tuple[str, ...]:
        """The band of everybody's composite."""
        return tuple(self._named(self.summary.bands, self.summary.theta))

    def _named(self, probabilities: Floats, theta: Floats) -> list[str]:
        """The words for the bands that are given, one for each row."""
        rules = self.interpretation.bands
        names = np.array([*rules.bands, band_name(WITHHELD, rules)], dtype=object)  # the code −1 is the last
        return list(names[np.where(self.withheld, WITHHELD, bands_given(probabilities, theta, rules))])

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
        few = self.withheld[:, None] | self.left.too_few_of(self.context.policy)
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
    quality: Sequence[ResponseQuality] | None = None,
    precision: str = "double",
) -> Conclusions:
    """Bands and risk zones for a whole population: every answer to an operational item is scored.

    ``unanswered`` (n_persons, n_items of the responses) are the codes of what was not answered, from
    :func:`compassess.scoring.unanswered_codes`; ``context.policy`` says what they score.

    ``quality``, the findings of :func:`compassess.scoring.quality.response_quality` on the same persons, adds
    flags and changes no number.

    ``precision``, "double" or "single", is what posteriors are summed in; "single" takes about half the time
    for probabilities within 1e-5 of those in "double".

    Raises
    ------
    InputError : nobody; no column is an operational item; codes outside an item's categories; a time
        without a zone, or one so late that no conclusion could be valid; an unknown precision;
        findings on another number of persons.
    """
    refuse_unknown(precision=(precision, PRECISION))
    _refuse_others(quality, responses.n_persons)
    measurement = interpretation.measurement
    refuse_unusable(responses, measurement.items.ids)
    end_of_validity(context, interpretation.bands)
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
        quality=None if quality is None else tuple(quality),
    )


def _refuse_others(quality: Sequence[ResponseQuality] | None, n_persons: int) -> None:
    if quality is not None and len(quality) != n_persons:
        raise InputError(
            Problem(
                where="quality",
                what="not the findings on these persons",
                got=f"{len(quality)} findings",
                expected=f"{n_persons}, one a person",
            )
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
