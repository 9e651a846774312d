"""The conclusion as plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from compassess.report import conclusion_text
from compassess.report.words import words_in
from compassess.scoring.conclusion import Conclusion
from compassess.scoring.quality import FLAGS as QUALITY_FLAGS

FREE_OF_IDS = ("ordinary", "calm", "unanswered", "single", "withheld", "extreme")


def plain(text: str) -> str:
    """With ordinary blanks, and wrapped sentences on one line."""
    return " ".join(text.replace("\u00a0", " ").split())


def test_the_text_fits_a_terminal(conclusion: Conclusion, language: str) -> None:
    """At most 78 columns, no blank at a line's end, no control character but the line feed."""
    text = conclusion_text(conclusion, language)
    assert text.endswith("\n")
    for line in text.splitlines():
        assert len(line) <= 78
        assert line == line.rstrip()
        assert line == "" or line.isprintable() or set(line) & {"\u00a0", "\u202f"}
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)


def test_long_titles_are_wrapped(usual: Conclusion, language: str) -> None:
    """Titles of many words, and of one word longer than its column, keep within 78 columns."""
    names = [*usual.blocks, *usual.competencies]
    for title in ("Тұтынушыға бағдарланған мемлекеттік қызмет көрсету " * 3, "Клиентоориентированность" * 5):
        titles = dict.fromkeys(names, dict.fromkeys(("kk", "ru", "en"), title.strip()))
        text = conclusion_text(replace(usual, titles={**usual.titles, **titles}), language)
        assert max(map(len, text.splitlines())) <= 78
        letters = re.sub(r"\s", "", text)
        assert title.split()[0][:20] in letters


def test_the_text_keeps_no_trace_of_the_machinery(conclusion: Conclusion, language: str) -> None:
    """No isolation marks, no unfilled argument, no "None", no "nan"."""
    text = conclusion_text(conclusion, language)
    assert not re.search("[\u2066-\u2069{}$]|None|nan", text)


@pytest.mark.parametrize("name", FREE_OF_IDS)
def test_no_id_is_left_untranslated(
    cases: Mapping[str, Callable[[], Conclusion]], name: str, language: str
) -> None:
    """Blocks, competencies, bands, risks, flags and reasons appear by name; nothing has an underscore."""
    conclusion = cases[name]()
    text = conclusion_text(conclusion, language)
    assert not re.search("[a-zA-Z]_[a-zA-Z]", text)
    if language != "en":
        latin = set(re.findall("[A-Za-z]{2,}", text))
        assert latin <= {
            "civil",
            "service",
            "sha",
            "compassess",
            "abcdef",
            "fedcba",
            "UTC",
            "ff",
            "ee",
            "dd",
            "ab",
        }


def test_the_parts_stand_in_the_order_of_reading(usual: Conclusion, language: str) -> None:
    """Warning, particulars, the whole, blocks, competencies, verdict, contrasts, remarks, the rest."""
    text = conclusion_text(usual, language)
    say = words_in(language).say
    headings = [
        "title",
        "overall-heading",
        "blocks-heading",
        "competencies-heading",
        "above-heading",
        "contrast-heading",
        "remarks-heading",
        "ending-heading",
        "meaning-heading",
        "notice-heading",
        "decision-heading",
        "provenance-heading",
    ]
    lines = text.splitlines()
    places = [lines.index(say(heading).upper()) for heading in headings]
    assert places == sorted(places)
    warning = next(place for place, line in enumerate(lines) if line.startswith("!!"))
    assert places[0] < warning < lines.index(next(line for line in lines if "E-0017" in line)) < places[1]


def test_numbers_of_the_whole_result_are_the_values(usual: Conclusion) -> None:
    """Score, its error, interval, percentile, θ and the bands, with a decimal comma in Russian."""
    text = plain(conclusion_text(usual, "ru"))
    assert "Уровень эффективно (вероятность 85,9 %)" in text
    assert "(шкала 0–100) 53 ± 2,4" in text
    assert "95-процентный интервал балла 48–58" in text
    assert "Процентиль 62 (у 62 % референтной группы балл ниже)" in text
    assert "0,31 ± 0,24" in text
    assert "превосходно ≥ 55,7 14,1 %" in text
    assert "эффективно 31,6–55,7 85,9 %" in text
    assert "удовлетворительно 19,9–31,6 < 0,1 %" in text
    assert "Порог зоны риска на шкале: 33,5." in text


