"""Which criterion, which control, which rule, which start, which estimate, how long: measured, not told.

    python benchmarks/how_to_choose.py [--only criteria …] [--people 3000] [--quick] [--write | --page]

Every question is a study of its own on the bank B300 (300 two-category items, one block, people from
N(0, 1)), on the shipped bank, or on three generated blocks; within a question the same people give the same
answer to an item wherever it is presented. ``--write`` keeps the numbers in benchmarks/how_to_choose.json,
those of other questions untouched, and makes docs/how_to_choose.md of them; ``--page`` makes the page again
from what is kept; ``--quick`` asks everything of few people.

A strategy that is new gets a line in the table of its question below, and no other.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from generated_banks import b300, generated_bank
from how_to_choose_page import page
from numpy.typing import NDArray
from results import machine

import compassess as ca
from compassess.scoring.classification import confusion
from compassess.simulation import (
    DesignComparison,
    calibrate_sympson_hetter,
    exposure_rates,
    mean_overlap,
)
from compassess.simulation.recovery import covered, mean_and_error

Floats = NDArray[np.float64]
Row = dict[str, Any]
Options = Mapping[str, Any]

KEPT: Final = Path(__file__).with_suffix(".json")
PAGE: Final = Path(__file__).parents[1] / "docs" / "how_to_choose.md"

LENGTHS: Final = (10, 20, 30)
CUTS: Final = {"0": 0.0, "−1.843": -1.843}  # in the middle of the population, and where few people are
LONGEST: Final = 60
FAR: Final = 1.5  # beyond it are 13 % of a standard normal population

# ---- what is compared: a line each -------------------------------------------------------------------------

#: Criterion and its parameters for a sitting of n items; the first is the one that others are compared with.
CRITERIA: Final[Mapping[str, Callable[[int], Row]]] = {
    "maximum_information": lambda _: {},
    "weighted_information": lambda _: {},
    "information_in_interval": lambda _: {},
    "maximum_expected_information": lambda _: {},
    "minimum_expected_variance": lambda _: {},
    "kullback_leibler": lambda _: {},
    "kullback_leibler_interval": lambda _: {},
    "global_discrimination": lambda _: {},
    "nearest_difficulty": lambda _: {},
    "nearest_peak": lambda _: {},
    "progressive": lambda n: {"length": n},
    "proportional": lambda n: {"length": n},
    "a_stratified": lambda n: {"stage": -(-n // 4)},
    "random": lambda _: {},
}

#: Criteria where several blocks are to become known.
BLOCK_CRITERIA: Final[Mapping[str, Row]] = {
    "maximum_information": {"criterion": "maximum_information"},
    "bayesian_optimality, D": {"criterion": "bayesian_optimality", "parameters": {"optimality": "D"}},
    "bayesian_optimality, A": {"criterion": "bayesian_optimality", "parameters": {"optimality": "A"}},
    "block_kullback_leibler": {"criterion": "block_kullback_leibler"},
    "random": {"criterion": "random"},
}

#: The section ``selection`` on the shipped bank, whose items have four categories.
SHIPPED_CRITERIA: Final[Mapping[str, Row]] = {
    "maximum_information": {},
    "weighted_information": {"criterion": "weighted_information"},
    "minimum_expected_variance": {"criterion": "minimum_expected_variance"},
    "kullback_leibler": {"criterion": "kullback_leibler"},
    "bayesian_optimality, D": {"criterion": "bayesian_optimality", "parameters": {"optimality": "D"}},
    "block_kullback_leibler": {"criterion": "block_kullback_leibler"},
    "a_stratified": {"criterion": "a_stratified", "parameters": {"stage": 2, "strata": 3}},
    "randomesque, 3": {"randomesque": 3},
    "random": {"criterion": "random"},
}

_N_CONTROL: Final = 30


def limited(without: ca.Assessment, rate: float) -> ca.Assessment:
    """With the probabilities of Sympson & Hetter for this rate.

    The greatest of 300 rates of 5,000 people strays by more than the default tolerance of .01.
    """
    return calibrate_sympson_hetter(without, rate, tolerance=0.02).assessment


_DRAWN: Final[Row] = {"count": 3, "lowest": -1.0, "highest": 1.0}


def _from_record(control: str, **parameters: Any) -> dict[str, Any]:
    """The section of a control that draws from a record."""
    return {"selection": {"exposure": {"control": control, "parameters": parameters}}}


#: What spares the bank: the sections ``selection`` and ``start`` of a blueprint, or, where parameters are to
#: be found by studies first, what makes an assessment of the one without control; the first is no control.
CONTROLS: Final[Mapping[str, Row | Callable[[ca.Assessment], ca.Assessment]]] = {
    "none": {},
    "randomesque, 3": {"selection": {"randomesque": 3}},
    "randomesque, 5": {"selection": {"randomesque": 5}},
    "randomesque, 10": {"selection": {"randomesque": 10}},
    "randomesque, 10, start drawn": {"selection": {"randomesque": 10}, "start": _DRAWN},
    "progressive": {"selection": {"criterion": "progressive", "parameters": {"length": _N_CONTROL}}},
    "progressive, acceleration 2": {
        "selection": {
            "criterion": "progressive",
            "parameters": {"length": _N_CONTROL, "acceleration": 2.0},
        }
    },
    "proportional": {"selection": {"criterion": "proportional", "parameters": {"length": _N_CONTROL}}},
    "nearest_peak": {"selection": {"criterion": "nearest_peak"}},
    "nearest_peak, start drawn": {"selection": {"criterion": "nearest_peak"}, "start": _DRAWN},
    "a_stratified": {
        "selection": {"criterion": "a_stratified", "parameters": {"stage": -(-_N_CONTROL // 4)}}
    },
    "a_stratified, start drawn": {
        "selection": {"criterion": "a_stratified", "parameters": {"stage": -(-_N_CONTROL // 4)}},
        "start": _DRAWN,
    },
    "sympson_hetter, .5": lambda without: limited(without, 0.5),
    "sympson_hetter, .3": lambda without: limited(without, 0.3),
    "sympson_hetter, .2": lambda without: limited(without, 0.2),
    "random": {"selection": {"criterion": "random"}},
    "item_eligibility, .28": _from_record("item_eligibility", maximum_rate=0.28),
    "item_eligibility, .18": _from_record("item_eligibility", maximum_rate=0.18),
    "item_eligibility, .18, segments": _from_record(
        "item_eligibility", maximum_rate=0.18, edges=[-1.0, 0.0, 1.0]
    ),
    "restricted_rate, .18": _from_record("restricted_rate", maximum_rate=0.18),
    "progressive, restricted_rate, .18": {
        "selection": {
            "criterion": "progressive",
            "parameters": {"length": _N_CONTROL},
            **_from_record("restricted_rate", maximum_rate=0.18)["selection"],
        }
    },
}

#: Rules that want precision.
PRECISION_RULES: Final[Mapping[str, Row]] = {
    "standard_error, .30": {"rule": "standard_error", "target": 0.30},
    "standard_error, .25": {"rule": "standard_error", "target": 0.25},
    "predicted_error_reduction, .01": {
        "rule": "predicted_error_reduction",
        "parameters": {"target": 0.30, "hypo": 0.01, "hyper": 0.01},
    },
    "predicted_error_reduction, .005": {
        "rule": "predicted_error_reduction",
        "parameters": {"target": 0.30, "hypo": 0.005, "hyper": 0.005},
    },
    "predicted_error_reduction, .005, at .30 .02": {
        "rule": "predicted_error_reduction",
        "parameters": {"target": 0.30, "hypo": 0.005, "hyper": 0.02},
    },
    "minimum_information, .5": {"rule": "minimum_information", "parameters": {"least": 0.5}},
    "standard_error, .25, or change_of_theta, .02": {
        "rule": "standard_error",
        "target": 0.25,
        "also": [{"rule": "change_of_theta", "parameters": {"change": 0.02}}],
    },
}

#: Rules that decide on which side of a cut somebody is.
DECISION_RULES: Final[Mapping[str, Callable[[float], Row]]] = {
    "standard_error, .30": lambda _: {"rule": "standard_error", "target": 0.30},
    "sprt, δ = .2": lambda cut: {"rule": "sprt", "parameters": {"cuts": [cut], "delta": 0.2}},
    "sprt, δ = .3": lambda cut: {"rule": "sprt", "parameters": {"cuts": [cut], "delta": 0.3}},
    "generalised_likelihood_ratio, δ = .2": lambda cut: {
        "rule": "generalised_likelihood_ratio",
        "parameters": {"cuts": [cut], "delta": 0.2},
    },
    "confidence_interval, .90": lambda cut: {
        "rule": "confidence_interval",
        "parameters": {"cuts": [cut], "confidence": 0.90},
    },
    "confidence_interval, .95": lambda cut: {
        "rule": "confidence_interval",
        "parameters": {"cuts": [cut], "confidence": 0.95},
    },
    "band_probability, .90": lambda cut: {
        "rule": "band_probability",
        "parameters": {"cuts": [cut], "probability": 0.90},
    },
    "band_probability, .95": lambda cut: {
        "rule": "band_probability",
        "parameters": {"cuts": [cut], "probability": 0.95},
    },
    "sprt, δ = .2, or curtailment, γ = .02": lambda cut: {
        "rule": "sprt",
        "parameters": {"cuts": [cut], "delta": 0.2},
        "also": [
            {
                "rule": "stochastic_curtailment",
                "parameters": {"cuts": [cut], "delta": 0.2, "maximum": LONGEST, "gamma": 0.02},
            }
        ],
    },
}

#: The section ``start``; the first is none.
STARTS: Final[Mapping[str, Row | None]] = {
    "none": None,
    "one of θ from −1 to 1": {"count": 1, "lowest": -1.0, "highest": 1.0},
    "three of θ from −1 to 1": {"count": 3, "lowest": -1.0, "highest": 1.0},
    "three of θ from −2 to 2": {"count": 3, "lowest": -2.0, "highest": 2.0},
    "three at θ = −1": {"count": 3, "theta": -1.0},
}

ESTIMATES: Final = ("EAP", "MAP", "WLE", "ML", "Jeffreys", "EAPsum")

#: Lengths of the last question, on B300 and on the shipped bank.
LONG: Final = (5, 10, 15, 20, 30, 40, 60)
SHIPPED: Final = (12, 18, 24, 30, 36)


# ---- banks and designs ----------------------------------------------------------------------------------


def bank_b300() -> ca.ItemBank:
    """One block of 300 items."""
    return generated_bank({"theta": ("theta", 1.0)}, 300, b300())


def three_blocks() -> ca.ItemBank:
    """Three blocks of two competencies each, 40 items a competency."""
    return generated_bank({f"{block}{k}": (block, 0.8) for block in "set" for k in (1, 2)}, 240)


def designed(
    bank: ca.ItemBank,
    length: tuple[int, int],
    *,
    selection: Options | None = None,
    stopping: Options | None = None,
    start: Options | None = None,
    minimum: int = 0,
    bands: ca.Bands | None = None,
    nodes: int | None = None,
) -> ca.Assessment:
    """An assessment of least and greatest length; without ``stopping`` nothing else ends it."""
    content = ca.Blueprint.default(bank).to_dict()
    content["length"] = {"minimum": length[0], "maximum": length[1]}
    content["competencies"] = {
        name: {"minimum": minimum, "maximum": None} for name in content["competencies"]
    }
    content["selection"] |= {"criterion": "maximum_information", "randomesque": 1} | dict(selection or {})
    content["stopping"] |= {"rule": "standard_error", "target": 1e-3} | dict(stopping or {})
    if start is not None:
        content["start"] = dict(start)
    return ca.Assessment.create(bank, ca.Blueprint.from_dict(content), bands, nodes=nodes)


def compared(designs: Mapping[str, ca.Assessment], n: int, seed: int) -> list[Row]:
    """A row a design, by :meth:`DesignComparison.to_frame`, with the microseconds of a simulated choice."""
    studies, taken = {}, {}
    for name, assessment in designs.items():
        begun = time.perf_counter()
        studies[name] = ca.simulate(assessment, n, seed=seed)
        taken[name] = 1e6 * (time.perf_counter() - begun) / float(studies[name].n_items.sum())
    rows: list[Row] = DesignComparison(studies=studies).to_frame().to_dict("records")
    return [row | {"microseconds": taken[row["design"]]} for row in rows]


def live(designs: Mapping[str, ca.Assessment], n_sittings: int) -> dict[str, float]:
    """Median microseconds from an answer to the next item in a live sitting, by turns of the designs."""
    taken: dict[str, list[float]] = {name: [] for name in designs}
    for turn in range(n_sittings + 1):
        for name, assessment in designs.items():
            times = _answered(assessment, turn)
            taken[name] += times if turn else []  # the first one warms up
    return {name: float(1e6 * np.median(times)) for name, times in taken.items()}


def _answered(assessment: ca.Assessment, seed: int) -> list[float]:
    """Seconds of every answer of a sitting."""
    session, rng, times = assessment.start(seed=seed), np.random.default_rng(seed), []
    while (item := session.pending) is not None:
        code = int(rng.random() < 0.5)
        begun = time.perf_counter()
        session.answer(item.id, code)
        times.append(time.perf_counter() - begun)
    return times


# ---- the questions --------------------------------------------------------------------------------------


def criteria(n: int) -> Row:
    """Error, exposure and cost of every criterion at three lengths."""
    bank, found = bank_b300(), {}
    for length in LENGTHS:
        designs = {
            name: designed(bank, (length, length), selection={"criterion": name, "parameters": make(length)})
            for name, make in CRITERIA.items()
        }
        found[str(length)] = compared(designs, n, seed=11)
        if length == LENGTHS[-1]:
            cost = live(designs, max(n // 200, 1))
    return {"people": n, "lengths": found, "live": cost}


def blocks(n: int) -> Row:
    """The same for three blocks that all are to become known, 24 items."""
    bank = three_blocks()
    designs = {
        name: designed(bank, (24, 24), selection=selection, minimum=2, nodes=31)
        for name, selection in BLOCK_CRITERIA.items()
    }
    # The joint grid of three blocks is dear: a quarter of the people.
    return {"people": max(n // 4, 20), "rows": compared(designs, max(n // 4, 20), seed=12)}


def shipped(n: int) -> Row:
    """Criteria on the shipped bank, 18 of its items, at least one of every competency."""
    own = ca.Assessment.load("civil_service")
    designs = {
        name: designed(own.bank, (18, 18), selection=selection, minimum=1, bands=own.bands)
        for name, selection in SHIPPED_CRITERIA.items()
    }
    return {"people": n, "items": len(own.bank.operational), "rows": compared(designs, n, seed=22)}


def controls(n: int) -> Row:
    """What a lower rate costs in error."""
    bank = bank_b300()
    without = designed(bank, (_N_CONTROL, _N_CONTROL))
    designs = {
        name: told(without) if callable(told) else designed(bank, (_N_CONTROL, _N_CONTROL), **told)
        for name, told in CONTROLS.items()
    }
    return {"people": n, "length": _N_CONTROL, "rows": compared(designs, n, seed=13)}


def rules(n: int) -> Row:
    """Every stopping rule: for precision beside a test of one length, for decisions with κ at the cut."""
    bank = bank_b300()
    decided = {
        told: [
            {"design": name, **_decided(_at_cut(bank, cut, make(cut)), cut, n)}
            for name, make in DECISION_RULES.items()
        ]
        for told, cut in CUTS.items()
    }
    rows = [
        _precise(bank, designed(bank, (5, LONGEST), stopping=rule), n) | {"design": name}
        for name, rule in PRECISION_RULES.items()
    ]
    return {"people": n, "longest": LONGEST, "precision": rows, "decisions": decided}


def _precise(bank: ca.ItemBank, assessment: ca.Assessment, n: int) -> Row:
    """A rule, and with the same people tests whose length is the rule's mean, or next to it by lot."""
    study = ca.simulate(assessment, n, seed=14)
    assert study.theta_true is not None
    mean = float(study.n_items.mean())
    below, above = int(np.floor(mean)), int(np.ceil(mean))
    shorter, longer = (
        _squares(ca.simulate(designed(bank, (length, length)), n, seed=14)) for length in (below, above)
    )
    own, fixed = _squares(study), shorter + (mean - below) * (longer - shorter)
    rmse, fixed_rmse = float(np.sqrt(own.mean())), float(np.sqrt(fixed.mean()))
    far = np.abs(study.theta_true) > FAR
    row: Row = DesignComparison(studies={"rule": study}).to_frame().to_dict("records")[0]
    p5, p95 = (float(x) for x in np.percentile(study.n_items, [5, 95]))
    return row | {
        "p5": p5,
        "p95": p95,
        "at_longest": float(np.mean(study.n_items == LONGEST)),
        "rmse_far": float(np.sqrt(own[far].mean())),
        "fixed_rmse": fixed_rmse,
        "fixed_rmse_far": float(np.sqrt(fixed[far].mean())),
        "rmse_difference": rmse - fixed_rmse,
        "rmse_difference_error": mean_and_error(own / (2 * rmse) - fixed / (2 * fixed_rmse))[1],
    }


