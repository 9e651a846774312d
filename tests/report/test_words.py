"""The catalogues and the number formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources

import pytest
from fluent.syntax import ast, parse

from compassess.adaptive import STOPPING_RULES
from compassess.errors import InputError
from compassess.report import LANGUAGES, choice_sentences, conclusion_html, conclusion_text, quality_sentences
from compassess.report.words import Words, clean, title_of, words_in
from compassess.scoring.conclusion import Conclusion
from compassess.scoring.quality import FLAGS as QUALITY_FLAGS

from .test_choice import every_choice
from .test_plots import every_plot
from .test_quality import every_flag

BANDS = ("minimal", "satisfactory", "effective", "excellent", "needs_more_evidence")
RISKS = ("clear", "watch", "risk", "insufficient")
FLAGS = (
    "illustrative_bank",
    "precision_not_reached",
    "needs_more_evidence",
    "incomplete",
    "no_answers",
    "coarse_grid",
    "short_grid",
    "not_reached_items",
    "omitted_items",
    "timed_out_items",
    "technically_lost_items",
    "too_few_attempts",
    "confirmed_by_second_sitting",
    *QUALITY_FLAGS,
)
STOPS = (
    "precision",
    "length",
    "pool_exhausted",
    "path_complete",
    *dict.fromkeys(rule.reason for rule in STOPPING_RULES.values() if rule.reason != "precision"),
    "other",
    "broken_off",
    "time_is_up",
    "examinee_left",
    "technical",
    "unknown",
)


def catalogue(language: str) -> ast.Resource:
    """The catalogue as fluent's own parser reads it."""
    folder = resources.files("compassess.report").joinpath("catalogue")
    return parse(folder.joinpath(f"{language}.ftl").read_text(encoding="utf-8"))


def message_ids(language: str) -> list[str]:
    """The ids of its messages, in order."""
    return [entry.id.name for entry in catalogue(language).body if isinstance(entry, ast.Message)]


def test_a_catalogue_is_read_without_a_fault(language: str) -> None:
    """No line of a catalogue is junk, and no message stands twice."""
    assert not [entry for entry in catalogue(language).body if isinstance(entry, ast.Junk)]
    ids = message_ids(language)
    assert len(ids) == len(set(ids))


def test_every_catalogue_has_the_same_messages_in_the_same_order() -> None:
    """A message added in one language is added in all."""
    assert message_ids("kk") == message_ids("ru") == message_ids("en")


def test_every_message_takes_the_same_arguments_in_every_language() -> None:
    """No number gets lost in translation."""

    def arguments(language: str) -> dict[str, set[str]]:
        folder = resources.files("compassess.report").joinpath("catalogue")
        text = folder.joinpath(f"{language}.ftl").read_text(encoding="utf-8")
        parts = re.split(r"^([a-z][\w-]*) =", text, flags=re.MULTILINE)[1:]
        return {
            name: set(re.findall(r"\$(\w+)", body))
            for name, body in zip(parts[::2], parts[1::2], strict=True)
        }

    assert arguments("kk") == arguments("ru") == arguments("en")


def test_every_message_is_used(
    cases: Mapping[str, Callable[[], Conclusion]], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conclusions and findings of these tests together say every message: nothing is dead."""
    said: set[str] = set()
    say = Words.say

    def record(self: Words, message: str, **arguments: str | int) -> str:
        said.add(message)
        return say(self, message, **arguments)

    monkeypatch.setattr(Words, "say", record)
    for make in cases.values():
        conclusion_text(make(), language)
        conclusion_html(make(), language)
    for reason in (*STOPS, "a_rule_of_ones_own"):
        conclusion_text(replace(cases["calm"](), stop_reason=reason), language)
    for rate in (0.01, None):
        quality_sentences(every_flag(rate), language)
    for choice in every_choice():
        choice_sentences(choice, language)
    every_plot(language)
    assert set(message_ids(language)) - said == set()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("band", name) for name in BANDS),
        *(("risk", name) for name in RISKS),
        *(("flag", name) for name in FLAGS),
        *(("stop", name) for name in STOPS),
    ],
)
def test_every_name_of_the_engine_has_words(kind: str, name: str, language: str) -> None:
    """Bands, risks, flags and stop reasons are translated, not shown as ids."""
    assert f"{kind}-{name}" in message_ids(language)
    if kind == "stop" and name in STOPS[: STOPS.index("broken_off")]:  # the ends that simulations know
        assert f"plot-end-{name}" in message_ids(language)
    word = words_in(language).name(kind, name)
    assert word
    assert "_" not in word


def test_the_words_of_the_domain_are_used() -> None:
    """The bands carry the names that the Agency's report gives them."""
    ru = [words_in("ru").name("band", band) for band in BANDS[:4]]
    kk = [words_in("kk").name("band", band) for band in BANDS[:4]]
    assert ru == ["минимально", "удовлетворительно", "эффективно", "превосходно"]
    assert kk == ["ең төменгі", "қанағаттанарлық", "тиімді", "үздік"]


def test_kazakh_and_russian_are_written_in_their_own_letters() -> None:
    """No Latin look-alike has slipped into a Cyrillic word; only names of things are Latin."""
    for language in ("kk", "ru"):
        folder = resources.files("compassess.report").joinpath("catalogue")
        text = folder.joinpath(f"{language}.ftl").read_text(encoding="utf-8")
        for word in re.findall(r"\w+", text):
            mixed = re.search("[A-Za-z]", word) and re.search("[Ѐ-ӿ]", word)
            assert not mixed, word


def test_an_unknown_name_is_made_readable() -> None:
    """A band of somebody's own file is shown with blanks for underscores."""
    assert words_in("ru").name("band", "nearly_there") == "nearly there"


@pytest.mark.parametrize(
    ("n", "sentence"),
    [
        (0, "Выполнено 0 заданий."),
        (1, "Выполнено 1 задание."),
        (2, "Выполнено 2 задания."),
        (5, "Выполнено 5 заданий."),
        (11, "Выполнено 11 заданий."),
        (21, "Выполнено 21 задание."),
        (24, "Выполнено 24 задания."),
    ],
)
def test_russian_counts_take_the_right_plural(n: int, sentence: str) -> None:
    """1 задание, 2 задания, 5 заданий, and what follows from it."""
    assert words_in("ru").say("items-answered", n=n) == sentence


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["1 item was left without an answer.", "2 items were left without an answer."]),
        ("ru", ["Без ответа осталось 1 задание.", "Без ответа осталось 2 задания."]),
        ("kk", ["Жауапсыз қалғаны: 1 тапсырма.", "Жауапсыз қалғаны: 2 тапсырма."]),
    ],
)
def test_items_left_are_counted(language: str, sentences: list[str]) -> None:
    """One and two items without an answer, in the plural of each language."""
    assert [words_in(language).say("items-left", n=n) for n in (1, 2)] == sentences


