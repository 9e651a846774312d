"""Selection criteria against catR 3.17: the value of every candidate in thirteen states.

The functions are ours, the conventions catR's (``catr.py``). Where catR is its own way:

- Its expected variance weights the variances after each answer by P(x | θ̂) at the mode. That is no expectation
  under the posterior: it need not fall below the present variance. Ours plugs nothing in.
- Its global discrimination takes plain sums over the nodes, where all its other integrals are trapezoids.
- Its expected information stands at modes that an optimiser with a tolerance of 1.2e-4 has found: 1e-3 relative.
- Its likelihoods and posteriors are not normalised, which changes no choice among items of one dimension.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any, Final

import catr
import numpy as np
import pytest
from catr import NODES, PRIOR, TRAPEZOID, Rows
from numpy.typing import NDArray
from reference import cat_banks, values_of

from compassess.adaptive.criteria.expected_information import expected_information
from compassess.adaptive.criteria.expected_variance import expected_variance
from compassess.adaptive.criteria.global_discrimination import discrimination
from compassess.adaptive.criteria.kullback_leibler import global_information
from compassess.adaptive.criteria.nearest_peak import peak
from compassess.adaptive.criteria.shelves import by_item
from compassess.adaptive.criteria.weighted_information import weighted_information
from compassess.irt import Items, information, score
from compassess.irt.curves import score_function
from compassess.responses import Responses

Floats = NDArray[np.float64]

STATES: Final = [("3PL", name) for name in ("S1", "S2", "S3")] + [
    (model, name) for model in ("GRM", "GPCM") for name in ("P1", "P2", "P3", "P4", "P5")
]


@dataclass(frozen=True)
class State:
    """A bank, what was answered, and what catR says of it."""

    items: Items
    rows: Rows
    presented: NDArray[np.intp]
    codes: NDArray[np.intp]
    found: dict[str, Any]

    @property
    def theta(self) -> float:
        """catR's BM."""
        return float(self.found["theta_BM"])

    @property
    def likelihood(self) -> Floats:
        """(1, 33)."""
        return catr.likelihood(self.rows, self.presented, self.codes)

    @property
    def chance(self) -> Floats:
        """P(x | θ̂) of every row, (1, rows)."""
        return catr.rows_at(self.items, self.rows, self.theta)

    def expected(self, name: str) -> Floats:
        """catR's values of the candidates."""
        return np.array(self.found["values"][name], dtype=np.float64)

    def of_candidates(self, values: Floats) -> Floats:
        """Ours of the same items, from (1, n_items)."""
        return np.asarray(values[0, np.array(self.found["candidates"]) - 1])


@pytest.fixture(scope="module", params=STATES, ids=lambda pair: "-".join(pair))
def state(request: pytest.FixtureRequest, reference: pathlib.Path) -> State:
    """One of catR's states."""
    bank, name = request.param
    items, states = cat_banks(reference)[bank]
    found = states[name]
    presented, codes = np.ravel(found["out"]) - 1, np.ravel(found["x"])
    return State(items, Rows.of(items), presented, codes, found)


def test_information_at_the_estimate(state: State) -> None:
    """Fisher's information of every candidate at BM is catR's MFI."""
    ours = information(state.items, state.theta).T
    np.testing.assert_allclose(state.of_candidates(ours), state.expected("MFI"), rtol=1e-6)


@pytest.mark.parametrize(("name", "prior"), [("MLWI", np.ones(33)), ("MPWI", PRIOR)])
def test_weighted_information(state: State, name: str, prior: Floats) -> None:
    """Information weighted by likelihood or posterior."""
    ours = weighted_information(state.likelihood * prior * TRAPEZOID, information(state.items, NODES))
    np.testing.assert_allclose(state.of_candidates(ours), state.expected(name), rtol=1e-6)