@pytest.mark.parametrize(("language", "comma"), [("kk", ","), ("ru", ","), ("en", ".")])
def test_every_row_carries_the_numbers_of_its_value(
    cases: Mapping[str, Callable[[], Conclusion]], language: str, comma: str
) -> None:
    """A competency's row holds its score, error, items and risk probability, in the language's digits."""
    conclusion = cases["ordinary"]()
    words = words_in(language)
    text = conclusion_text(conclusion, language)
    for result in conclusion.competencies.values():
        start = conclusion.titles[result.id][language].split()[0]
        score = f"{result.scale_score.value:.0f} ± {result.scale_score.se:.1f}".replace(".", comma)
        tail = f"{score} {result.n_items} {words.percent(result.risk_probability)}"
        rows = [plain(line) for line in text.splitlines() if line.startswith(f"  {start}")]
        assert any(plain(tail) in row for row in rows), result.id


def test_a_decimal_comma_means_that_no_decimal_point_is_left(usual: Conclusion) -> None:
    """In Kazakh and Russian the only points between digits are those of versions."""
    for language in ("kk", "ru"):
        points = set(re.findall(r"\d+\.[\d.]+", conclusion_text(usual, language)))
        assert points == {"2026.1", "0.1.0"}


def test_scores_keep_the_decimals_of_the_scale(usual: Conclusion) -> None:
    """A scale with one decimal shows it in every score, also where it is zero."""
    score = replace(usual.scale_score, value=53.1)
    text = plain(conclusion_text(replace(usual, scale_score=score), "en"))
    assert "(scale 0.0–100.0) 53.1 ± 2.4" in text
    assert "Cooperation 53.0 ± 5.2" in text


def test_cuts_in_whole_scores_still_tell_the_scale(usual: Conclusion) -> None:
    """Cuts rounded to 20, 32, 56 are shown so, and the scale's mean and deviation stay 50 and 10."""
    rounded = replace(usual, scale_cuts=(20.0, 32.0, 56.0))
    text = plain(conclusion_text(rounded, "en"))
    assert "has the mean 50 and the standard deviation 10." in text
    assert "effective 32–56 85.9%" in text


def test_a_conclusion_of_the_composite_alone_is_written(usual: Conclusion, language: str) -> None:
    """Without blocks and competencies no empty table is left."""
    words = words_in(language)
    text = conclusion_text(replace(usual, blocks={}, competencies={}, strengths=(), weaknesses=()), language)
    assert words.say("blocks-heading").upper() not in text.splitlines()
    assert words.say("competencies-heading").upper() not in text.splitlines()


def test_an_illustrative_bank_is_said_at_the_top(usual: Conclusion, language: str) -> None:
    """The warning stands before the person's name, even where only the boolean says so, and once."""
    sentence = words_in(language).name("flag", "illustrative_bank")
    for conclusion in (usual, replace(usual, flags=())):
        head = conclusion_text(conclusion, language).split("E-0017")[0]
        assert sentence in plain(head.replace("!!", ""))
        assert plain(conclusion_text(conclusion, language).replace("!!", "")).count(sentence) == 1


def test_without_flags_there_is_neither_warning_nor_remark(
    cases: Mapping[str, Callable[[], Conclusion]], language: str
) -> None:
    """A calm conclusion has no empty sections."""
    text = conclusion_text(cases["calm"](), language)
    assert "!!" not in text
    assert words_in(language).say("remarks-heading").upper() not in text


@pytest.mark.parametrize("flag", ["precision_not_reached", "incomplete", "coarse_grid", *QUALITY_FLAGS])
def test_flags_are_sentences(usual: Conclusion, flag: str, language: str) -> None:
    """A remark is a whole sentence of the catalogue."""
    text = plain(conclusion_text(replace(usual, flags=(flag,)), language))
    sentence = words_in(language).name("flag", flag)
    assert sentence.endswith(".")
    assert sentence in text


