"""compassess.report.quality: remarks on the quality of responses, in sentences."""

from __future__ import annotations

import re

import pytest

from compassess.errors import InputError
from compassess.report import quality_sentences
from compassess.report.words import words_in
from compassess.scoring.quality import FLAGS, Finding, ResponseQuality

#: Index, value, critical value and counts of each flag.
SEEN = {
    "unusual_answers": ("lz_star", -2.71, -2.05, {"lz": -2.5}),
    "rapid_guessing": ("response_time_effort", 0.75, 0.9, {"n_rapid": 9.0}),
    "unusual_times": ("lognormal_times", 71.26, 56.06, {"tau": 0.1, "n_fast": 2.0, "n_slow": 1.0}),
    "straight_lining": ("longest_run", 14.0, 7.0, {"position": 2.0}),
    "patterned_answers": ("periodic_agreement", 0.875, 0.5, {"lag": 4.0}),
}


def every_flag(rate: float | None = 0.01, *, raised: bool = True) -> ResponseQuality:
    """Somebody with every flag, of a false-alarm rate that is known or not."""
    return ResponseQuality(
        person=None,
        findings=tuple(
            Finding(
                index=index,
                flag=flag,
                raised=raised,
                value=value,
                critical_value=critical,
                p_value=0.004,
                false_alarm_rate=rate,
                n=36,
                status="ok",
                numbers=numbers,
            )
            for flag, (index, value, critical, numbers) in SEEN.items()
        ),
    )


def test_each_flag_is_a_paragraph_with_its_numbers(language: str) -> None:
    """What was seen, as the conclusion has it; then the value, its limit, how many counted, and the rate."""
    found = quality_sentences(every_flag(), language)
    words = words_in(language)
    assert len(found) == len(FLAGS)
    for flag, text in zip(FLAGS, found, strict=True):
        assert text.startswith(words.name("flag", flag))
        assert "36" in text
        assert words.percent(0.01) in text
    told = dict(zip(FLAGS, found, strict=True))
    assert words.number(-2.71, 2) in told["unusual_answers"]
    assert words.number(-2.05, 2) in told["unusual_answers"]
    assert words.share(0.75) in told["rapid_guessing"]
    assert "14" in told["straight_lining"]
    assert re.search(r"\b4\b", told["patterned_answers"])


@pytest.mark.parametrize(
    ("language", "harmless", "no_score"),
    [
        ("en", "harmless causes", "changed no score"),
        ("ru", "безобидными", "На баллы это не повлияло"),
        ("kk", "зиянсыз себептері", "балдарға әсер еткен жоқ"),
    ],
)
@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_accuses_nobody(language: str, harmless: str, no_score: str, flag: str) -> None:
    """Every flag names a harmless cause and says that no score was changed."""
    sentence = words_in(language).name("flag", flag)
    assert harmless in sentence
    assert no_score in sentence


def test_an_unknown_rate_is_said_to_be_unknown(language: str) -> None:
    """No number is made up for a rate that nobody found."""
    for text in quality_sentences(every_flag(None), language):
        assert text.endswith(words_in(language).say("quality-false_alarm_unknown"))


def test_without_flags_nothing_is_said(language: str) -> None:
    """Findings that raise no flag are no remarks."""
    assert quality_sentences(every_flag(raised=False), language) == ()


def test_a_counted_share_may_be_everything(language: str) -> None:
    """Unlike a probability; and a number that is none is a dash."""
    assert "100" in words_in(language).share(1.0)
    assert words_in(language).share(float("nan")) == "—"


def test_an_unknown_language_raises() -> None:
    """As for conclusions."""
    with pytest.raises(InputError, match="language"):
        quality_sentences(every_flag(), "de")
