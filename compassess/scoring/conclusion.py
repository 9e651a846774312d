"""What a sitting concludes, as immutable values without a word of prose.

Rule: this file holds values only. How they come about is in the other files of the room; how they
read in Kazakh, Russian or English is the business of ``report/``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from compassess.bank import Norm, Scale
from compassess.scoring.attempts import Attempt, attempt_from
from compassess.scoring.decisions import NEEDS_MORE_EVIDENCE
from compassess.scoring.validity import Validity, told_validity

__all__ = ["FORMAT", "BlockResult", "CompetencyResult", "Conclusion", "NormGroup", "Provenance", "ScaleScore"]

FORMAT: Final = "compassess/conclusion/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """A θ on the reporting scale: the rounded score, its standard error, the percentile rank.

    ``percentile`` is relative to the norm population, and to N(0, 1) where there are no norms.
    """

    value: float
    se: float
    percentile: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockResult:
    """One block: posterior mean and SD of θ, the score, the band and the probability of every band.

    ``band`` is a band's id, or ``"needs_more_evidence"`` where the policy withholds the lowest band.
    """

    id: str
    theta: float
    se: float
    scale_score: ScaleScore
    band: str
    band_probabilities: Mapping[str, float]
    n_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetencyResult:
    """One competency: posterior mean and SD, and its risk zone.

    ``risk`` is "clear", "watch", "risk" or "insufficient"; ``risk_probability`` is P(θ_c < threshold).
    ``risk_sensitivity`` and ``risk_false_alarm`` tell what evidence of this standard error can carry: of
    people known as well as this person, so many truly below the threshold would be found,
    P(risk | θ_c below), and so many above it would be flagged, P(risk | θ_c above)
    (:func:`compassess.scoring.stated_risk_rates`).
    ``p_above_own_mean`` is P(θ_c > mean of the person's other competencies): what makes a strength or
    a weakness. ``scale_threshold`` is the threshold as a score of this competency, not rounded; None where
    a conclusion was put together without one.
    """

    id: str
    block: str
    theta: float
    se: float
    scale_score: ScaleScore
    risk: str
    risk_probability: float
    risk_threshold: float
    risk_sensitivity: float
    risk_false_alarm: float
    p_above_own_mean: float
    n_items: int
    scale_threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the result stands on: every file by content hash, and the engine's version."""

    bank: str
    bank_version: str
    bank_hash: str
    blueprint_hash: str
    bands_hash: str
    engine_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NormGroup:
    """Who scores are relative to: a norm population, when it was tested (ISO 8601), and how many it was.

    ``composite`` is the norm of the overall result.
    """

    population: str
    date: str
    n_persons: int
    composite: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The conclusion (заключение, қорытынды) on one examinee.

    Attributes
    ----------
    examinee : pseudonym, or None.
    concluded_at, valid_until : ISO 8601 times with a zone, None where no time was handed in; ``valid_until``
        is the first moment at which the conclusion is not valid any more.
    theta, se, scale_score, band, band_probabilities : of the standardised composite of the blocks.
    blocks, competencies : results by id, in the bank's order.
    bands : ids of the bands, lowest first; ``cuts`` are the θ between them, ``scale_cuts`` the same on
        the reporting scale, not rounded; ``scale_range`` is the scale's lowest and highest score.
    above_risk_zones : whether the joint probability ``p_above_risk_zones`` that *every* competency lies
        above its risk zone reaches the probability that the bands file asks for; None where the
        evidence on some competency is insufficient.
    strengths, weaknesses : competencies whose contrast with the person's other competencies passes
        the stated posterior probability.
    flags : ids of remarks on the result ("illustrative_bank", "precision_not_reached", …).
    n_items, stop_reason : items answered and why the sitting ended ("precision", "length", …).
    unanswered : how many items were not answered, by code ("omitted", "timed_out", …); codes that do not
        occur are left out.
    illustrative : True where bank or bands are an example that must not decide about people.
    titles : ``{id of the bank, a block, a competency: {language: title}}``.
    scale : the reporting scale; None where a conclusion was put together without one.
    norms : who scores are relative to; None for the bank's reference population.
    category, category_title : the category of posts whose rules held, and its title by language; None and
        empty where the rules were those for everybody.
    tested_at : the time of the test, from which validity is counted: when the sitting began, or
        ``concluded_at`` where that was not told.
    """

    examinee: str | None
    concluded_at: str | None
    valid_until: str | None
    theta: float
    se: float
    scale_score: ScaleScore
    band: str
    band_probabilities: Mapping[str, float]
    blocks: Mapping[str, BlockResult]
    competencies: Mapping[str, CompetencyResult]
    bands: tuple[str, ...]
    cuts: tuple[float, ...]
    scale_cuts: tuple[float, ...]
    scale_range: tuple[float, float]
    contrast_probability: float
    above_risk_zones: bool | None
    p_above_risk_zones: float
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    flags: tuple[str, ...]
    n_items: int
    stop_reason: str | None
    illustrative: bool
    titles: Mapping[str, Mapping[str, str]]
    provenance: Provenance
    unanswered: Mapping[str, int] = field(default_factory=dict)
    scale: Scale | None = None
    norms: NormGroup | None = None
    category: str | None = None
    category_title: Mapping[str, str] = field(default_factory=dict)
    tested_at: str | None = None

    @property
    def validity(self) -> Validity | None:
        """When the conclusion is valid, whatever comes later; None where no time was handed in.

        Its ``status(at)`` is "withheld" where no band is given, and its ``days_left(at)`` counts days by the
        clock of ``valid_until``.
        """
        opens = self.tested_at or self.concluded_at
        if opens is None or self.valid_until is None:
            return None
        return told_validity(opens, self.valid_until, withheld=self.band == NEEDS_MORE_EVIDENCE)

    def attempt(self, name: str, *, failing: Sequence[str] = ()) -> Attempt:
        """The sitting as a member of a history, called ``name``; ``failing`` are the bands that do not pass.

        See :func:`compassess.scoring.may_retake` and :func:`compassess.scoring.current_result`.

        Raises
        ------
        InputError : a conclusion that no time was handed in for; a band that it does not know.
        """
        return attempt_from(self, name, failing=failing)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, with the format's name first."""
        return {"format": FORMAT, **asdict(self)}

    def to_text(self, language: str = "en") -> str:
        """The conclusion as plain text in ``"kk"``, ``"ru"`` or ``"en"``."""
        from compassess.report import conclusion_text

        return conclusion_text(self, language)

    def to_html(self, language: str = "en") -> str:
        """The conclusion as one self-contained HTML page with a profile picture."""
        from compassess.report import conclusion_html

        return conclusion_html(self, language)