@pytest.mark.parametrize(("name", "prior"), [("KL", np.ones(33)), ("KLP", PRIOR)])
def test_kullback_leibler(state: State, name: str, prior: Floats) -> None:
    """The information of BM against the nodes, weighted by likelihood or posterior."""
    weights, rows = state.likelihood * prior * TRAPEZOID, state.rows
    integral = weights @ rows.log_probability.T
    width = weights.sum(axis=1, keepdims=True)
    ours = global_information(np.log(state.chance), integral, width, rows.starts)
    np.testing.assert_allclose(state.of_candidates(ours), state.expected(name), rtol=1e-6)


@pytest.mark.parametrize(("name", "prior"), [("GDI", np.ones(33)), ("GDIP", PRIOR)])
def test_global_discrimination(state: State, name: str, prior: Floats) -> None:
    """The variance of a right answer's probability; catR knows none of polytomous items, and sums plainly."""
    if state.items.models[0] != "3PL":
        assert not isinstance(state.found["values"][name], list)
        return
    success = state.rows.probability[state.rows.code == 1]
    ours = discrimination(state.likelihood * prior, success)
    np.testing.assert_allclose(state.of_candidates(ours), state.expected(name), rtol=1e-6)


def test_expected_variance(state: State) -> None:
    """Variances after each answer, weighted by its probability at BM."""
    posterior, rows = state.likelihood * PRIOR * TRAPEZOID, state.rows
    ours = expected_variance(rows.probability, rows.starts, posterior, NODES, state.chance)
    np.testing.assert_allclose(state.of_candidates(ours), state.expected("EPV"), rtol=1e-5)


def modes_after(state: State) -> Floats:
    """The MAP after each answer to each item, (1, rows); NaN for items presented before."""
    rows, n = state.rows, state.items.n_items
    answers = np.full((rows.item.size, n), np.nan)
    answers[:, state.presented] = state.codes
    new = ~np.isin(rows.item, state.presented)
    answers[new, rows.item[new]] = rows.code[new]
    theta = np.full(rows.item.size, np.nan)
    found = score(Responses.from_array(answers[new], items=state.items.ids), state.items, "MAP")
    theta[new] = np.clip(found.theta, -4.0, 4.0)
    return theta[None]


def test_expected_information(state: State) -> None:
    """Information, Fisher's and observed, at the mode after each answer."""
    rows, after = state.rows, modes_after(state)[0]
    known = np.where(np.isnan(after), 0.0, after)
    fisher = np.array(
        [
            information(state.items.select(np.array([j])), t)[0, 0]
            for j, t in zip(rows.item, known, strict=True)
        ]
    )
    h = 1e-4
    observed = np.array(
        [
            -np.diff(score_function(state.items.select(np.array([j])), [t - h, t + h])[0, k])[0] / (2 * h)
            for j, k, t in zip(rows.item, rows.code, known, strict=True)
        ]
    )
    for name, after_answer in (("MEI_Fisher", fisher), ("MEI_observed", observed)):
        ours = expected_information(state.chance, after_answer[None], rows.starts)
        np.testing.assert_allclose(state.of_candidates(ours), state.expected(name), rtol=1e-3)


def test_the_next_item(state: State) -> None:
    """Whichever criterion is asked, catR's next item has the best of its values, and ours agree."""
    candidates = np.array(state.found["candidates"])
    same = ("MFI", "MLWI", "MPWI", "KL", "KLP", "MEI_Fisher")
    names = {name: name for name in same} | {"MEI": "MEI_observed"}
    if state.items.models[0] == "3PL":
        names |= {"GDI": "GDI", "GDIP": "GDIP"}
    for criterion, values in names.items():
        assert candidates[np.argmax(state.expected(values))] == state.found["next_item"][criterion]["item"]
    posterior, rows = state.likelihood * PRIOR * TRAPEZOID, state.rows
    variance = expected_variance(rows.probability, rows.starts, posterior, NODES, state.chance)
    least = candidates[np.argmin(state.of_candidates(variance))]
    assert least == state.found["next_item"]["MEPV"]["item"]


