"""Why an item was presented, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from compassess.report.words import Words, clean, title_of, words_in
from compassess.scoring import ChoiceExplained

__all__ = ["choice_sentences"]


def choice_sentences(choice: ChoiceExplained, language: str) -> tuple[str, ...]:
    """Which rule brought the item, what was known, its place among those that could have come, and the draw.

    Raises
    ------
    InputError : a language without words.
    """
    return tuple(_sentences(choice, words_in(language)))


def _sentences(choice: ChoiceExplained, words: Words) -> Iterator[str]:
    def title(name: str) -> str:
        return title_of(choice.titles, name, words.language)

    yield words.say(
        "choice-item",
        step=words.number(choice.step, 0),
        item=clean(choice.item),
        competency=title(choice.competency),
        block=title(choice.block),
    )
    yield words.say(f"choice-by-{choice.by or 'unknown'}")
    if choice.owed:
        yield words.say("choice-owed", competencies=", ".join(map(title, choice.owed)))
    for block in choice.blocks:
        yield words.say(
            "choice-block",
            block=title(block.id),
            theta=words.number(block.theta, 2),
            se=words.number(block.se, 2),
            target=words.number(block.target, 2),
        )
    if choice.asked is not None:
        yield words.say("choice-asked", block=title(choice.asked))
    if choice.rank is not None and choice.candidates:
        yield words.say(
            "choice-rank",
            rank=words.number(choice.rank, 0),
            n=words.number(len(choice.candidates), 0),
            criterion=clean(choice.criterion),
        )
    if choice.draw is not None:
        yield words.say("choice-draw", draw=words.number(choice.draw, 6), control=clean(choice.control))
    if choice.diverges and choice.by != "ahead":
        yield words.say("choice-diverges", chosen=clean(choice.would_choose))
