"""docs/how_to_choose.md out of measured numbers: sentences are made by comparing them, none is typed.

Rule: every number on the page comes from ``found``, and so does every name that a sentence praises or blames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

__all__ = ["page"]

Row = Mapping[str, Any]

_Z: Final = 2.576  # 99 %: each table makes a dozen comparisons
_STRAYS: Final = 0.02  # what the greatest of hundreds of rates strays by with some thousand people
_RATES: Final = (0.8, 0.5, 0.3, 0.2)  # limits of exposure that halls ask for

_HEAD: Final = """# How to choose

What each choice in a blueprint costs and gives, as measured by `python benchmarks/how_to_choose.py --write`.
Numbers and sentences of this page come from `benchmarks/how_to_choose.json` by a template: nothing here is
typed by hand, and a test holds that. The command under each table repeats it.

"Clearly" means beyond 2.576 standard errors (99 %) of a difference between the same people with the same
answers. RMSE, bias and SE are in units of θ, whose SD in the population is 1; "rate" is the share of the
sittings that present the most used item, "overlap" how much of a sitting another one contains. What the
strategies do stands in [criteria.md](criteria.md), [exposure.md](exposure.md), [stopping.md](stopping.md) and
[sittings.md](sittings.md). Another bank can answer otherwise: run the same studies on yours with
`compassess.simulation.compare_designs`, and draw them with `compassess.report.plots.designs`.
"""


def page(found: Mapping[str, Row]) -> str:
    """The whole page; a question that was not asked has no section."""
    asked = [(name, title, make, found[name]) for name, (title, make) in _SECTIONS.items() if name in found]
    parts = [_HEAD]
    if asked:
        parts.append("## In short\n")
        parts.append(
            "\n".join(f"- **{title}?** {make(row)[0]} (`--only {name}`)" for name, title, make, row in asked)
            + "\n"
        )
    for name, (title, make) in _SECTIONS.items():
        if name in found:
            row = found[name]
            parts.append(f"## {title}?\n\n" + "\n\n".join(make(row)[1:]) + "\n")
            parts.append(
                f"`python benchmarks/how_to_choose.py --only {name} --people {row['asked']}`: "
                f"{row['seconds']:.0f} s on {row['machine']}.\n"
            )
    return "\n".join(parts)


# ---- sections: the short answer, then paragraphs ----------------------------------------------------------


def _criteria(row: Row) -> list[str]:
    lengths = list(row["lengths"])
    by_length = {n: _by_design(row["lengths"][n]) for n in lengths}
    longest = by_length[lengths[-1]]
    base, *others = longest
    better = {n: _parted(list(by_length[n].values()))[0] for n in lengths}
    cheap = min(longest, key=lambda name: longest[name]["microseconds"])
    dear = max(longest, key=lambda name: longest[name]["microseconds"])
    told = ", ".join(f"{_three(by_length[n][base]['rmse'])} at {n}" for n in lengths)
    less = "; ".join(f"at {n} {', '.join(names) or 'none'}" for n, names in better.items())
    answer = (
        f"`{base}` has an RMSE of {told} items; clearly less has {less}. A choice costs "
        f"from {longest[cheap]['microseconds']:.1f} µs (`{cheap}`) to {longest[dear]['microseconds']:.1f} µs "
        f"(`{dear}`) in a simulation, and a live answer with all that belongs to it from "
        f"{min(row['live'].values()):.0f} to {max(row['live'].values()):.0f} µs."
    )
    verdicts = [f"At {n} items, against `{base}`: " + _verdict(list(by_length[n].values())) for n in lengths]
    head = [
        "criterion",
        *(f"RMSE at {n}" for n in lengths),
        f"rate at {lengths[-1]}",
        "overlap",
        "never used",
        "µs a simulated choice",
        "µs a live answer",
    ]
    rows = [
        [
            f"`{name}`",
            *(_with_error(by_length[n][name], "rmse") for n in lengths),
            _percent(longest[name]["max_exposure"]),
            _percent(longest[name]["overlap"]),
            _percent(longest[name]["unused_share"]),
            f"{longest[name]['microseconds']:.1f}",
            f"{row['live'][name]:.0f}",
        ]
        for name in (base, *others)
    ]
    return [
        answer,
        _people(row, "Bank B300, sittings of one length, no exposure control."),
        _table(head, rows),
        *verdicts,
    ]


def _blocks(row: Row) -> list[str]:
    designs = _by_design(row["rows"])
    base = next(iter(designs))
    answer = (
        f"`{base}` has an RMSE of {_three(designs[base]['rmse'])} at "
        f"{designs[base]['microseconds']:.0f} µs a choice. Against it: {_verdict(row['rows'])}"
    )
    head = ["criterion", "RMSE", "less the first", "rate", "overlap", "µs a simulated choice"]
    rows = [
        [
            f"`{name}`",
            _with_error(one, "rmse"),
            _difference(one),
            _percent(one["max_exposure"]),
            _percent(one["overlap"]),
            f"{one['microseconds']:.0f}",
        ]
        for name, one in designs.items()
    ]
    length = designs[base]["length"]
    told = (
        "Three blocks that correlate .6, two competencies each with λ = .8, 240 items, "
        f"{length:.0f} presented. RMSE over the blocks."
    )
    return [answer, _people(row, told), _table(head, rows)]


def _shipped(row: Row) -> list[str]:
    designs = _by_design(row["rows"])
    base = next(iter(designs))
    length = f"{designs[base]['length']:.0f} of its {row['items']} items"
    answer = (
        f"With {length} `{base}` has an RMSE of {_three(designs[base]['rmse'])} and κ of the bands "
        f"{_two(designs[base]['kappa'])}. Against it: {_verdict(row['rows'])}"
    )
    head = [
        "selection",
        "RMSE",
        "less the first",
        "right band",
        "κ",
        "rate",
        "overlap",
        "µs a simulated choice",
    ]
    rows = [
        [
            f"`{name}`",
            _with_error(one, "rmse"),
            _difference(one),
            f"{_percent(one['accuracy'])} ± {_percent(one['accuracy_error'])}",
            f"{_two(one['kappa'])} ± {_two(one['kappa_error'])}",
            _percent(one["max_exposure"]),
            _percent(one["overlap"]),
            f"{one['microseconds']:.0f}",
        ]
        for name, one in designs.items()
    ]
    told = f"The shipped bank, {length}, at least one of every competency. RMSE over its blocks."
    return [answer, _people(row, told), _table(head, rows)]


def _controls(row: Row) -> list[str]:
    designs = _by_design(row["rows"])
    base = next(iter(designs))
    least = designs[base]["rmse"]
    allowed = []
    for limit in _RATES:
        within = {name: one for name, one in designs.items() if one["max_exposure"] <= limit + _STRAYS}
        if within:
            name = min(within, key=lambda key: within[key]["rmse"])
            allowed.append(
                f"up to {_percent(limit)} `{name}` (RMSE {_three(within[name]['rmse'])}, "
                f"rate {_percent(within[name]['max_exposure'])})"
            )
        else:
            allowed.append(f"up to {_percent(limit)} none of these")
    answer = (
        f"Without a control RMSE is {_three(least)} at a rate of {_percent(designs[base]['max_exposure'])}. "
        f"The most exact that keeps to a rate, give or take {_percent(_STRAYS)}: {'; '.join(allowed)}."
    )
    best = [
        name
        for name, one in designs.items()
        if not any(
            other["rmse"] < one["rmse"] and other["max_exposure"] < one["max_exposure"]
            for other in designs.values()
        )
    ]
    head = ["control", "RMSE", "more than without", "rate", "overlap", "never used"]
    rows = [
        [
            f"`{name}`",
            _with_error(one, "rmse"),
            f"{100 * (one['rmse'] / least - 1):+.1f} %",
            _percent(one["max_exposure"]),
            _percent(one["overlap"]),
            _percent(one["unused_share"]),
        ]
        for name, one in designs.items()
    ]
    unbeaten = f"No other beats these in both error and rate: {_listed(best)}."
    told = f"Bank B300, {row['length']} items."
    return [answer, _people(row, told), _table(head, rows), unbeaten]


def _rules(row: Row) -> list[str]:
    precise = _by_design(row["precision"])
    better, worse, alike = _parted(row["precision"], first=False)
    far = min(precise, key=lambda name: _ratio(precise[name]["rmse_far"], precise[name]["fixed_rmse_far"]))
    answers = [
        "For precision, against a fixed length with the same mean: clearly less RMSE "
        f"{', '.join(better) or 'none'}; clearly more {', '.join(worse) or 'none'}; not told apart "
        f"{', '.join(alike) or 'none'}.",
        f"Beyond ±1.5 `{far}` gains most: {_three(precise[far]['rmse_far'])} instead of "
        f"{_three(precise[far]['fixed_rmse_far'])}.",
    ]
    tables = []
    for cut, rules in row["decisions"].items():
        decided = [one for one in rules if one["kappa"] is not None]
        if not decided:
            continue  # nobody on one side of the cut
        best = max(decided, key=lambda one: one["kappa"])
        near = [one for one in decided if one["kappa"] >= best["kappa"] - best["kappa_error"]]
        chosen = min(near, key=lambda one: one["length"])
        answers.append(
            f"For a decision at θ = {cut}: of the rules within one standard error of the best κ "
            f"({_two(best['kappa'])} ± {_two(best['kappa_error'])}, `{best['design']}`, {best['length']:.1f} "
            f"items) `{chosen['design']}` is the shortest, {chosen['length']:.1f} items with κ = "
            f"{_two(chosen['kappa'])}."
        )
        tables.append(f"Decisions at θ = {cut}; who is still open is counted by the estimate:")
        tables.append(
            _table(
                ["rule", "mean items", "κ", "right side", "of those below the cut", "open at the longest"],
                [
                    [
                        f"`{one['design']}`",
                        f"{one['length']:.1f}",
                        f"{_two(one['kappa'])} ± {_two(one['kappa_error'])}",
                        f"{_percent(one['accuracy'])} ± {_percent(one['accuracy_error'])}",
                        _percent(one["sensitivity"]),
                        _percent(one["open"]),
                    ]
                    for one in rules
                ],
            )
        )
    head = [
        "rule",
        "mean items",
        "5 % to 95 %",
        "RMSE",
        "beyond ±1.5",
        "95 % interval covers",
        "at the longest",
    ]
    table = _table(
        [*head, "RMSE of a fixed length", "beyond ±1.5", "the rule less that"],
        [
            [
                f"`{name}`",
                f"{one['length']:.1f}",
                f"{one['p5']:.0f} to {one['p95']:.0f}",
                _with_error(one, "rmse"),
                _three(one["rmse_far"]),
                f"{_percent(one['coverage'])} ± {_percent(one['coverage_error'])}",
                _percent(one["at_longest"]),
                _three(one["fixed_rmse"]),
                _three(one["fixed_rmse_far"]),
                _difference(one),
            ]
            for name, one in precise.items()
        ],
    )
    told = (
        f"Bank B300, at least 5 items, at most {row['longest']}; decisions choose items at the cut. "
        "A fixed length is the rule's mean for everybody: of the two whole numbers next to it one or the "
        "other by lot."
    )
    return [" ".join(answers), _people(row, told), table, *tables]


def _starts(row: Row) -> list[str]:
    designs = _by_design(row["rows"])
    base = next(iter(designs))
    spread = min(designs, key=lambda name: designs[name]["first_overlap"])
    answer = (
        f"Without one, the first three items overlap by {_percent(designs[base]['first_overlap'])}; "
        f"`{spread}` brings that to {_percent(designs[spread]['first_overlap'])}, for an RMSE after "
        f"{row['length']} items of {_three(designs[spread]['rmse'])} instead of "
        f"{_three(designs[base]['rmse'])}."
    )
    head = ["start", "RMSE", "less the first", "rate, first three", "overlap, first three", "rate", "overlap"]
    rows = [
        [
            name,
            _with_error(one, "rmse"),
            _difference(one),
            _percent(one["first_rate"]),
            _percent(one["first_overlap"]),
            _percent(one["max_exposure"]),
            _percent(one["overlap"]),
        ]
        for name, one in designs.items()
    ]
    verdict = f"Against `{base}`: {_verdict(row['rows'])}"
    return [answer, _people(row, f"Bank B300, {row['length']} items."), _table(head, rows), verdict]


def _estimates(row: Row) -> list[str]:
    said, tables = [], []
    for n, rows in row["lengths"].items():
        best = min(rows, key=lambda one: one["rmse"])
        fair = min(rows, key=lambda one: abs(one["bias_outwards"]))
        said.append(
            f"after {n} items `{best['estimate']}` has the least RMSE ({_three(best['rmse'])}) "
            f"and `{fair['estimate']}` the least bias of people beyond ±1.5 ({fair['bias_outwards']:+.3f})"
        )
        head = [
            "estimate",
            "RMSE",
            "beyond ±1.5: bias outwards",
            "RMSE",
            "95 % interval covers",
            "without",
            "µs a person",
        ]
        tables.append(f"After {n} items:")
        tables.append(
            _table(
                head,
                [
                    [
                        one["estimate"],
                        _with_error(one, "rmse"),
                        f"{one['bias_outwards']:+.3f}",
                        _three(one["rmse_far"]),
                        _percent(one["coverage"]),
                        _percent(one["without"]),
                        f"{one['microseconds']:.0f}",
                    ]
                    for one in rows
                ],
            )
        )
    told = (
        "The same answers to the same items, chosen by `maximum_information` with EAP on B300; "
        '"without" have no finite estimate and are left out.'
    )
    return [_sentence("; ".join(said)), _people(row, told), *tables]


def _lengths(row: Row) -> list[str]:
    known, own = _by_design(row["b300"]), _by_design(row["shipped"])
    steps = _steps(known)
    halves = [f"from {a} to {b} items by {_three(known[a]['rmse'] - known[b]['rmse'])}" for a, b in steps]
    first, last = next(iter(own)), list(own)[-1]
    answer = (
        f"On B300 RMSE falls {', '.join(halves)}. On the shipped bank of {row['shipped_items']} items from "
        f"{_three(own[first]['rmse'])} after {first} items to {_three(own[last]['rmse'])} after {last}, "
        f"and κ of the bands rises from {_two(own[first]['kappa'])} to {_two(own[last]['kappa'])}."
    )
    tables = []
    for title, designs in (
        ("B300:", known),
        (f"The shipped bank ({row['shipped_items']} items, RMSE over its blocks):", own),
    ):
        tables.append(title)
        head = ["items", "RMSE", "95 % interval covers", "right band", "κ", "rate", "overlap"]
        tables.append(
            _table(
                head,
                [
                    [
                        name,
                        _with_error(one, "rmse"),
                        f"{_percent(one['coverage'])} ± {_percent(one['coverage_error'])}",
                        f"{_percent(one['accuracy'])} ± {_percent(one['accuracy_error'])}",
                        f"{_two(one['kappa'])} ± {_two(one['kappa_error'])}",
                        _percent(one["max_exposure"]),
                        _percent(one["overlap"]),
                    ]
                    for name, one in designs.items()
                ],
            )
        )
    told = "Sittings of one length by `maximum_information`, no exposure control."
    return [answer, _people(row, told), *tables]


_SECTIONS: Final[Mapping[str, tuple[str, Callable[[Row], list[str]]]]] = {
    "criteria": ("Which criterion", _criteria),
    "blocks": ("Which criterion for several blocks", _blocks),
    "shipped": ("Which criterion on the shipped bank", _shipped),
    "controls": ("Which exposure control", _controls),
    "rules": ("Which stopping rule", _rules),
    "starts": ("Which start", _starts),
    "estimates": ("Which estimate", _estimates),
    "lengths": ("How long", _lengths),
}


# ---- sentences --------------------------------------------------------------------------------------------


def _by_design(rows: Sequence[Row]) -> dict[str, Row]:
    return {row["design"]: row for row in rows}


def _parted(rows: Sequence[Row], *, first: bool = True) -> tuple[list[str], list[str], list[str]]:
    """Names with clearly less RMSE than what they are compared with, with clearly more, and the others.

    ``first`` is whether the first row is what the others are compared with.
    """
    better, worse, alike = [], [], []
    for row in rows[1:] if first else rows:
        difference, error = row["rmse_difference"], row["rmse_difference_error"]
        told = f"`{row['design']}` ({difference:+.3f})"
        if abs(difference) <= _Z * error:
            alike.append(f"`{row['design']}`")
        else:
            (better if difference < 0 else worse).append(told)
    return better, worse, alike


def _verdict(rows: Sequence[Row]) -> str:
    """:func:`_parted` as a sentence."""
    better, worse, alike = (", ".join(names) or "none" for names in _parted(rows))
    return f"clearly less RMSE {better}; clearly more {worse}; not told apart {alike}."


def _ratio(one: float | None, other: float | None) -> float:
    """1 where few people leave one of them without a number."""
    return one / other if one is not None and other else 1.0


def _steps(designs: Mapping[str, Row]) -> list[tuple[str, str]]:
    names = list(designs)
    return list(pairwise(names))


def _people(row: Row, told: str) -> str:
    return f"{told} {row['people']:,} people; ± one Monte-Carlo error."


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


# ---- numbers and tables -----------------------------------------------------------------------------------


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _with_error(row: Row, name: str) -> str:
    return f"{row[name]:.3f} ± {row[f'{name}_error']:.3f}"


def _difference(row: Row) -> str:
    if row["rmse_difference_error"] == 0:
        return "–"  # it is the one that others are compared with
    return f"{row['rmse_difference']:+.3f} ± {row['rmse_difference_error']:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