def _squares(study: ca.SimulationStudy) -> Floats:
    """Squared errors, (n,)."""
    assert study.theta_true is not None
    return np.asarray((study.theta - study.theta_true) ** 2)


def _at_cut(bank: ca.ItemBank, cut: float, rule: Options) -> ca.Assessment:
    """A sitting that chooses for the decision at a cut, or for θ where the rule wants that."""
    precise = rule["rule"] == "standard_error"
    selection = {} if precise else {"criterion": "information_at_cut", "parameters": {"cuts": cut}}
    return designed(bank, (5, LONGEST), selection=selection, stopping=rule)


def _decided(assessment: ca.Assessment, cut: float, n: int) -> Row:
    """Mean length, and the share on the right side of the cut, whether the rule was sure or not."""
    study = ca.simulate(assessment, n, seed=15)
    assert study.theta_true is not None
    true, given = study.theta_true >= cut, study.theta >= cut
    table = confusion(true.astype(int), given.astype(int), n_bands=2)
    accuracy, error = mean_and_error((true == given).astype(float))
    return {
        "length": float(study.n_items.mean()),
        "accuracy": accuracy,
        "accuracy_error": error,
        "kappa": table.kappa,
        "kappa_error": table.kappa_se,
        "sensitivity": float(table.sensitivity[0]),
        "open": float(np.mean(np.array(study.reasons) == "length")),
    }


