"""Simulate the pilot of the shipped bank again and write its parameters: ``make bank``.

The texts, options and scores in ``civil_service/bank.json`` are written by people and stay as they
are. The parameters are not from people: true values are drawn, answers of a pilot are simulated from
them, and what the calibration makes of those answers is written into the bank, with its errors.
"""

from __future__ import annotations

from pathlib import Path

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import compassess as ca
from compassess.bank import Blueprint, Length, Limits, Selection, Stopping
from compassess.simulation import draw_graded_items, simulate_pilot

FOLDER = Path(__file__).parent / "civil_service"
SEED = 2026
LOADING = 0.8
CORRELATIONS = [[1.0, 0.6, 0.5], [0.6, 1.0, 0.7], [0.5, 0.7, 1.0]]
N_REFERENCE, N_LOW, LOW_MEAN = 3000, 1500, -1.5
DESCRIPTION = (
    "Simulated: second-order model with loadings 0.8 and block correlations 0.5 to 0.7; "
    f"{N_REFERENCE} persons of the reference population and {N_LOW} of a group whose block means lie at "
    f"{LOW_MEAN}; seed {SEED}. Illustrative, not for decisions about people."
)


def true_items(bank: ca.ItemBank) -> ca.Items:
    """Draw the parameters that the pilot is simulated from."""
    population = ca.Population.create(
        [block.id for block in bank.blocks],
        correlation=CORRELATIONS,
        competencies={one.id: one.block for one in bank.competencies},
        loadings={one.id: LOADING for one in bank.competencies},
    )
    return draw_graded_items({item.id: item.competency for item in bank.items}, population, seed=SEED)


def calibrated(truth: ca.Items) -> ca.Calibration:
    """Simulate the pilot and calibrate it, the groups told apart."""
    pilot = simulate_pilot(truth, n_reference=N_REFERENCE, n_low=N_LOW, low_mean=LOW_MEAN, seed=SEED)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("calibrating")

        def tell(step: int, log_likelihood: float, change: float) -> None:
            bar.update(task, description=f"E-step {step}: {log_likelihood:.2f}, change {change:.1e}")

        return ca.calibrate(
            pilot.responses,
            "GRM",
            blocks=dict(zip(truth.ids, truth.blocks, strict=True)),
            competencies=dict(zip(truth.ids, truth.competencies, strict=True)),
            groups=pilot.groups,
            reference_group="reference",
            n_categories=4,
            progress=tell,
        )


def rewritten(old: ca.ItemBank, calibration: ca.Calibration) -> ca.ItemBank:
    """The bank with the same texts and the calibration's parameters."""
    content = old.to_dict()
    keep = ("text", "options", "rationale")
    return ca.ItemBank.from_calibration(
        calibration,
        id=old.id,
        version=old.version,
        title=old.title,
        languages=old.languages,
        description=DESCRIPTION,
        illustrative=True,
        titles=old.titles(),
        texts={item["id"]: {key: item[key] for key in keep} for item in content["items"]},
        provenance={"source": "simulated pilot, illustrative", "seed": SEED},
    )


def blueprint(bank: ca.ItemBank) -> Blueprint:
    """Two or three of the three items of every competency, thirty at most.

    The targets are what so small a bank can serve: even all 36 items leave SE near 0.67 in the block of
    three competencies and 0.57 in the others, because three items say little about one competency.
    """
    return Blueprint(
        id=bank.id,
        competencies={one.id: Limits(minimum=2, maximum=3) for one in bank.competencies},
        length=Length(minimum=24, maximum=30),
        stopping=Stopping(rule="standard_error", target=0.62, targets={"service": 0.70}),
        selection=Selection(criterion="maximum_information", randomesque=2),
    )


def main() -> None:
    """Rewrite the three files of the shipped assessment."""
    old = ca.ItemBank.load(FOLDER)
    calibration = calibrated(true_items(old))
    print(calibration.status)
    bank = rewritten(old, calibration)
    bands = ca.Bands.illustrative_for(bank)
    ca.Assessment.create(bank, blueprint(bank), bands).save(FOLDER)
    print(f"{len(bank.operational)} of {len(bank.items)} items operational; written to {FOLDER}")


if __name__ == "__main__":
    main()
