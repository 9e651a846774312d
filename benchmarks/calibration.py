"""Calibration beside its peers, in one run: time, and the log-likelihood that it bought.

    python benchmarks/calibration.py [--runs 5] [--only WORD] [--write]

Every row runs compassess and the peers in turn, the same data in the same process on all cores, and tells
the median of the runs. The log-likelihood of everybody's parameters is evaluated by compassess on one grid,
so that a peer's quadrature does not flatter it. Peers that are not installed are skipped and said
(``pip install mirt girth theta-irt``; R's mirt where ``Rscript`` has it); ``--write`` puts the tables into
benchmarks/RESULTS.md. The data are found by ``$COMPASSESS_REFERENCE`` (default ../shared/reference beside the
project). Peak memory is what Python allocates beyond the answers, of one run of compassess that is not timed.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import machine, version_of, write_section
from threadpoolctl import threadpool_limits

import compassess as ca
from compassess.irt.estimation import fit as fitting

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = Path(os.environ.get("COMPASSESS_REFERENCE", ROOT.parent / "shared" / "reference"))
NODES = 61
HEAD = [
    "| engine | median s | range s | time / ours | log-likelihood | peak MB |",
    "|---|---|---|---|---|---|",
]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Contender:
    """A way to calibrate: a name, and what gives item parameters (with its seconds, where it tells them)."""

    name: str
    run: Callable[[], ca.Items | tuple[ca.Items, float]]


def table(name: str) -> ca.Responses:
    """A data set of the reference folder."""
    return ca.Responses.read_csv(REFERENCE / "data" / name)


def ours(responses: ca.Responses, model: str, **options: Any) -> Contender:
    """Our own calibration, without standard errors like the peers'."""
    return Contender(
        "compassess", lambda: ca.calibrate(responses, model, standard_errors=None, **options).items
    )


def skipped(name: str) -> None:
    """Say that a peer is not here."""
    print(f"{name} is not installed: skipped", flush=True)


def pypi_mirt(responses: ca.Responses, model: str) -> Contender | None:
    """PyPI's mirt at its best setting; None where it is not installed."""
    if importlib.util.find_spec("mirt") is None:
        return skipped("mirt (PyPI)")
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

    return Contender(f"mirt {version_of('mirt')} (PyPI)", run)


def girth_mml(responses: ca.Responses, model: str) -> Contender | None:
    """The marginal maximum likelihood of girth; None where it is not installed."""
    if importlib.util.find_spec("girth") is None:
        return skipped("girth")
    import girth

    codes = responses.codes().T.astype(np.int_)

    def run() -> ca.Items:
        found = girth.twopl_mml(codes) if model == "2PL" else girth.grm_mml(codes)
        slopes = np.asarray(found["Discrimination"])
        places = np.asarray(found["Difficulty"]).reshape(slopes.size, -1)
        return ca.Items.create(ids=responses.items, a=slopes, b=places, models=[model] * slopes.size)

    return Contender(f"girth {version_of('girth')}", run)


def theta_irt(responses: ca.Responses, model: str) -> Contender | None:
    """theta-irt on JAX, compiled before the clock starts; None without it, or where it has no such model."""
    if importlib.util.find_spec("theta") is None or version_of("theta-irt") is None:
        return skipped("theta-irt")
    if model != "2PL":
        return None
    import theta

    codes = responses.codes().astype(np.float64)

    def run() -> ca.Items:
        found = theta.fit(codes, model, n_points=NODES)
        return ca.Items.create(
            ids=responses.items,
            a=np.asarray(found.a, dtype=np.float64).ravel(),
            b=np.asarray(found.b, dtype=np.float64).reshape(-1, 1),
            models=[model] * responses.n_items,
        )

    run()
    return Contender(f"theta-irt {version_of('theta-irt')} (warm)", run)


_R = """
suppressMessages(library(mirt)); args <- commandArgs(TRUE)
data <- as.matrix(read.csv(args[1])); kind <- if (args[2] == "GRM") "graded" else args[2]
time <- system.time(fit <- mirt(data, 1, itemtype = kind, quadpts = 61, verbose = FALSE,
                                technical = list(theta_lim = c(-6, 6), NCYCLES = 5000)))[["elapsed"]]
pars <- coef(fit, IRTpars = TRUE, simplify = TRUE)$items
write.csv(pars, args[3], row.names = FALSE); cat(time)
"""


