"""EAP with its SE beside its peers, in one run: time, and how far from a fine quadrature.

    python benchmarks/scoring.py [--runs 5] [--persons 200000] [--write]

Simulated answers to 60 2PL items. Every contender scores the same array of integers in turn, reading and
checking included, and the median of the runs is told. The errors are the largest of anybody's, against 401
nodes on ±8. Peers that are not installed are skipped and said; ``--write`` puts the table into
benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from results import machine, write_section

import compassess as ca

Floats = NDArray[np.float64]
N_ITEMS = 60
HEAD = [
    "| work | engine | median s | range s | time / ours | largest error of θ | of SE |",
    "|---|---|---|---|---|---|---|",
]


@dataclass(frozen=True)
class Contender:
    """A way to score: a name, and a function that gives θ and SE (None where there is none)."""

    name: str
    run: Callable[[], tuple[Floats, Floats | None]]


def truth(n_persons: int) -> tuple[ca.Items, NDArray[np.int64]]:
    """Items, and answers of people from N(0, 1)."""
    rng = np.random.default_rng(20)
    ids = [f"i{j}" for j in range(N_ITEMS)]
    slopes, places = rng.lognormal(0.2, 0.3, N_ITEMS), rng.normal(size=N_ITEMS)
    items = ca.Items.create(ids=ids, a=slopes, b=places[:, None])
    theta = rng.normal(size=n_persons)
    chance = 1 / (1 + np.exp(-slopes * (theta[:, None] - places)))
    return items, (rng.random(chance.shape) < chance).astype(np.int64)


def ours(codes: NDArray[np.int64], items: ca.Items, precision: str) -> Contender:
    """Our own scores, from the bare array."""

    def run() -> tuple[Floats, Floats]:
        scores = ca.score(codes, items, precision=precision)
        return scores.theta, scores.se

    return Contender(f"compassess, {precision} precision", run)


def pypi_mirt(codes: NDArray[np.int64], items: ca.Items, nodes: int) -> Contender | None:
    """PyPI's mirt; None where it is not installed."""
    if importlib.util.find_spec("mirt") is None:
        print("mirt (PyPI) is not installed: skipped")
        return None
    import mirt

    # It scores fitted models only: a short fit of a few persons, whose parameters are then replaced.
    model = mirt.fit_mirt(codes[:500], model="2PL", max_iter=5, compute_standard_errors=False).model
    model.set_parameters(discrimination=np.array(items.a), difficulty=np.array(items.b[:, 0]))

    def run() -> tuple[Floats, Floats]:
        found = mirt.fscores(model, codes, method="EAP", n_quadpts=nodes)
        return np.ravel(found.theta), np.ravel(found.standard_error)

    return Contender(f"mirt (PyPI), {nodes} nodes", run)


def girth_eap(codes: NDArray[np.int64], items: ca.Items) -> Contender | None:
    """girth's posterior mean, without an SE; None where it is not installed."""
    if importlib.util.find_spec("girth") is None:
        print("girth is not installed: skipped")
        return None
    import girth

    data, slopes, places = np.ascontiguousarray(codes.T), np.array(items.a), np.array(items.b[:, 0])
    return Contender("girth", lambda: (girth.ability_eap(data, places, slopes), None))


def measured(contenders: list[Contender | None], exact: ca.Scores, title: str, runs: int) -> list[str]:
    """Rows of the table: everybody in turn, medians, and the largest errors."""
    present = [one for one in contenders if one is not None]
    times: dict[str, list[float]] = {one.name: [] for one in present}
    found: dict[str, tuple[Floats, Floats | None]] = {}
    for _ in range(runs):
        for one in present:
            start = time.perf_counter()
            found[one.name] = one.run()
            times[one.name].append(time.perf_counter() - start)
    base = statistics.median(times[present[0].name])
    rows = []
    for one in present:
        median, (theta, se) = statistics.median(times[one.name]), found[one.name]
        span = f"{min(times[one.name]):.3f}-{max(times[one.name]):.3f}"
        off = f"{np.abs(theta - exact.theta).max():.1e}"
        se_off = "no SE" if se is None else f"{np.abs(se - exact.se).max():.1e}"
        cells = [title, one.name, f"{median:.3f}", span, f"{median / base:.1f}", off, se_off]
        rows.append("| " + " | ".join(cells) + " |")
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Run every row, and write the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    items, codes = truth(arguments.persons)
    exact = ca.score(codes, items, nodes=401, limit=8.0)
    contenders = [
        ours(codes, items, "single"),
        ours(codes, items, "double"),
        pypi_mirt(codes, items, 61),
        pypi_mirt(codes, items, 21),
        girth_eap(codes, items),
    ]
    title = f"EAP and SE, 2PL, {arguments.persons:,} × {N_ITEMS}"
    lines = [*HEAD, *measured(contenders, exact, title, arguments.runs)]
    note = f"{arguments.runs} runs each, interleaved; {machine()}; a bare array of integers in, errors in θ."
    print(note)
    if arguments.write:
        written = "Written by `python benchmarks/scoring.py --write`."
        write_section("Scoring", [written, "", *lines, "", note])


if __name__ == "__main__":
    main()
