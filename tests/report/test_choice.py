"""compassess.report.choice: why an item was presented, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compassess.errors import InputError
from compassess.report import choice_sentences
from compassess.report.words import words_in
from compassess.scoring import BlockState, Candidate, ChoiceExplained, RouteExplained

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


ROUTE = RouteExplained(
    panel="a",
    module="hard",
    position=1,
    n_items=6,
    before="first",
    rule="number_correct",
    value=7.0,
    cuts=(5.0,),
    following=("easy", "hard"),
    told=(),
)


def every_route() -> tuple[RouteExplained, ...]:
    """Within a module, after a module with one way on, and by every rule."""
    return (
        replace(ROUTE, before=None, value=None, cuts=(), following=(), position=3),
        replace(ROUTE, value=None, cuts=(), following=("hard",)),
        ROUTE,
        replace(ROUTE, rule="theta", value=0.414, cuts=(-0.25, 0.5), following=("easy", "middle", "hard")),
        replace(ROUTE, rule="maximum_information", value=None, cuts=(), told=(0.1234, 0.5678)),
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
        *(replace(bare, by="module", draw=0.75, route=route) for route in every_route()),
    )


def test_a_route_is_told_with_its_numbers(language: str) -> None:
    """Panel, module and place; what was held against which cuts; what each module would have told; the lot."""
    words = words_in(language)
    said = [choice_sentences(replace(CHOICE, by="module", route=one), language) for one in every_route()]
    for sentences in said:
        assert any("hard" in sentence for sentence in sentences)
        assert words.number(0.75, 6) in sentences[-1]
    by_sum, by_theta, by_information = (" ".join(sentences) for sentences in said[2:])
    assert " 7" in by_sum
    assert " 5" in by_sum
    assert words.number(0.414, 2) in by_theta
    assert words.number(-0.25, 2) in by_theta
    assert f"easy: {words.number(0.1234, 3)}" in by_information
    assert f"hard: {words.number(0.5678, 3)}" in by_information


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
