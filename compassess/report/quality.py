"""What was remarked on the quality of somebody's responses, in sentences with the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from compassess.report.words import Words, words_in
from compassess.scoring.quality import Finding, ResponseQuality

__all__ = ["quality_sentences"]

#: How the value and the critical value of an index are written: decimals, or None for a share.
_DECIMALS: Final[Mapping[str, int | None]] = {
    "lz_star": 2,
    "response_time_effort": None,
    "lognormal_times": 1,
    "longest_run": 0,
    "periodic_agreement": None,
}
#: Counts that the sentence of an index tells beside the two: the message's name and the finding's.
_COUNTS: Final[Mapping[str, Mapping[str, str]]] = {
    "response_time_effort": {"rapid": "n_rapid"},
    "lognormal_times": {"fast": "n_fast", "slow": "n_slow"},
    "periodic_agreement": {"lag": "lag"},
}


def quality_sentences(quality: ResponseQuality, language: str) -> tuple[str, ...]:
    """A paragraph for each flag: what was seen, its numbers, and how often it is seen in ordinary people.

    Raises
    ------
    InputError : a language without words.
    """
    words = words_in(language)
    return tuple(_paragraph(finding, words) for finding in quality.findings if finding.raised)


def _paragraph(finding: Finding, words: Words) -> str:
    seen = words.name("flag", finding.flag)
    numbers = {
        "value": _written(finding.value, finding, words),
        "critical": _written(finding.critical_value, finding, words),
        "n": words.number(finding.n, 0),
    }
    numbers |= {
        name: words.number(finding.numbers[key], 0) for name, key in _COUNTS.get(finding.index, {}).items()
    }
    return " ".join([seen, words.say(f"quality-{finding.flag}", **numbers), _false_alarm(finding, words)])


def _written(value: float, finding: Finding, words: Words) -> str:
    decimals = _DECIMALS[finding.index]
    return words.share(value) if decimals is None else words.number(value, decimals)


def _false_alarm(finding: Finding, words: Words) -> str:
    if finding.false_alarm_rate is None:
        return words.say("quality-false_alarm_unknown")
    return words.say("quality-false_alarm", rate=words.percent(finding.false_alarm_rate))