def starts(n: int) -> Row:
    """What a start costs a short sitting, and how much the first three items are shared."""
    bank, rows = bank_b300(), []
    designs = {name: designed(bank, (10, 10), start=start) for name, start in STARTS.items()}
    studies = {name: ca.simulate(design, n, seed=16) for name, design in designs.items()}
    for row in DesignComparison(studies=studies).to_frame().to_dict("records"):
        first = studies[row["design"]].played.items[:, :3]
        n_items = len(bank.items)
        row["first_rate"] = float(exposure_rates(first, n_items).max())
        row["first_overlap"] = mean_overlap(first, n_items)
        rows.append(row)
    return {"people": n, "length": 10, "rows": rows}


def estimates(n: int) -> Row:
    """Estimators on the same answers of the same sittings, also for people far out."""
    bank, found = bank_b300(), {}
    items = bank.irt_items()
    people = ca.irt.simulate_abilities(bank.population, n, seed=17)
    truth = people.blocks[:, 0]
    answers = ca.irt.simulate_responses(items, people, seed=18)
    codes = answers.codes(items.ids).astype(float)
    for length in LENGTHS:
        study = ca.simulate(designed(bank, (length, length)), responses=answers, seed=19)
        seen = np.zeros(codes.shape, dtype=bool)
        np.put_along_axis(seen, study.played.items, True, axis=1)
        given = ca.Responses.from_array(np.where(seen, codes, np.nan), items=items.ids)
        found[str(length)] = [
            {"estimate": method, **_estimated(given, items, method, truth)} for method in ESTIMATES
        ]
    return {"people": n, "lengths": found}


