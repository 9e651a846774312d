"""Calibration beside its peers, in one run: time, and the log-likelihood that it bought.

    python benchmarks/calibration.py [--runs 5] [--write]

Every row runs compassess and the peers in turn, the same data in the same process, and tells the
median of the runs. The log-likelihood of everybody's parameters is evaluated by compassess on one
grid, so that a peer's quadrature does not flatter it. Peers that are not installed are skipped and
said; ``--write`` puts the table into benchmarks/RESULTS.md. The data are found by
``$COMPASSESS_REFERENCE`` (default ../shared/reference beside the project).
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import compassess as ca

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = Path(os.environ.get("COMPASSESS_REFERENCE", ROOT.parent / "shared" / "reference"))
NODES = 61
HEAD = [
    "| work | engine | median s | range s | time / ours | log-likelihood, 61 nodes |",
    "|---|---|---|---|---|---|",
]


@dataclass(frozen=True)
class Contender:
    """A way to calibrate: a name, and a function that gives item parameters."""

    name: str
    run: Callable[[], ca.Items]


def table(name: str) -> ca.Responses:
    """A data set of the reference folder."""
    return ca.Responses.read_csv(REFERENCE / "data" / name)


def ours(responses: ca.Responses, model: str, **options: object) -> Contender:
    """Our own calibration, without standard errors like the peers'."""
    return Contender(
        "compassess", lambda: ca.calibrate(responses, model, standard_errors=None, **options).items
    )


def pypi_mirt(responses: ca.Responses, model: str) -> Contender | None:
    """PyPI's mirt at its best setting; None where it is not installed."""
    if importlib.util.find_spec("mirt") is None:
        print("mirt (PyPI) is not installed: skipped")
        return None
    import mirt

    codes = responses.codes().astype(np.int_)

    def run() -> ca.Items:
        fit = mirt.fit_mirt(
            codes,
            model=model,
            n_quadpts=NODES,
            accelerate="squarem",
            compute_standard_errors=False,
            max_iter=2000,
        )
        found = fit.model.parameters
        slopes = np.asarray(found["discrimination"]).ravel()
        places = np.asarray(found["difficulty" if model == "2PL" else "thresholds"]).reshape(slopes.size, -1)
        return ca.Items.create(ids=responses.items, a=slopes, b=places, models=[model] * slopes.size)

    return Contender("mirt (PyPI)", run)


def girth_mml(responses: ca.Responses, model: str) -> Contender | None:
    """The marginal maximum likelihood of girth; None where it is not installed."""
    if importlib.util.find_spec("girth") is None:
        print("girth is not installed: skipped")
        return None
    import girth

    codes = responses.codes().T.astype(np.int_)

    def run() -> ca.Items:
        found = girth.twopl_mml(codes) if model == "2PL" else girth.grm_mml(codes)
        slopes = np.asarray(found["Discrimination"])
        places = np.asarray(found["Difficulty"]).reshape(slopes.size, -1)
        return ca.Items.create(ids=responses.items, a=slopes, b=places, models=[model] * slopes.size)

    return Contender("girth", run)


def measured(title: str, responses: ca.Responses, contenders: list[Contender | None], runs: int) -> list[str]:
    """Rows of the table: everybody in turn, medians, and the log-likelihood on one grid."""
    present = [one for one in contenders if one is not None]
    times: dict[str, list[float]] = {one.name: [] for one in present}
    items: dict[str, ca.Items] = {}
    for _ in range(runs):
        for one in present:
            start = time.perf_counter()
            items[one.name] = one.run()
            times[one.name].append(time.perf_counter() - start)
    base = statistics.median(times["compassess"])
    rows = []
    for one in present:
        median = statistics.median(times[one.name])
        value = float(ca.irt.log_likelihood(responses, items[one.name], nodes=NODES).sum())
        span = f"{min(times[one.name]):.3f}-{max(times[one.name]):.3f}"
        rows.append(f"| {title} | {one.name} | {median:.3f} | {span} | {median / base:.1f} | {value:.3f} |")
        print(rows[-1], flush=True)
    return rows


def places_of_items() -> dict[str, dict[str, str]]:
    """Block and competency of the items of the personality inventory."""
    with (REFERENCE / "data" / "spi_competency_items.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: {row["item"]: row[key] for row in rows} for key in ("block", "competency")}


def main() -> None:
    """Run every row, and write the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    lines = list(HEAD)
    for title, name, model in (
        ("2PL, 20,000 × 60", "big2pl_20000x60.csv.gz", "2PL"),
        ("GRM, 5,000 × 30 × 5", "grm5_5000x30.csv.gz", "GRM"),
    ):
        data = table(name)
        peers = [ours(data, model), pypi_mirt(data, model), girth_mml(data, model)]
        lines += measured(title, data, peers, arguments.runs)
    spi, places = table("spi_competency.csv"), places_of_items()
    plain = ours(spi, "GRM", blocks=places["block"])
    lines += measured("GRM, three correlated blocks, 4,000 × 50 × 6", spi, [plain], arguments.runs)
    house = ours(spi, "GRM", blocks=places["block"], competencies=places["competency"])
    lines += measured("the same with ten competencies, second-order", spi, [house], arguments.runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note = (
        f"{arguments.runs} runs each, interleaved; {platform.machine()}, {os.cpu_count()} cores; "
        f"peak memory of the whole run {peak:.0f} MB."
    )
    print(note)
    if arguments.write:
        head = ["# Results", "", "Written by `python benchmarks/calibration.py --write`.", ""]
        text = "\n".join([*head, *lines, "", note, ""])
        (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
