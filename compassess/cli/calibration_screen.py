"""A calibration on the screen: the fit, R and λ, and the items that need a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import compassess as ca
from compassess.cli.answers import listed
from compassess.cli.screen import heading, line, number_of, paragraph, table
from compassess.irt import STATUSES

__all__ = ["show_calibration"]

_ROWS: Final = 40  # more would scroll the rest away; the bank holds them all


def show_calibration(calibration: ca.Calibration, bank: ca.ItemBank, cost: str) -> None:
    """Everything that the person who calibrates should see at once; ``cost`` is time and memory."""
    items, people = calibration.items, calibration.items.population
    blocks = ", ".join(people.blocks) if people.n_blocks > 1 else "one block"
    sizes = f"{number_of(calibration.n_persons, 'person')} × {number_of(items.n_items, 'item')}"
    line(f"{sizes}, {number_of(int(calibration.n_answers.sum()), 'answer')}")
    line(f"{'/'.join(dict.fromkeys(items.models))}: {blocks}")
    if people.n_competencies > people.n_blocks and (people.loadings == 1.0).all():
        paragraph(
            "Structure blocks: competencies count for content only; the score of each equals its block's.",
            further="  ",
        )
    status = calibration.status.replace("max_iterations", "--max-iterations").replace("nodes=", "--nodes")
    paragraph(status, further="  ")
    line()
    line(f"  log-likelihood {calibration.log_likelihood:,.2f}, {calibration.n_parameters} parameters")
    iterations = number_of(calibration.n_iterations, "iteration")
    line(f"  AIC {calibration.aic:,.2f}, BIC {calibration.bic:,.2f}, {iterations}")
    line(f"  {cost}")
    _show_population(people)
    _show_statuses(calibration, bank)


def _show_population(people: ca.Population) -> None:
    """R where there are blocks, and λ where competencies differ from their block."""
    if people.n_blocks > 1:
        heading("Correlations of the blocks (R)")
        numbers = [str(number) for number in range(1, people.n_blocks + 1)]
        rows = [
            [number, name, *(f"{value:.2f}" for value in row)]
            for number, name, row in zip(numbers, people.blocks, people.correlation.tolist(), strict=True)
        ]
        table([("", "right"), ("block", "left"), *((number, "right") for number in numbers)], rows)
    if (people.loadings != 1.0).any():
        heading("Loadings of the competencies on their block (λ)")
        homes = [people.blocks[block] for block in people.block_of]
        table(
            [("competency", "left"), ("block", "left"), ("λ", "right")],
            [
                [name, home, f"{loading:.2f}"]
                for name, home, loading in zip(people.competencies, homes, people.loadings, strict=True)
            ],
        )


def _show_statuses(calibration: ca.Calibration, bank: ca.ItemBank) -> None:
    """The items whose data are not beyond doubt, what each status means, and who was suspended."""
    items = calibration.items
    doubtful = [index for index, status in enumerate(items.status) if status != "ok"]
    if not doubtful:
        heading(
            "The only item: nothing found"
            if items.n_items == 1
            else f"All {items.n_items} items: nothing found"
        )
        return
    heading(f"Items to look at: {len(doubtful)} of {items.n_items}")
    table(
        [("item", "left"), ("block", "left"), ("answers", "right"), ("a", "right"), ("status", "left")],
        [
            [
                items.ids[index],
                items.blocks[index],
                f"{calibration.n_answers[index]:,}",
                f"{items.a[index]:.2f}",
                items.status[index],
            ]
            for index in doubtful[:_ROWS]
        ],
    )
    if len(doubtful) > _ROWS:
        line(f"  and {len(doubtful) - _ROWS} more: see `flags` in bank.json")
    _show_meanings([items.status[index] for index in doubtful])
    _show_suspended(bank)


def _show_meanings(statuses: Sequence[str]) -> None:
    counts = Counter(statuses)
    line()
    for status, meaning in STATUSES.items():
        if status in counts:
            paragraph(f"{status} ({counts[status]}): {meaning}", indent="  ", further="    ")


def _show_suspended(bank: ca.ItemBank) -> None:
    suspended = [item.id for item in bank.items if item.status == "suspended"]
    line()
    if suspended:
        paragraph(
            f"Suspended, so neither presented nor scored: {listed(suspended)}",
            indent="  ",
            further="    ",
        )
    else:
        line("  None of them is suspended.")
