"""Shadow tests on a bank of 1,000 items under 30 constraints: milliseconds an item.

    python benchmarks/shadow_tests.py [--people 20] [--write]

Simulated people take fixed tests of 30 items; every choice of an item, estimate and shadow test included, is
timed by itself, on the wall and on the CPU (one thread), and every finished test is checked. The same
situations go to HiGHS as they are (all items, no reduction), and, where it is installed, to the shadow test
of the peer ``mirt``, with those constraints that it knows (content areas, enemies, one budget). ``--write``
puts the table into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import machine, write_section
from scipy.optimize import Bounds, LinearConstraint, milp

import compassess as ca
from compassess.adaptive import decide, estimate, fresh
from compassess.adaptive.progress import Progress, answered

Floats = NDArray[np.float64]
N_ITEMS, LENGTH = 1000, 30
HEAD = [
    "| engine | constraints | p50 ms | p99 ms | max ms | CPU p50 ms | CPU p99 ms | CPU max ms | items |",
    "|---|---|---|---|---|---|---|---|---|",
]


def bank() -> ca.ItemBank:
    """Ten competencies that are one block, with formats, keys, languages, topics, words and enemies."""
    rng = np.random.default_rng(1)
    slopes, places = 1.5 * rng.lognormal(0, 0.3, N_ITEMS), rng.normal(0, 1.2, N_ITEMS)
    ids = [f"i{j:04d}" for j in range(N_ITEMS)]
    items = [
        {
            "id": ids[j],
            "block": "b",
            "competency": f"c{rng.integers(10)}",
            "model": "2PL",
            "status": "operational",
            "n_categories": 2,
            "parameters": {"a": float(slopes[j]), "b": [float(places[j])]},
            "standard_errors": None,
            "provenance": {},
            "attributes": {
                "format": f"f{rng.integers(3)}",
                "key": f"k{rng.integers(4)}",
                "language": f"l{rng.integers(2)}",
                "topic": f"t{rng.integers(6)}",
                "words": int(rng.integers(20, 120)),
            },
        }
        for j in range(N_ITEMS)
    ]
    return ca.ItemBank.from_dict(
        {
            "format": "compassess/bank/1",
            "id": "large",
            "version": "1",
            "illustrative": True,
            "title": {},
            "languages": [],
            "population": {"description": "", "correlations": [[1.0]]},
            "blocks": [{"id": "b", "title": {}}],
            "competencies": [{"id": f"c{k}", "block": "b", "loading": 1.0, "title": {}} for k in range(10)],
            "items": items,
        }
    )


def constraints() -> list[dict[str, Any]]:
    """Nineteen; the length and the ten competencies' limits make thirty."""
    bounds = {"format": (3, 6, 14), "key": (4, 5, 10), "language": (2, 10, 20), "topic": (6, 3, 8)}
    found: list[dict[str, Any]] = [
        {
            "id": f"{name}_{k}",
            "kind": "count",
            "items": {"attributes": {name: f"{name[0]}{k}"}},
            "minimum": low,
            "maximum": high,
        }
        for name, (n_values, low, high) in bounds.items()
        for k in range(n_values)
    ]
    found.append({"id": "words", "kind": "sum", "attribute": "words", "minimum": 1800, "maximum": 2200})
    rng = np.random.default_rng(2)
    for k in range(3):
        foes = [f"i{j:04d}" for j in rng.choice(N_ITEMS, 4, replace=False)]
        found.append({"id": f"enemies_{k}", "kind": "enemies", "items": {"ids": foes}})
    return found


def assessment(large: ca.ItemBank, content: dict[str, Any] | None) -> ca.Assessment:
    """A fixed length, two to five items of every competency."""
    document = ca.Blueprint.default(large).to_dict()
    document["competencies"] = {f"c{k}": {"minimum": 2, "maximum": 5} for k in range(10)}
    document["length"] = {"minimum": LENGTH, "maximum": LENGTH}
    if content is not None:
        document["content"] = content
    return ca.Assessment.create(large, ca.Blueprint.from_dict(document))


