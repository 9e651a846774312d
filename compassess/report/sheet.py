"""What a conclusion says, before it is laid out: sentences, and tables of strings.

Rule: the text and the page are two layouts of one :class:`Sheet`, so they cannot say different
things. Nothing here knows about columns, tags or colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from compassess.report.scale import NORMAL_95, ReportingScale
from compassess.report.words import Words, clean, title_of
from compassess.scoring.conclusion import BlockResult, CompetencyResult, Conclusion, ScaleScore

__all__ = ["BandLine", "BlockLine", "CompetencyLine", "Fact", "Group", "Hash", "Sheet", "sheet"]

_WITHHELD: Final = "needs_more_evidence"
# These two overturn everything below them, so they stand at the top; the other flags are remarks.
_WARNINGS: Final = ("illustrative_bank", "no_answers")
_SHORT_HASH: Final = 12  # hexadecimal digits: enough to tell files apart by eye
_MOST_DECIMALS: Final = 3
_ALIKE: Final = 1e-9  # a competency with a loading of 1 repeats its block to the last digits
_WHOLE: Final = 0.3  # cuts rounded to whole scores shift the scale's mean and deviation by about so much


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label with its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """A band with its range of scores and its probability; ``share`` is that as a number in [0, 1]."""

    name: str
    scores: str
    probability: str
    share: float
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLine:
    """A block: score ± SE, its band, every band's probability, and why a band was withheld."""

    id: str
    title: str
    score: str
    band: str
    bands: tuple[BandLine, ...]
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetencyLine:
    """A competency: score ± SE, number of items, P(below the threshold) and the risk in a word."""

    id: str
    title: str
    score: str
    n_items: str
    risk: str
    risk_word: str
    risk_probability: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The competencies of one block."""

    title: str
    competencies: tuple[CompetencyLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash:
    """A content hash, short for the eye and whole for the machine."""

    label: str
    short: str
    full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that a conclusion says, in the order in which a commission reads it."""

    words: Words
    examinee: str
    illustrative: bool
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]
    band: str
    band_with_probability: str
    results: tuple[Fact, ...]
    bands: tuple[BandLine, ...]
    evidence: str | None
    blocks: tuple[BlockLine, ...]
    evidence_explained: str | None
    risk_threshold: str | None
    risk_evidence: str | None
    groups: tuple[Group, ...]
    above: str
    above_probability: str
    strengths: tuple[Fact, ...]
    weaknesses: tuple[Fact, ...]
    contrast: str
    remarks: tuple[str, ...]
    ending: tuple[str, ...]
    meaning: tuple[str, ...]
    notice: tuple[str, ...]
    engine: Fact
    hashes: tuple[Hash, ...]


def sheet(conclusion: Conclusion, words: Words) -> Sheet:
    """Put a conclusion into words."""
    writer = _Writer(conclusion, words)
    warned = [flag for flag in _WARNINGS if flag in _flags(conclusion)]
    remarks = [flag for flag in _flags(conclusion) if flag not in _WARNINGS]
    return Sheet(
        words=words,
        examinee=writer.examinee(),
        illustrative="illustrative_bank" in warned,
        warnings=tuple(words.name("flag", flag) for flag in warned),
        facts=writer.facts(),
        band=words.name("band", conclusion.band),
        band_with_probability=writer.band_with_probability(),
        results=writer.results(),
        bands=writer.bands(conclusion.band_probabilities, conclusion.band),
        evidence=writer.evidence(conclusion.band, conclusion.band_probabilities),
        blocks=tuple(map(writer.block, conclusion.blocks.values())),
        evidence_explained=writer.evidence_explained(),
        risk_threshold=writer.risk_threshold(),
        risk_evidence=writer.risk_evidence(),
        groups=tuple(writer.groups()),
        above=words.say(_VERDICTS[conclusion.above_risk_zones]),
        above_probability=words.say(
            "above-probability", probability=words.percent(conclusion.p_above_risk_zones)
        ),
        strengths=writer.contrasts(conclusion.strengths, above=True),
        weaknesses=writer.contrasts(conclusion.weaknesses, above=False),
        contrast=writer.contrast(),
        remarks=tuple(words.name("flag", flag) for flag in remarks),
        ending=writer.ending(),
        meaning=writer.meaning(),
        notice=tuple(map(words.say, ("notice-automated", "notice-material", "notice-appeal"))),
        engine=Fact(label=words.say("provenance-engine"), value=clean(conclusion.provenance.engine_version)),
        hashes=writer.hashes(),
    )