def test_counts_in_english_and_kazakh() -> None:
    """English has two forms, a Kazakh noun after a number has one."""
    assert words_in("en").say("items-answered", n=1) == "1 item was answered."
    assert words_in("en").say("items-answered", n=2) == "2 items were answered."
    assert words_in("kk").say("items-answered", n=1) == "Барлығы 1 тапсырма орындалды."
    assert words_in("kk").say("items-answered", n=5) == "Барлығы 5 тапсырма орындалды."


@pytest.mark.parametrize(
    ("language", "value", "decimals", "text"),
    [
        ("ru", 0.31, 2, "0,31"),
        ("kk", 0.31, 2, "0,31"),
        ("en", 0.31, 2, "0.31"),
        ("ru", -3.2, 1, "−3,2"),
        ("ru", -0.004, 2, "0,00"),
        ("en", 56.0, 0, "56"),
        ("en", float("nan"), 1, "—"),
        ("kk", float("inf"), 1, "—"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(
    language: str, value: float, decimals: int, text: str
) -> None:
    """Decimal comma in Kazakh and Russian; a true minus; no negative zero; a dash for no number."""
    assert words_in(language).number(value, decimals) == text


@pytest.mark.parametrize(
    ("language", "probability", "text"),
    [
        ("ru", 0.8594, "85,9\u00a0%"),
        ("kk", 0.8594, "85,9%"),
        ("en", 0.8594, "85.9%"),
        ("en", 0.0, "<\u00a00.1%"),
        ("en", 0.00099, "<\u00a00.1%"),
        ("en", 0.001, "0.1%"),
        ("en", 0.9991, ">\u00a099.9%"),
        ("ru", 1.0, ">\u00a099,9\u00a0%"),
    ],
)
def test_a_probability_is_never_shown_as_certainty(language: str, probability: float, text: str) -> None:
    """The ends are "< 0.1 %" and "> 99.9 %"; between them one decimal in the language's own form."""
    assert words_in(language).percent(probability) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "4 марта 2026\u202fг., 14:05 (UTC+05:00)"),
        ("kk", "2026\u202fж. 4 наурыз, 14:05 (UTC+05:00)"),
        ("en", "4 March 2026, 14:05 (UTC+05:00)"),
    ],
)
def test_a_time_keeps_the_zone_that_was_handed_in(language: str, text: str) -> None:
    """The long date of the language, hour and minute, and the offset."""
    moment = words_in(language).moment("2026-03-04T14:05:00+05:00", "concluded_at")
    assert re.sub(r"[\u00a0\u202f]", " ", moment) == text.replace("\u202f", " ")


def test_a_time_that_is_none_raises() -> None:
    """What is not ISO 8601 is the caller's fault, and is named."""
    with pytest.raises(InputError, match="valid_until: not an ISO 8601 time"):
        words_in("en").moment("tomorrow", "valid_until")


@pytest.mark.parametrize("language", ["de", "", "RU", "../kk"])
def test_an_unknown_language_raises(language: str, usual: Conclusion) -> None:
    """The error says what, what it got and what it expected, for text and page alike."""
    for write in (conclusion_text, conclusion_html):
        with pytest.raises(InputError) as caught:
            write(usual, language)
        (problem,) = caught.value.problems
        assert problem.where == "language"
        assert problem.got == repr(language)
        assert all(repr(known) in problem.expected for known in LANGUAGES)


def test_what_comes_from_outside_stays_on_its_line() -> None:
    """Line breaks become blanks; escapes, bidi overrides and lone surrogates are made visible."""
    assert clean(" A\n\tB\u2028C ") == "A B C"
    assert clean("\x1b[31m\u202e\ud800") == "\ufffd[31m\ufffd\ufffd"
    assert clean("и\u0306") == "й"


def test_a_title_falls_back_to_another_language_and_then_to_the_id() -> None:
    """Nobody sees an empty place or an underscore."""
    titles = {"decision_making": {"ru": "Принятие решений", "kk": " "}, "ethics": {}}
    assert title_of(titles, "decision_making", "kk") == "Принятие решений"
    assert title_of(titles, "ethics", "kk") == "ethics"
    assert title_of(titles, "stress_resistance", "en") == "stress resistance"
