"""Conclusions in bulk: how fast, whether their probabilities hold, and three rules for "above on all".

    python benchmarks/concluding.py [--runs 5] [--persons 66580] [--write]

People drawn from the population of the shipped bank answer its 36 items, and every fourth answer is missing.
Probabilities are compared with the truth that a simulation knows. The rules are compared on longer banks made
of the same items, three times over, with all twelve competencies and with ten of them. ``--write`` puts all
of it into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from results import machine, write_section

import compassess as ca
from compassess.irt import Abilities, simulate_abilities, simulate_responses
from compassess.scoring import Summary
from compassess.scoring.classification import ProbabilityCalibration, probability_calibration

Floats = NDArray[np.float64]
SHARE = 0.75  # of the items that a person answers, about as many as an adaptive sitting asks
LEVEL = 0.05  # of the statement "above the risk zones on all"
ONE = 200  # repetitions for one person


def people(bank: ca.ItemBank, n_persons: int, share: float) -> tuple[Abilities, ca.Responses]:
    """Abilities, and answers of whom a random part is missing."""
    items = bank.irt_items()
    abilities = simulate_abilities(items.population, n_persons, seed=1)
    codes = simulate_responses(items, abilities, seed=2).codes(items.ids).astype(np.float64)
    codes[np.random.default_rng(3).random(codes.shape) > share] = np.nan
    return abilities, ca.Responses.from_array(codes, items=items.ids)


def times_of(work: Callable[[], object], runs: int) -> list[float]:
    """Seconds of every run after one that is not counted."""
    work()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def speed(assessment: ca.Assessment, answers: ca.Responses, runs: int) -> list[str]:
    """A population at once, one person's row, and one finished sitting."""
    one = ca.Responses.from_array(answers.codes()[:1].clip(0), items=answers.items)
    session = assessment.start(seed=3)
    while session.pending is not None:
        session.answer(session.pending.id, session.pending.options[0].id)
    many = times_of(lambda: ca.conclude(answers, assessment), runs)
    row = times_of(lambda: ca.conclude(one, assessment)[0], ONE)
    live = times_of(session.conclude, ONE)
    seconds = f"{statistics.median(many):.2f} s ({min(many):.2f}-{max(many):.2f})"
    return [
        "| work | median (range) |",
        "|---|---|",
        f"| `conclude`, {answers.n_persons:,} persons × {answers.n_items} items | {seconds} |",
        f"| `conclude`, one person, with the conclusion as a value | {statistics.median(row) * 1e3:.2f} ms |",
        f"| `Session.conclude` | {statistics.median(live) * 1e3:.2f} ms |",
        "",
    ]


def statements(
    assessment: ca.Assessment, values: Summary, truth: Abilities
) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
    """Stated probabilities with what is true: bands, one competency's risk, the joint statement."""
    cuts, thresholds = assessment.bands.cuts, assessment.interpretation.risk_thresholds
    composite = truth.blocks @ assessment.interpretation.composite
    band = np.searchsorted(cuts, composite, side="right")
    below = truth.competencies < thresholds
    names = assessment.bank.irt_items().population.competencies
    return {
        **{name: (values.bands[:, k], band == k) for k, name in enumerate(assessment.bands.bands)},
        f"risk, {names[0]}": (values.risk[:, 0], below[:, 0]),
        f"risk, {names[-1]}": (values.risk[:, -1], below[:, -1]),
        "above on all": (values.p_above_all, ~below.any(axis=1)),
    }


def deciles(name: str, found: ProbabilityCalibration) -> list[str]:
    """A row a tenth of stated probability that anybody was told."""
    rows = []
    for low, n, stated, observed, se, z in zip(
        found.edges, found.n, found.stated, found.observed, found.se, found.z, strict=False
    ):
        if n:
            cells = [
                name,
                f"{low:.1f}",
                f"{n:,}",
                f"{stated:.4f}",
                f"{observed:.4f}",
                f"{se:.4f}",
                f"{z:+.1f}",
            ]
            rows.append("| " + " | ".join(cells) + " |")
    return rows


def probabilities(told: dict[str, tuple[Floats, NDArray[np.bool_]]]) -> list[str]:
    """Stated against observed in every tenth."""
    lines = ["| statement | from | n | stated | true | SE | z |", "|---|---|---|---|---|---|---|"]
    found = {name: probability_calibration(*pair) for name, pair in told.items()}
    for name, one in found.items():
        lines += deciles(name, one)
    z = np.concatenate([one.z for one in found.values()])
    known = z[np.isfinite(z)]
    beyond = np.mean(np.abs(known) > 1.96)
    lines += ["", f"Largest |z| {np.abs(known).max():.1f} of {known.size}; {beyond:.1%} beyond 1.96."]
    return [*lines, ""]


def longer(bank: ca.ItemBank, n_competencies: int, copies: int) -> ca.ItemBank:
    """The first competencies of a bank with every item several times over."""
    content = bank.to_dict()
    names = [one["id"] for one in content["competencies"]][-n_competencies:]
    content["competencies"] = [one for one in content["competencies"] if one["id"] in names]
    content["items"] = [
        {**item, "id": f"{item['id']}_{copy}"}
        for copy in range(copies)
        for item in content["items"]
        if item["competency"] in names
    ]
    return ca.ItemBank.from_dict(content)


def rules(bank: ca.ItemBank, n_persons: int) -> list[str]:
    """Who is told to be above on all by three rules, and how often that is wrong."""
    assessment = ca.Assessment.create(bank)
    truth, answers = people(bank, n_persons, 1.0)
    values = ca.conclude(answers, assessment).summary
    above = ~(truth.competencies < assessment.interpretation.risk_thresholds).any(axis=1)
    told = {
        "naive: every P(below) ≤ .05": (values.risk <= LEVEL).all(axis=1),
        "Bonferroni: every P(below) ≤ .05 / C": (values.risk <= LEVEL / values.risk.shape[1]).all(axis=1),
        "joint: P(above on all) ≥ .95": values.p_above_all >= 1 - LEVEL,
    }
    rows = []
    for name, said in told.items():
        wrong, found = np.mean(~above[said]), np.mean(said[above])
        worst = 1 - values.p_above_all[said].min()
        cells = [
            str(values.risk.shape[1]),
            name,
            f"{said.mean():.3f}",
            f"{found:.3f}",
            f"{wrong:.4f}",
            f"{worst:.3f}",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def main() -> None:
    """Run every part, and write it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--persons", type=int, default=66_580)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    assessment = ca.Assessment.load("civil_service")
    truth, answers = people(assessment.bank, arguments.persons, SHARE)
    lines = ["Written by `python benchmarks/concluding.py --write`.", ""]
    lines += speed(assessment, answers, arguments.runs)
    lines += [
        f"Do the probabilities hold? {arguments.persons:,} simulated persons, by tenths of what was stated:",
        "",
    ]
    lines += probabilities(statements(assessment, ca.conclude(answers, assessment).summary, truth))
    lines += [
        '"Above the risk zones on all" by three rules, nine items a competency: who is told so, who of those '
        "truly above is, how often it is wrong, and the largest probability with which any one statement is.",
        "",
        "| competencies | rule | told | found | wrong | worst |",
        "|---|---|---|---|---|---|",
    ]
    for n_competencies in (10, 12):
        lines += rules(longer(assessment.bank, n_competencies, 3), arguments.persons)
    lines += ["", f"{arguments.runs} runs; {machine()}."]
    print("\n".join(lines))
    if arguments.write:
        write_section("Conclusions", lines)


if __name__ == "__main__":
    main()