def r_mirt(responses: ca.Responses, model: str) -> Contender | None:
    """R's mirt, its own clock around the fit alone; None where R or the package is not at hand."""
    script = shutil.which("Rscript")
    if (
        script is None
        or subprocess.run([script, "-e", "library(mirt)"], capture_output=True, check=False).returncode
    ):
        return skipped("mirt (R)")
    folder = Path(tempfile.mkdtemp())
    data, found = folder / "data.csv", folder / "found.csv"
    np.savetxt(
        data, responses.codes(), fmt="%d", delimiter=",", header=",".join(responses.items), comments=""
    )

    def run() -> tuple[ca.Items, float]:
        command = [script, "-e", _R, str(data), model, str(found)]
        seconds = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        with found.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        places = [[float(value) for name, value in row.items() if name.startswith("b")] for row in rows]
        slopes = [float(row["a"]) for row in rows]
        items = ca.Items.create(ids=responses.items, a=slopes, b=places, models=[model] * len(rows))
        return items, seconds

    return Contender("mirt (R)", run)


def measured(
    responses: ca.Responses, contenders: Sequence[Contender | None], runs: int, nodes: int
) -> tuple[list[str], float]:
    """Rows of the table, and our median: everybody in turn, and the log-likelihood on one grid."""
    present = [one for one in contenders if one is not None]
    times: dict[str, list[float]] = {one.name: [] for one in present}
    items: dict[str, ca.Items] = {}
    for _ in range(runs):
        for one in present:
            start = time.perf_counter()
            found = one.run()
            seconds = time.perf_counter() - start
            items[one.name], seconds = found if isinstance(found, tuple) else (found, seconds)
            times[one.name].append(seconds)
    base = statistics.median(times["compassess"])
    tracemalloc.start()
    present[0].run()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    rows = []
    for one in present:
        median = statistics.median(times[one.name])
        value = float(ca.irt.log_likelihood(responses, items[one.name], nodes=nodes, limit=6.0).sum())
        span = f"{min(times[one.name]):.3f}-{max(times[one.name]):.3f}"
        memory = f"{peak:.0f}" if one.name == "compassess" else ""
        rows.append(f"| {one.name} | {median:.3f} | {span} | {median / base:.1f} | {value:.3f} | {memory} |")
        print(rows[-1], flush=True)
    return rows, base


def one_dimension(name: str, model: str, runs: int) -> list[str]:
    """A data set of the reference folder, every peer."""
    data = table(name)
    peers = [
        ours(data, model),
        pypi_mirt(data, model),
        girth_mml(data, model),
        theta_irt(data, model),
        r_mirt(data, model),
    ]
    return [f"Log-likelihoods on {NODES} nodes on ±6.", "", *HEAD, *measured(data, peers, runs, NODES)[0]]


@contextmanager
def e_steps() -> Iterator[list[tuple[int, int, int, np.dtype[Any]]]]:
    """What E-steps are taken meanwhile: persons, columns of the design, nodes, precision."""
    told: list[tuple[int, int, int, np.dtype[Any]]] = []
    present = fitting.expectation

    def noted(design: Any, lattice: Any, values: Any, dtype: Any = np.float64) -> Any:
        told.append((design.n_persons, design.matrix.shape[1], lattice.grid.n_nodes, np.dtype(dtype)))
        return present(design, lattice, values, dtype)

    fitting.expectation = noted
    try:
        yield told
    finally:
        fitting.expectation = present


def bare_products(steps: Sequence[tuple[int, int, int, np.dtype[Any]]]) -> float:
    """Seconds of the two matrix products of these E-steps and of nothing else, BLAS on all cores."""
    rng, total = np.random.default_rng(1), 0.0
    for n_persons, n_columns, n_nodes, dtype in steps:
        indicators = (rng.random((n_persons, n_columns)) < 0.5).astype(dtype)
        weights = rng.random((n_columns, n_nodes)).astype(dtype)
        start = time.perf_counter()
        masses = indicators @ weights
        counts = indicators.T @ masses
        total += time.perf_counter() - start
        del masses, counts
    return total