class Stopwatch:
    """Wall and CPU times of what runs inside ``with``, in milliseconds."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []

    def __enter__(self) -> None:
        """Begin."""
        self._begun = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        """Note both."""
        wall, cpu = self._begun
        self.times.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))


def timed(
    played: ca.Assessment, people: int, each: Callable[[Progress, Floats], None] | None = None
) -> Stopwatch:
    """Every choice; ``each`` is called with the situations, outside of the clock."""
    plan, rng, watch = played.plan, np.random.default_rng(3), Stopwatch()
    slopes = plan.measurement.items.a
    difficulties = plan.measurement.items.b[:, 0]
    for person in range(people):
        theta = rng.normal()
        progress = fresh(plan.pool, np.ones((1, N_ITEMS), dtype=bool))
        for _ in range(LENGTH):
            with watch:
                now = estimate(plan.pool, progress)
                chosen = decide(plan, progress, now, np.array([person], dtype=np.uint64)).item
            if each is not None:
                each(progress, now.theta)
            j = int(chosen[0])
            chance = 1 / (1 + np.exp(-slopes[j] * (theta - difficulties[j])))
            progress = answered(plan.pool, progress, chosen, np.array([int(rng.random() < chance)]))
        assert played.plan.content is None or played.plan.content.rows.satisfied(progress.counted)[0]
    return watch


def line(engine: str, what: str, watch: Stopwatch) -> str:
    """A row of the table."""
    told = [
        f"{value:.1f}"
        for times in np.array(watch.times).T
        for value in (np.median(times), np.quantile(times, 0.99), times.max())
    ]
    return f"| {engine} | {what} | {' | '.join(told)} | {len(watch.times):,} |"


def bare_solver(played: ca.Assessment) -> tuple[Callable[[Progress, Floats], None], Stopwatch]:
    """The whole programme, as it is, to HiGHS."""
    control, pool = played.plan.content, played.plan.pool
    assert control is not None
    rows, watch = control.rows, Stopwatch()

    def solve(progress: Progress, theta: Floats) -> None:
        worth = pool.information_at(theta)[0]
        with watch:
            milp(
                -worth,
                constraints=LinearConstraint(rows.items, rows.lower, rows.upper),
                integrality=np.ones(N_ITEMS),
                bounds=Bounds(progress.counted[0].astype(float), np.ones(N_ITEMS)),
                options={"mip_rel_gap": 0.0},
            )

    return solve, watch


def peer(played: ca.Assessment) -> tuple[Callable[[Progress, Floats], None], Stopwatch] | None:
    """The shadow test of mirt for the competencies' limits, the enemies and the upper bound of words."""
    if importlib.util.find_spec("mirt") is None:
        return None
    import mirt
    from mirt.cat import ContentArea, ContentBlueprint, ShadowTestSelection

    items = played.plan.measurement.items
    model = mirt.TwoParameterLogistic(n_items=N_ITEMS)
    model.set_parameters(discrimination=items.a, difficulty=items.b[:, 0])
    members = [set(np.flatnonzero(items.competency_index == k).tolist()) for k in range(10)]
    areas = [ContentArea(f"c{k}", items=members[k], min_items=2, max_items=5) for k in range(10)]
    places = {name: j for j, name in enumerate(items.ids)}
    content = played.blueprint.content
    assert content is not None
    foes = [[places[i] for i in one.items.ids] for one in content.constraints if one.kind == "enemies"]
    selection = ShadowTestSelection(
        test_length=LENGTH,
        blueprint=ContentBlueprint(areas),
        enemy_pairs={(i, j) for group in foes for i in group for j in group if i < j},
        item_costs=[float(item.attributes["words"]) for item in played.bank.operational],
        max_cost=2200.0,
        solver_options={"mip_rel_gap": 0.0},
    )
    watch = Stopwatch()

    def solve(progress: Progress, theta: Floats) -> None:
        given = np.flatnonzero(progress.counted[0]).tolist()
        free = set(range(N_ITEMS)) - set(given)
        with watch:
            selection.select_item(model, float(theta[0, 0]), free, given, [], test_length=LENGTH)

    return solve, watch


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    large = bank()
    rows = [line("compassess, no content section", "11", timed(assessment(large, None), chosen.people))]
    base = assessment(large, {"method": "shadow_test", "constraints": constraints()})
    others = [("HiGHS on the whole programme", "30", bare_solver(base))]
    found = peer(base)
    if found is not None:
        others.append(("mirt (Python) 1.2, ShadowTestSelection", "15", found))

    def each(progress: Progress, theta: Floats) -> None:
        for _, _, (solve, _) in others:
            solve(progress, theta)

    rows.append(line("compassess, shadow_test", "30", timed(base, chosen.people, each)))
    rows += [line(name, what, watch) for name, what, (_, watch) in others]
    for method, parameters in (
        ("shadow_test", {"mip_rel_gap": 0.01}),
        ("weighted_penalty", {}),
        ("maximum_priority_index", {}),
    ):
        section = {"method": method, "parameters": parameters, "constraints": constraints()}
        name = ", ".join(["compassess", method, *(f"{key} {value}" for key, value in parameters.items())])
        rows.append(line(name, "30", timed(assessment(large, section), chosen.people)))
    text = [*HEAD, *rows, "", machine()]
    print("\n".join(text))
    if chosen.write:
        write_section("shadow tests", text)


if __name__ == "__main__":
    main()
