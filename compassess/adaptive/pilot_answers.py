"""Answers to pilot items out of many logs, for the calibration that makes them operational."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compassess.adaptive.log_reading import Log, events_of
from compassess.adaptive.pending import scored_category
from compassess.adaptive.standing import Standing, standings
from compassess.bank import ItemBank
from compassess.errors import InputError, Problem, ReplayMismatch, raise_if_any
from compassess.responses import Responses

__all__ = ["pilot_responses"]


def pilot_responses(logs: Iterable[Log], bank: ItemBank) -> Responses:
    """What everybody answered to pilot items, and to the operational items that place them on the scale.

    A row a log, also where no pilot item was answered: those persons tell about the population. Columns are
    the bank's operational items and its pilot items that anybody answered, in the bank's order. The sparse
    result goes to ``compassess.calibrate(…, fixed=bank.irt_items())``, which keeps the operational items as
    they are and puts the pilot items on their scale; as pilot items are drawn without a look at the answers,
    what is missing of them is missing at random. Items that were withdrawn are left out, answers that were
    changed are the last ones, skipped items are missing.

    Parameters
    ----------
    logs : of sittings, finished or not; logs of earlier editions of the bank too, as long as the items and
        their options are still in it.
    bank : whose keys score the answers.

    Raises
    ------
    InputError : every log that is none, and every item or option that the bank does not have.

    References
    ----------
    Ban, Hanson, Wang, Yi & Harris (2001), Journal of Educational Measurement 38, on online calibration with
    fixed parameters.
    """
    problems: list[Problem] = []
    rows: list[tuple[str, list[tuple[str, int]]]] = []
    for index, log in enumerate(logs):
        try:
            header, events = events_of(log)
        except ReplayMismatch as error:
            problems.append(Problem(where=f"logs[{index}]", what="no log of a sitting", got=str(error)))
            continue
        cells = list(_scored(standings(events).values(), bank, f"logs[{index}]", problems))
        rows.append((header.examinee or f"log_{index}", cells))
    raise_if_any(problems)
    return _responses(rows, bank)


def _scored(
    items: Iterable[Standing], bank: ItemBank, where: str, problems: list[Problem]
) -> Iterator[tuple[str, int]]:
    """Items with the category of their answers; what the bank does not know goes to ``problems``."""
    for one in items:
        if one.response is None or one.withdrawn:
            continue
        try:
            yield one.item, scored_category(bank.item(one.item), one.response)
        except InputError as error:
            problems += [
                Problem(where=f"{where}, {p.where}", what=p.what, got=p.got, expected=p.expected)
                for p in error.problems
            ]


def _responses(rows: list[tuple[str, list[tuple[str, int]]]], bank: ItemBank) -> Responses:
    answered = {name for _, cells in rows for name, _ in cells}
    columns = [item.id for item in bank.items if item.is_operational or item.id in answered]
    persons = range(len(rows))
    cells = [(row, name, code) for row in persons for name, code in rows[row][1]]
    # A log without any answer keeps its row: a missing answer is dropped, its person is not.
    everybody = [(row, columns[0], None) for row in persons if not rows[row][1]]
    long = sorted([*cells, *everybody], key=lambda cell: cell[0])
    made = Responses.from_long(
        [row for row, _, _ in long],
        [name for _, name, _ in long],
        [code for _, _, code in long],
        items=columns,
    )
    return Responses(items=made.items, persons=tuple(label for label, _ in rows), cells=made.cells)