@pytest.mark.parametrize("reason", ["precision", "length", "pool_exhausted", "broken_off", None])
def test_the_end_of_the_sitting_is_told(usual: Conclusion, reason: str | None, language: str) -> None:
    """Why the sitting ended, or that nobody recorded it."""
    text = plain(conclusion_text(replace(usual, stop_reason=reason), language))
    assert words_in(language).name("stop", reason or "unknown") in text


def test_a_reason_of_the_callers_own_is_told_neutrally(usual: Conclusion, language: str) -> None:
    """A stopping rule from outside may bring any reason; the report has a sentence and shows no id."""
    text = plain(conclusion_text(replace(usual, stop_reason="my_own_rule"), language))
    assert words_in(language).say("stop-other") in text
    assert "my" not in text.split()
    assert "my_own_rule" not in text


def test_without_a_time_the_text_says_so(
    cases: Mapping[str, Callable[[], Conclusion]], language: str
) -> None:
    """Neither date is invented."""
    text = conclusion_text(cases["unanswered"](), language)
    assert text.count(words_in(language).say("no-time")) == 2


def test_a_time_without_a_limit_is_not_called_missing(usual: Conclusion) -> None:
    """Concluded at a time, valid without a limit."""
    text = plain(conclusion_text(replace(usual, valid_until=None), "en"))
    assert "Valid until no limit is set" in text
    assert "no time was handed in" not in text


def test_the_day_of_the_test_is_told_where_it_is_another(usual: Conclusion, language: str) -> None:
    """Validity is counted from it; where the conclusion was drawn at that time one line says it."""
    label = words_in(language).say("tested-at")
    at = usual.concluded_at
    for tested_at in (None, at):
        assert label not in conclusion_text(replace(usual, tested_at=tested_at), language)
    told = plain(conclusion_text(replace(usual, tested_at="2026-01-09T14:05:00+05:00"), language))
    moment = words_in(language).moment("2026-01-09T14:05:00+05:00", "tested_at")
    assert plain(f"{label} {moment}") in told


def test_a_withheld_band_is_explained(cases: Mapping[str, Callable[[], Conclusion]], language: str) -> None:
    """For the composite and the block: the likeliest band with its probability; what it means, once."""
    conclusion = cases["withheld"]()
    words = words_in(language)
    text = plain(conclusion_text(conclusion, language))
    for result in (conclusion, conclusion.blocks["service"]):
        probability = words.percent(result.band_probabilities["minimal"])
        reason = words.say("evidence-likeliest", band=words.name("band", "minimal"), probability=probability)
        assert plain(reason) in text
    assert text.count(words.say("evidence-explained")) == 1


def test_given_bands_need_no_explanation(usual: Conclusion, language: str) -> None:
    """Where every band was given, nothing speaks of missing evidence."""
    words = words_in(language)
    text = plain(conclusion_text(usual, language))
    assert words.say("evidence-explained") not in text
    assert words.name("band", "needs_more_evidence") not in text