def _estimated(given: ca.Responses, items: Any, method: str, truth: Floats) -> Row:
    """Errors of those who have an estimate."""
    begun = time.perf_counter()
    scores = ca.score(given, items, method)
    taken = 1e6 * (time.perf_counter() - begun) / len(truth)
    theta, se = np.ravel(scores.theta), np.ravel(scores.se)
    known = np.isfinite(theta) & np.isfinite(se)
    error, far = (theta - truth)[known], np.abs(truth[known]) > FAR
    squares, square_error = mean_and_error(error**2)
    return {
        "rmse": float(np.sqrt(squares)),
        "rmse_error": square_error / (2 * float(np.sqrt(squares))),
        "bias_outwards": float(np.mean((error * np.sign(truth[known]))[far])),
        "rmse_far": float(np.sqrt(np.mean(error[far] ** 2))),
        "coverage": float(np.mean(covered(error, se[known]))),
        "without": float(np.mean(~known)),
        "microseconds": taken,
    }


def lengths(n: int) -> Row:
    """What a longer sitting buys."""
    bank, civil = bank_b300(), ca.Assessment.load("civil_service")
    long = {str(length): designed(bank, (length, length)) for length in LONG}
    own = {
        str(length): designed(civil.bank, (length, length), minimum=1, bands=civil.bands)
        for length in SHIPPED
    }
    return {
        "people": n,
        "b300": compared(long, n, seed=20),
        "shipped": compared(own, n, seed=21),
        "shipped_items": len(civil.bank.operational),
    }


