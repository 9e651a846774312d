"""Why an item was presented, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from compassess.report.words import Words, clean, title_of, words_in
from compassess.scoring import ChoiceExplained, RouteExplained

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
    if choice.route is not None:
        yield from _route(choice.route, words)
    if choice.by == "module" and choice.draw is not None:
        yield words.say("choice-panel-draw", draw=words.number(choice.draw, 6))
    elif choice.draw is not None:
        yield words.say("choice-draw", draw=words.number(choice.draw, 6), control=clean(choice.control))
    if choice.diverges and choice.by != "ahead":
        yield words.say("choice-diverges", chosen=clean(choice.would_choose))


def _route(route: RouteExplained, words: Words) -> Iterator[str]:
    """The module, and what led to it."""
    yield words.say(
        "choice-route",
        panel=clean(route.panel),
        module=clean(route.module),
        position=words.number(route.position, 0),
        n=words.number(route.n_items, 0),
    )
    if route.before is None:
        return
    if len(route.following) < 2:
        yield words.say("choice-routed-onwards", before=clean(route.before))
        return
    digits = 0 if route.rule == "number_correct" else 2
    told = [f": {words.number(one, 3)}" for one in route.told] or [""] * len(route.following)
    yield words.say(
        f"choice-routed-{route.rule}",
        before=clean(route.before),
        value="" if route.value is None else words.number(route.value, digits),
        cuts="; ".join(_cut(cut, words) for cut in route.cuts),
        following=", ".join(f"{clean(name)}{one}" for name, one in zip(route.following, told, strict=True)),
    )


def _cut(cut: float, words: Words) -> str:
    return words.number(cut, 0 if float(cut).is_integer() else 2)