def test_the_nearest_difficulty_and_the_nearest_peak(state: State) -> None:
    """bOpt and thOpt: the same item at the same distance."""
    items = state.items
    if items.models[0] != "3PL":
        assert "item" not in state.found["next_item"]["bOpt"]
        return
    peaks = peak(items.a, items.b[:, 0], items.c, items.d)
    for name, places in (("bOpt", items.b[:, 0]), ("thOpt", peaks)):
        distance = np.abs(places - state.theta)
        distance[state.presented] = np.inf
        expected = state.found["next_item"][name]
        assert np.argmin(distance) + 1 == expected["item"]
        assert distance.min() == pytest.approx(expected["info"], abs=1e-6)


def test_the_first_item(reference: pathlib.Path) -> None:
    """At θ = 0, before any answer: MFI, bOpt and thOpt of the 3PL bank."""
    items, _ = cat_banks(reference)["3PL"]
    expected = values_of(reference, "catR")["start_theta0"]
    of_item = {
        "MFI": information(items, 0.0)[:, 0],
        "bOpt": -np.abs(items.b[:, 0]),
        "thOpt": -np.abs(peak(items.a, items.b[:, 0], items.c, items.d)),
    }
    for name, worth in of_item.items():
        assert np.argmax(worth) + 1 == expected[name]["item"]
        assert np.abs(worth.max()) == pytest.approx(expected[name]["info"], abs=1e-6)


@pytest.mark.parametrize("name", ["MFI_length", "MFI_precision", "MPWI_length", "MEPV_length", "KLP_length"])
def test_whole_runs(name: str, reference: pathlib.Path) -> None:
    """catR's adaptive tests item by item: first item at θ = 0, EAP after each, its end and its last BM."""
    items, _ = cat_banks(reference)["3PL"]
    found = values_of(reference, "catR")
    run, answers = found["cat_runs"][name], np.array(found["cat_responses_whole_bank"])
    rows, information_on_nodes = Rows.of(items), information(items, NODES)
    presented = [int(np.argmax(information(items, 0.0)[:, 0]))]
    theta_path, se_path = [], []
    while True:
        place = np.array(presented)
        posterior = catr.likelihood(rows, place, answers[place]) * PRIOR
        theta, se = catr.eap(posterior)
        theta_path.append(theta)
        se_path.append(se)
        limit = run["stop"]["thr"]
        if se <= limit if run["stop"]["rule"] == "precision" else len(presented) >= limit:
            break
        worth = worth_in_run(run["criterion"], items, rows, information_on_nodes, posterior, theta)
        worth[place] = -np.inf
        presented.append(int(np.argmax(worth)))
    assert [place + 1 for place in presented] == run["items"]
    assert answers[presented].tolist() == run["responses"]
    np.testing.assert_allclose(theta_path, run["theta_path"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(se_path, run["se_path"], rtol=0, atol=1e-6)
    names = [items.ids[place] for place in presented]
    last = score(Responses.from_array([run["responses"]], items=names), items, "MAP", information="expected")
    assert last.theta[0] == pytest.approx(run["theta_final"], abs=1e-4)  # the optimiser's tolerance
    assert last.se[0] == pytest.approx(run["se_final"], abs=5e-5)


def worth_in_run(
    criterion: str, items: Items, rows: Rows, information_on_nodes: Floats, posterior: Floats, theta: float
) -> Floats:
    """What every item is worth under a criterion with catR's conventions, θ̂ its EAP, (n_items,)."""
    weights = posterior * TRAPEZOID
    chance = catr.rows_at(items, rows, theta)
    if criterion == "MFI":
        return information(items, theta)[:, 0]
    if criterion == "MPWI":
        return weighted_information(weights, information_on_nodes)[0]
    if criterion == "MEPV":
        return -expected_variance(rows.probability, rows.starts, weights, NODES, chance)[0]
    assert criterion == "KLP"
    integral = weights @ rows.log_probability.T
    return global_information(np.log(chance), integral, weights.sum(axis=1, keepdims=True), rows.starts)[0]


def test_sums_by_item_do_not_mix_items() -> None:
    """Rows of an item are added up, and no others."""
    values = np.array([[1.0, 2.0, 4.0, 8.0, 16.0]])
    assert by_item(values, np.array([0, 2, 3])).tolist() == [[3.0, 4.0, 24.0]]