def whole_service(runs: int) -> list[str]:
    """66,580 persons × 60 items: everybody who was tested in 2017, on a test of 60."""
    rng = np.random.default_rng(2017)
    truth = ca.Items.create(
        ids=[f"i{j}" for j in range(60)], a=np.exp(rng.normal(0.2, 0.3, 60)), b=rng.normal(0, 1, (60, 1))
    )
    abilities = ca.irt.simulate_abilities(truth.population, 66_580, seed=1)
    data = ca.irt.simulate_responses(truth, abilities, seed=2)
    rows, base = measured(
        data,
        [ours(data, "2PL"), pypi_mirt(data, "2PL"), theta_irt(data, "2PL"), r_mirt(data, "2PL")],
        runs,
        NODES,
    )
    with e_steps() as steps:
        ca.calibrate(data, "2PL", standard_errors=None)
    with threadpool_limits(os.cpu_count()):
        bare = statistics.median(bare_products(steps) for _ in range(runs))
    told = (
        f"The matrix products of the same {len(steps)} E-steps alone, on the same persons, nodes and "
        f"precisions: {bare:.3f} s; the whole calibration takes {base / bare:.1f} times that."
    )
    print(told, flush=True)
    return [f"Log-likelihoods on {NODES} nodes on ±6.", "", *HEAD, *rows, "", told]


