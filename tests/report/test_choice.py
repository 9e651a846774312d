"""compassess.report.choice: why an item was presented, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compassess.errors import InputError
from compassess.report import choice_sentences
from compassess.report.words import words_in
from compassess.scoring import BlockState, Candidate, ChoiceExplained

CHOICE = ChoiceExplained(
    step=3,
    item="c1_2",
    competency="c1",
    block="p",
    by="criterion",
    blocks=(
        BlockState(id="p", theta=-0.514, se=0.6123, target=0.4),
        BlockState(id="q", theta=0.25, se=0.5, target=0.4),
    ),
    criterion="maximum_information@1",
    control="randomesque(2)",
    owed=(),
    asked="p",
    candidates=(
        Candidate(item="c1_1", competency="c1", block="p", worth=0.5, rank=1),
        Candidate(item="c1_2", competency="c1", block="p", worth=0.4, rank=2),
    ),
    rank=2,
    draw=0.75,
    would_choose="c1_2",
    titles={"c1": {"en": "Ethics", "ru": "Этика", "kk": "Әдеп"}, "p": {"en": "Service"}},
)


def every_choice() -> tuple[ChoiceExplained, ...]:
    """One of every reason, with everything that can be said of any."""
    bare = replace(CHOICE, asked=None, candidates=(), rank=None, draw=None)
    return (
        CHOICE,
        replace(CHOICE, by="minimum", owed=("c1", "c2")),
        replace(CHOICE, by="start"),
        replace(bare, by="pilot"),
        replace(bare, by="ahead", rank=2),
        replace(CHOICE, by=None, would_choose="c1_1"),
    )


def test_a_choice_is_told_with_its_numbers(language: str) -> None:
    """The item, the rule, what was known of every block, the block asked, the place and the draw."""
    words = words_in(language)
    first, rule, *rest = choice_sentences(CHOICE, language)
    assert "c1_2" in first
    assert {"en": "Ethics", "ru": "Этика", "kk": "Әдеп"}[language] in first
    assert rule == words.say("choice-by-criterion")
    assert len(rest) == 5
    assert words.number(-0.514, 2) in rest[0]
    assert words.number(0.6123, 2) in rest[0]
    assert "Service" in rest[2]
    assert "maximum_information@1" in rest[3]
    assert words.number(0.75, 6) in rest[4]


@pytest.mark.parametrize("choice", every_choice(), ids=lambda choice: str(choice.by))
def test_every_reason_has_its_sentence(choice: ChoiceExplained, language: str) -> None:
    """No reason is shown as an id, and no sentence is empty."""
    said = choice_sentences(choice, language)
    assert said[1] == words_in(language).say(f"choice-by-{choice.by or 'unknown'}")
    assert all(said)
    told = any("c1_1" in sentence for sentence in said)
    assert told is (choice.by is None)


def test_what_comes_from_outside_cannot_break_a_line() -> None:
    """Ids are cleaned."""
    said = choice_sentences(replace(CHOICE, item="c1\n\x1b[2J"), "en")
    assert "\n" not in said[0]
    assert "\x1b" not in said[0]


def test_a_language_without_words() -> None:
    """It is refused."""
    with pytest.raises(InputError):
        choice_sentences(CHOICE, "de")