QUESTIONS: Final[Mapping[str, Callable[[int], Row]]] = {
    "criteria": criteria,
    "blocks": blocks,
    "shipped": shipped,
    "controls": controls,
    "rules": rules,
    "starts": starts,
    "estimates": estimates,
    "lengths": lengths,
}


def rounded(found: Any) -> Any:
    """Six significant digits: more would change with every machine and tell nobody anything."""
    if isinstance(found, Mapping):
        return {str(key): rounded(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [rounded(value) for value in found]
    if isinstance(found, float | np.floating):
        return float(f"{found:.6g}") if np.isfinite(found) else None
    return int(found) if isinstance(found, np.integer) else found


def main() -> None:
    """Ask, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(QUESTIONS), default=list(QUESTIONS))
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--page", action="store_true")
    chosen = parser.parse_args()
    kept: Row = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if not chosen.page:
        n = 60 if chosen.quick else chosen.people
        for name in chosen.only:
            begun = time.perf_counter()
            found = rounded(QUESTIONS[name](n))
            taken = round(time.perf_counter() - begun, 1)
            kept[name] = found | {"asked": n, "seconds": taken, "machine": machine()}
    kept = {name: kept[name] for name in QUESTIONS if name in kept}
    if chosen.write:
        KEPT.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    text = page(kept)
    if chosen.write or chosen.page:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