@pytest.mark.parametrize(("verdict", "message"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_the_verdict_over_all_risk_zones(
    usual: Conclusion, verdict: bool | None, message: str, language: str
) -> None:
    """Yes, no or undetermined, each beside the joint probability."""
    words = words_in(language)
    text = plain(conclusion_text(replace(usual, above_risk_zones=verdict), language))
    assert words.say(f"above-{message}") in text
    assert plain(words.say("above-probability", probability=words.percent(0.1873))) in text


def test_strengths_and_weaknesses_carry_the_probability_of_the_contrast(usual: Conclusion) -> None:
    """A strength shows P(above the others), a weakness P(below them)."""
    text = plain(conclusion_text(usual, "en"))
    assert "– Decision making: probability 97.7%" in text
    assert "– Initiative: probability 99.0%" in text
    assert "where the probability is 90% or more" in text


def test_one_empty_side_says_none(usual: Conclusion) -> None:
    """Strengths without weaknesses leave no empty list."""
    text = plain(conclusion_text(replace(usual, weaknesses=()), "en"))
    assert "Weaknesses: – none" in text


def test_nobody_stands_out(cases: Mapping[str, Callable[[], Conclusion]]) -> None:
    """The sentence names the probability that nobody reached, with its decimals."""
    calm = cases["calm"]()
    assert "с вероятностью 90 % и выше" in plain(conclusion_text(calm, "ru"))
    fine = replace(calm, contrast_probability=0.975)
    assert "с вероятностью 97,5 % и выше" in plain(conclusion_text(fine, "ru"))


def test_thresholds_that_differ_are_shown_as_a_range(usual: Conclusion) -> None:
    """Competencies may have thresholds of their own."""
    ethics = replace(usual.competencies["ethics"], risk_threshold=-1.2)
    conclusion = replace(usual, competencies={**usual.competencies, "ethics": ethics})
    assert "zone on the scale: 33.5–38.0." in plain(conclusion_text(conclusion, "en"))


def test_hashes_are_short_and_versions_whole(usual: Conclusion, language: str) -> None:
    """Twelve digits of each hash, the bank's and the engine's version."""
    text = conclusion_text(usual, language)
    for short in ("sha256:0123456789ab…", "sha256:fedcba987654…", "sha256:00ff11ee22dd…"):
        assert short in text
    assert usual.provenance.bank_hash not in text
    assert "2026.1" in text
    assert "0.1.0" in text


def test_there_is_a_place_for_the_human_who_decides(conclusion: Conclusion, language: str) -> None:
    """Lines for decision, name, signature and date."""
    lines = conclusion_text(conclusion, language).splitlines()
    say = words_in(language).say
    for message in ("decision-text", "decision-name", "decision-signature", "decision-date"):
        assert any(line.startswith(f"  {say(message)}: ____") for line in lines)


def test_the_examinee_cannot_write_lines_of_the_conclusion(
    cases: Mapping[str, Callable[[], Conclusion]],
) -> None:
    """A pseudonym with line breaks stays one value; terminal escapes lose their power."""
    hostile = cases["hostile"]()
    assert "<script>alert('E-0017')</script> excellent" in plain(conclusion_text(hostile, "en"))
    assert "\x1b" not in conclusion_text(hostile, "kk")
    assert "\nБАЛЛ" not in conclusion_text(hostile, "ru")


def test_the_method_of_the_value_writes_the_same(usual: Conclusion, language: str) -> None:
    """``conclusion.to_text`` is this function."""
    assert usual.to_text(language) == conclusion_text(usual, language)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_competencies_that_repeat_their_block_are_told(usual: Conclusion, language: str) -> None:
    """A bank with loadings of 1 has no findings about single competencies, and the conclusion says so."""
    sentence = {"kk": "ажыратпайды", "ru": "не различает", "en": "does not tell them apart"}[language]
    copies = {
        name: replace(one, theta=usual.blocks[one.block].theta, se=usual.blocks[one.block].se)
        for name, one in usual.competencies.items()
    }
    repeated = " ".join(conclusion_text(replace(usual, competencies=copies), language).split())
    assert sentence in repeated
    assert sentence not in " ".join(conclusion_text(usual, language).split())


def test_what_the_evidence_can_carry_is_said(usual: Conclusion, language: str) -> None:
    """Sensitivity from the least to the greatest and the largest false-alarm rate of the zones that are told."""
    judged = [one for one in usual.competencies.values() if one.risk != "insufficient"]
    words = words_in(language)
    ends = [words.percent(end(one.risk_sensitivity for one in judged)) for end in (min, max)]
    wrong = words.percent(max(one.risk_false_alarm for one in judged))
    sentence = words.say("zone-evidence", found="–".join(dict.fromkeys(ends)), wrong=wrong)
    assert plain(sentence) in plain(conclusion_text(usual, language))
    nothing = {name: replace(one, risk="insufficient") for name, one in usual.competencies.items()}
    untold = conclusion_text(replace(usual, competencies=nothing), language)
    assert plain(sentence).split(":")[0] not in plain(untold)