def personality(runs: int) -> list[str]:
    """SPI: three correlated blocks, and the model of the house with ten competencies."""
    data = table("spi_competency.csv")
    with (REFERENCE / "data" / "spi_competency_items.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    block = {row["item"]: row["block"] for row in rows}
    competency = {row["item"]: row["competency"] for row in rows}
    plain = ours(data, "GRM", blocks=block)
    house = ours(data, "GRM", blocks=block, competencies=competency)
    first, base = measured(data, [plain], runs, 61)
    second, layered = measured(data, [house], runs, 61)
    recorded = json.loads((REFERENCE / "values" / "spi3_graded.json").read_text(encoding="utf-8"))
    seconds = float(recorded["seconds"])
    told = (
        f"R's mirt {recorded['engine'].split()[-1]} took {seconds:.0f} s for the blocks on "
        f"{recorded['quadpts']} nodes, as recorded in the reference folder on another day and machine: "
        f"{seconds / base:.0f} times ours. The model of the house takes {layered / base:.1f} times as long "
        f"as the blocks alone, and {seconds / layered:.0f} times less than R's mirt for those."
    )
    print(told, flush=True)
    return [
        "Log-likelihoods on 61 nodes a block on ±6.",
        "",
        *HEAD,
        *[row.replace("| compassess", "| compassess, three correlated blocks") for row in first],
        *[row.replace("| compassess", "| compassess, ten competencies, second-order") for row in second],
        "",
        told,
    ]


def adaptive_answers(n_persons: int, n_items: int, length: int) -> tuple[ca.Items, ca.Responses, Floats]:
    """Adaptive sittings: the next item is drawn from 121 with difficulties around the present estimate."""
    rng = np.random.default_rng(1)
    b = np.sort(rng.normal(0, 1.2, n_items))
    a = np.exp(rng.normal(0.2, 0.25, n_items))
    theta = rng.normal(size=n_persons)
    nodes = np.linspace(-4, 4, 33)
    log_p = np.log(1 / (1 + np.exp(-a[:, None] * (nodes - b[:, None])))).astype(np.float32)
    log_q = np.log(1 / (1 + np.exp(a[:, None] * (nodes - b[:, None])))).astype(np.float32)
    posterior = np.repeat(-0.5 * nodes[None] ** 2, n_persons, axis=0).astype(np.float32)
    seen = np.full((n_persons, length), -1, dtype=np.int32)
    answer = np.zeros((n_persons, length), dtype=np.int16)
    for step in range(length):
        mass = np.exp(posterior - posterior.max(axis=1, keepdims=True))
        place = np.searchsorted(b, (mass @ nodes) / mass.sum(axis=1))
        chosen, open_ = np.zeros(n_persons, dtype=np.int32), np.ones(n_persons, dtype=np.bool_)
        while open_.any():
            who = np.flatnonzero(open_)
            trial = np.clip(place[who] + rng.integers(-60, 61, who.size), 0, n_items - 1)
            fresh = ~(seen[who, :step] == trial[:, None]).any(axis=1)
            chosen[who[fresh]] = trial[fresh]
            open_[who[fresh]] = False
        right = rng.random(n_persons) < 1 / (1 + np.exp(-a[chosen] * (theta - b[chosen])))
        seen[:, step], answer[:, step] = chosen, right
        posterior += np.where(right[:, None], log_p[chosen], log_q[chosen])
    ids = [f"i{j:04d}" for j in range(n_items)]
    truth = ca.Items.create(ids=ids, a=a, b=b[:, None])
    people = np.repeat(np.arange(n_persons), length)
    names = np.array(ids)[seen.ravel()]
    return truth, ca.Responses.from_long(people, names, answer.ravel(), items=ids), b


def adaptive(runs: int) -> list[str]:
    """66,580 adaptive sittings of 30 items out of 2,000."""
    truth, data, b = adaptive_answers(66_580, 2_000, 30)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        fit = ca.calibrate(data, "2PL", standard_errors=None)
        seconds.append(time.perf_counter() - start)
        print(f"{seconds[-1]:.1f} s", flush=True)
    tracemalloc.start()
    ca.calibrate(data, "2PL", standard_errors=None)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    held = sum(array.nbytes for array in data.sparse()) / 1e6
    long = data.n_answers * 3 * 8 / 1e6
    often = fit.n_answers >= 500
    error = fit.items.b[often, 0] - b[often]
    se = float(np.std(error) / np.sqrt(error.size))
    line = np.polyfit(b[often], fit.items.b[often, 0], 1)
    value = float(ca.irt.log_likelihood(data, truth).sum())
    lines = [
        f"{statistics.median(seconds):.1f} s (median of {runs}, {min(seconds):.1f}-{max(seconds):.1f}), "
        f"{fit.n_iterations} E-steps; log-likelihood {fit.log_likelihood:.2f}, that of the true parameters "
        f"{value:.2f}.",
        "",
        f"Of {int(often.sum())} items with 500 answers or more: mean error of b {error.mean():+.4f} "
        f"(standard error {se:.4f}), RMSE {np.sqrt(np.mean(error**2)):.4f}, correlation with the truth "
        f"{np.corrcoef(fit.items.b[often, 0], b[often])[0, 1]:.4f}, slope of b̂ on b {line[0]:.4f}.",
        "",
        f"Peak memory beyond the answers {peak:.0f} MB: {peak / long:.2f} times the answers as a long table "
        f"of three 64-bit columns ({long:.0f} MB), {peak / held:.1f} times as they are held here "
        f"({held:.1f} MB). As a dense table of bytes they would be "
        f"{data.n_persons * data.n_items / 1e6:.0f} MB.",
    ]
    print("\n".join(lines), flush=True)
    return lines


WORK: dict[str, Callable[[int], list[str]]] = {
    "2PL, 20,000 × 60": lambda runs: one_dimension("big2pl_20000x60.csv.gz", "2PL", runs),
    "GRM, 5,000 × 30 × 5": lambda runs: one_dimension("grm5_5000x30.csv.gz", "GRM", runs),
    "2PL, 66,580 × 60": whole_service,
    "GRM on SPI, 4,000 × 50 × 6": personality,
    "2PL, 66,580 adaptive sittings × 30 of 2,000 items": adaptive,
}


def main() -> None:
    """Run every work, and write its section if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="a word of the titles to run")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    for title, work in WORK.items():
        if arguments.only not in title:
            continue
        print(f"## {title}", flush=True)
        lines = work(arguments.runs)
        note = f"{arguments.runs} runs each, interleaved; {machine()}."
        if arguments.write:
            write_section(f"Calibration: {title}", [*lines, "", note])


if __name__ == "__main__":
    main()