_VERDICTS: Final[Mapping[bool | None, str]] = {True: "above-yes", False: "above-no", None: "above-unknown"}


def _flags(conclusion: Conclusion) -> tuple[str, ...]:
    """The flags once each; an illustrative bank is warned of even where no flag says so."""
    also = ("illustrative_bank",) if conclusion.illustrative else ()
    return tuple(dict.fromkeys((*also, *conclusion.flags)))


class _Writer:
    """The sentences and cells of one conclusion in one language."""

    def __init__(self, conclusion: Conclusion, words: Words) -> None:
        self.conclusion = conclusion
        self.words = words
        self.scale = ReportingScale.of(conclusion)
        self.decimals = _decimals(conclusion)

    def examinee(self) -> str:
        return clean(self.conclusion.examinee or "") or self.words.say("examinee-unnamed")

    def facts(self) -> tuple[Fact, ...]:
        provenance, language = self.conclusion.provenance, self.words.language
        pairs = {
            "examinee": self.examinee(),
            **self._tested_at(),
            "concluded-at": self._concluded_at(),
            "valid-until": self._valid_until(),
            "bank": title_of(self.conclusion.titles, provenance.bank, language),
            "bank-version": clean(provenance.bank_version),
        }
        pairs |= self._category() | self._norms()
        return tuple(Fact(label=self.words.say(label), value=value) for label, value in pairs.items())

    def _category(self) -> dict[str, str]:
        """The category of posts whose rules held, where there is one."""
        name = self.conclusion.category
        if name is None:
            return {}
        return {"category": title_of({name: self.conclusion.category_title}, name, self.words.language)}

    def _norms(self) -> dict[str, str]:
        """Who scores are relative to, where it is not the reference population."""
        told = self._norm_group()
        return {"norms": self.words.say("norms-value", **told)} if told else {}

    def _norm_group(self) -> dict[str, str | int]:
        norms = self.conclusion.norms
        if norms is None:
            return {}
        return {
            "population": clean(norms.population),
            "date": self.words.day(norms.date, "norms.date"),
            "n": norms.n_persons,
        }

    def _tested_at(self) -> dict[str, str]:
        """When the test was, which validity is counted from; nothing where no other time was told."""
        at = self.conclusion.tested_at
        if at is None or at == self.conclusion.concluded_at:
            return {}
        return {"tested-at": self.words.moment(at, "tested_at")}

    def _concluded_at(self) -> str:
        at = self.conclusion.concluded_at
        return self.words.say("no-time") if at is None else self.words.moment(at, "concluded_at")

    def _valid_until(self) -> str:
        until = self.conclusion.valid_until
        if until is not None:
            return self.words.moment(until, "valid_until")
        return self.words.say("no-time" if self.conclusion.concluded_at is None else "no-validity")

    def band_with_probability(self) -> str:
        band = self.words.name("band", self.conclusion.band)
        probability = self.conclusion.band_probabilities.get(self.conclusion.band)
        if probability is None:
            return band
        return self.words.say("band-with-probability", band=band, probability=self.words.percent(probability))

    def results(self) -> tuple[Fact, ...]:
        words, conclusion = self.words, self.conclusion
        lowest, highest = (self._score(limit) for limit in conclusion.scale_range)
        low, high = self.scale.interval(conclusion.theta, conclusion.se)
        percentile = conclusion.scale_score.percentile
        ability = f"{words.number(conclusion.theta, 2)} ± {words.number(conclusion.se, 2)}"
        return (
            Fact(
                label=words.say("score-on-scale", **{"from": lowest, "to": highest}),
                value=self.score(conclusion.scale_score),
            ),
            Fact(label=words.say("interval"), value=f"{self._score(low)}–{self._score(high)}"),
            Fact(
                label=words.say("percentile"),
                value=words.say(
                    "percentile-value" if conclusion.norms is None else "percentile-value-norms",
                    percentile=self._percentile(percentile),
                    share=words.percent(percentile / 100, decimals=0),
                ),
            ),
            Fact(label=words.say("ability"), value=ability),
        )

    def _percentile(self, percentile: float) -> str:
        if percentile < 1:
            return "<\u00a01"
        return ">\u00a099" if percentile > 99 else self.words.number(percentile, 0)

    def _score(self, value: float) -> str:
        return self.words.number(value, self.decimals)

    def score(self, score: ScaleScore) -> str:
        return f"{self._score(score.value)} ± {self.words.number(score.se, 1)}"

    def bands(self, probabilities: Mapping[str, float], given: str) -> tuple[BandLine, ...]:
        """The bands with their probabilities, best first."""
        whole = all(float(cut).is_integer() for cut in self.conclusion.scale_cuts)
        cuts = [self.words.number(cut, 0 if whole else 1) for cut in self.conclusion.scale_cuts]
        lines = []
        for position, band in enumerate(self.conclusion.bands):
            probability = probabilities.get(band, 0.0)
            lines.append(
                BandLine(
                    name=self.words.name("band", band),
                    scores=_range(cuts[position - 1 : position], cuts[position : position + 1]),
                    probability=self.words.percent(probability),
                    share=probability,
                    given=band == given,
                )
            )
        return tuple(reversed(lines))

    def evidence(self, band: str, probabilities: Mapping[str, float]) -> str | None:
        """Why the band was withheld; None where one was given."""
        if band != _WITHHELD:
            return None
        likeliest = max(self.conclusion.bands, key=lambda band: probabilities.get(band, 0.0))
        return self.words.say(
            "evidence-likeliest",
            band=self.words.name("band", likeliest),
            probability=self.words.percent(probabilities.get(likeliest, 0.0)),
        )

    def evidence_explained(self) -> str | None:
        """What a withheld band means; None where every band was given."""
        bands = {self.conclusion.band, *(block.band for block in self.conclusion.blocks.values())}
        return self.words.say("evidence-explained") if _WITHHELD in bands else None

    def block(self, block: BlockResult) -> BlockLine:
        return BlockLine(
            id=block.id,
            title=self.title(block.id),
            score=self.score(block.scale_score),
            band=self.words.name("band", block.band),
            bands=self.bands(block.band_probabilities, block.band),
            evidence=self.evidence(block.band, block.band_probabilities),
        )

    def title(self, name: str) -> str:
        return title_of(self.conclusion.titles, name, self.words.language)

    def risk_threshold(self) -> str | None:
        """The threshold on the scale, or its range where competencies differ."""
        thresholds = [self._threshold(result) for result in self.conclusion.competencies.values()]
        if not thresholds:
            return None
        ends = dict.fromkeys(self.words.number(end, 1) for end in (min(thresholds), max(thresholds)))
        told = self.words.say("risk-threshold", threshold="–".join(ends))
        return f"{told} {self.words.say('competencies-not-told-apart')}" if self.has_copies() else told

    def risk_evidence(self) -> str | None:
        """How many of those in a zone such evidence finds, and of how many others it errs; None without."""
        judged = [one for one in self.conclusion.competencies.values() if one.risk != "insufficient"]
        if not judged:
            return None
        found, wrong = [one.risk_sensitivity for one in judged], [one.risk_false_alarm for one in judged]
        ends = dict.fromkeys(map(self.words.percent, (min(found), max(found))))
        return self.words.say("zone-evidence", found="–".join(ends), wrong=self.words.percent(max(wrong)))

    def _threshold(self, result: CompetencyResult) -> float:
        """The threshold as a score of the competency."""
        own = result.scale_threshold
        return self.scale.score(result.risk_threshold) if own is None else own

    def has_copies(self) -> bool:
        """Whether some block's competencies all repeat its score: the bank gives them a loading of 1."""
        blocks = self.conclusion.blocks
        for name, block in blocks.items():
            own = [one for one in self.conclusion.competencies.values() if one.block == name]
            same = [abs(one.theta - block.theta) < _ALIKE and abs(one.se - block.se) < _ALIKE for one in own]
            if len(own) > 1 and all(same):
                return True
        return False

    def groups(self) -> Iterable[Group]:
        """Competencies by block, in the bank's order."""
        results = self.conclusion.competencies.values()
        for block in dict.fromkeys(result.block for result in results):
            members = (result for result in results if result.block == block)
            yield Group(title=self.title(block), competencies=tuple(map(self.competency, members)))

    def competency(self, result: CompetencyResult) -> CompetencyLine:
        return CompetencyLine(
            id=result.id,
            title=self.title(result.id),
            score=self.score(result.scale_score),
            n_items=self.words.number(result.n_items, 0),
            risk=result.risk,
            risk_word=self.words.name("risk", result.risk),
            risk_probability=self.words.percent(result.risk_probability),
        )

    def contrasts(self, names: Iterable[str], *, above: bool) -> tuple[Fact, ...]:
        """The competencies that stand out, each with the probability that it does."""
        return tuple(Fact(label=self.title(name), value=self._contrast(name, above)) for name in names)

    def _contrast(self, name: str, above: bool) -> str:
        p_above = self.conclusion.competencies[name].p_above_own_mean
        return self.words.say(
            "with-probability", probability=self.words.percent(p_above if above else 1 - p_above)
        )

    def contrast(self) -> str:
        found = self.conclusion.strengths or self.conclusion.weaknesses
        return self.words.say(
            "contrast-explained" if found else "contrast-none",
            probability=self._stated(self.conclusion.contrast_probability),
        )

    def _stated(self, probability: float) -> str:
        whole = abs(probability * 100 - round(probability * 100)) < 1e-9
        return self.words.percent(probability, decimals=0 if whole else 1)

    def ending(self) -> tuple[str, ...]:
        """How much was answered and left, and why the sitting ended."""
        left = sum(n for code, n in self.conclusion.unanswered.items() if code != "not_presented")
        return (
            self.words.say("items-answered", n=self.conclusion.n_items),
            *((self.words.say("items-left", n=left),) if left else ()),
            self.words.reason(self.conclusion.stop_reason),
        )

    def meaning(self) -> tuple[str, ...]:
        words = self.words
        lowest, highest = (self._score(limit) for limit in self.conclusion.scale_range)
        numbers = {"from": lowest, "to": highest}
        message = "meaning-score" + ("" if self.conclusion.norms is None else "-norms")
        if self.scale.by_percentiles:
            message = message.replace("score", "percentile")
        else:
            numbers |= {
                "mean": self._tidy(self.scale.mean),
                "sd": self._tidy(self.scale.standard_deviation),
            }
        told = self._norm_group()
        return (
            words.say(message, **numbers),
            *([words.say("meaning-norms", **told)] if told else []),
            words.say("meaning-error", z=words.number(NORMAL_95, 2)),
            words.say("meaning-band"),
            words.say("meaning-risk"),
        )

    def _tidy(self, value: float) -> str:
        return self.words.number(value, 0 if abs(value - round(value)) < _WHOLE else 1)

    def hashes(self) -> tuple[Hash, ...]:
        provenance = self.conclusion.provenance
        pairs = {
            "provenance-bank": provenance.bank_hash,
            "provenance-blueprint": provenance.blueprint_hash,
            "provenance-bands": provenance.bands_hash,
        }
        return tuple(
            Hash(label=self.words.say(label), short=_short(full), full=clean(full))
            for label, full in pairs.items()
        )


def _decimals(conclusion: Conclusion) -> int:
    """The fewest decimals that show every reported score as it is."""
    scores = [conclusion.scale_score.value]
    scores += [result.scale_score.value for result in conclusion.blocks.values()]
    scores += [result.scale_score.value for result in conclusion.competencies.values()]
    fitting = (
        decimals
        for decimals in range(_MOST_DECIMALS)
        if all(abs(score - round(score, decimals)) < 1e-9 for score in scores)
    )
    return next(fitting, _MOST_DECIMALS)


def _range(below: list[str], above: list[str]) -> str:
    """A half-open range of scores in signs, which need no endings in any language."""
    if below and above:
        return f"{below[0]}–{above[0]}"
    return f"≥ {below[0]}" if below else f"< {above[0]}" if above else "—"


def _short(content_hash: str) -> str:
    kind, colon, digits = clean(content_hash).rpartition(":")
    return f"{kind}{colon}{digits[:_SHORT_HASH]}" + ("…" if len(digits) > _SHORT_HASH else "")
