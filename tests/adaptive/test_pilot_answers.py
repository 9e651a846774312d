"""pilot_responses: from logs to the calibration that makes pilot items operational."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive import pilot_responses

KNOWN = banks.one_block(30)
#: Difficulties that the pilot items truly have; their slope is 1.5.
TRUE = (-0.8, 0.0, 0.9)


def with_new() -> ca.ItemBank:
    """Thirty known items and three pilot items."""
    content = KNOWN.to_dict()
    for index in range(3):
        content["items"].append(
            banks.item(f"new_{index}", "theta", "theta", 1.5, [0.0], status="pilot") | {"parameters": None}
        )
    return ca.ItemBank.from_dict(content)


BANK = with_new()
ASSESSMENT = banks.assessment(
    BANK, length=(8, 8), limits=(0, None), randomesque=5, nodes=21, pilot={"count": 2, "first": 2, "last": 8}
)


def sat(n: int) -> list[tuple[dict[str, Any], ...]]:
    """Logs of n people, θ ~ N(0, 1), who answer by the true curves."""
    rng, logs = np.random.default_rng(11), []
    known = {item.id: (item.parameters.discrimination, item.parameters.thresholds[0]) for item in KNOWN.items}  # type: ignore[union-attr]
    known |= {f"new_{index}": (1.5, b) for index, b in enumerate(TRUE)}
    for person in range(n):
        theta, session = rng.normal(), ASSESSMENT.start(examinee=f"E{person}", seed=person)
        while (item := session.pending) is not None:
            a, b = known[item.id]
            session.answer(item.id, int(rng.random() < 1 / (1 + np.exp(-a * (theta - b)))))
        logs.append(session.log)
    return logs


LOGS = sat(450)


def test_pilot_items_are_calibrated_on_the_scale_of_the_bank() -> None:
    """With the operational items fixed, b of pilot items from 300 answers each is found within 4 SE."""
    responses = pilot_responses(LOGS, BANK)
    assert responses.is_sparse
    assert responses.n_persons == 450
    assert responses.n_answers == 450 * 10
    assert responses.items == tuple(item.id for item in BANK.items)
    known = BANK.irt_items()
    found = ca.calibrate(
        responses, model=dict.fromkeys(responses.items, "2PL"), fixed=known, standard_errors="crossprod"
    ).to_frame()
    new = found[found["item"].str.startswith("new")]
    for b, a, row in zip(TRUE, (1.5,) * 3, new.to_dict("records"), strict=True):
        assert abs(row["b"] - b) < 4 * row["se_b"] < 1.0
        assert abs(row["a"] - a) < 4 * row["se_a"] < 2.5
    old = found[~found["item"].str.startswith("new")]
    np.testing.assert_array_equal(old["a"], known.a)


def test_a_row_a_log() -> None:
    """Rows are the logs in their order, by pseudonym or number; a sitting without an answer keeps its row."""
    nameless = ASSESSMENT.start(seed=1)
    some = pilot_responses([LOGS[3], nameless.log, LOGS[0]], BANK)
    assert some.persons == ("E3", "log_1", "E0")
    assert some.n_answers_per_person.tolist() == [10, 0, 10]
    for row, log in ((0, LOGS[3]), (2, LOGS[0])):
        given = {entry["item"]: entry["response"] for entry in log if entry["event"] == "answered"}
        codes = dict(zip(some.items, some.codes()[row].tolist(), strict=True))
        assert {name: code for name, code in codes.items() if code >= 0} == given


def test_columns_are_those_that_somebody_could_answer() -> None:
    """A pilot item that nobody saw has no column; operational items always have one."""
    log = LOGS[0]
    seen = {entry["item"] for entry in log if entry["event"] == "answered"} & {"new_0", "new_1", "new_2"}
    assert set(pilot_responses([log], BANK).items) == {item.id for item in KNOWN.items} | seen
    with pytest.raises(ca.InputError, match="no rows"):
        pilot_responses([], BANK)


def test_a_later_edition_of_the_bank() -> None:
    """The items that were pilot may be operational by now: what counts are ids and keys."""
    content = BANK.to_dict()
    for entry in content["items"]:
        if entry["id"].startswith("new"):
            entry |= {"status": "operational", "parameters": {"a": 1.5, "b": [0.0]}}
    later = pilot_responses(LOGS[:20], ca.ItemBank.from_dict(content))
    np.testing.assert_array_equal(later.codes(), pilot_responses(LOGS[:20], BANK).codes(later.items))


def test_all_faults_at_once() -> None:
    """What is no log, and what the bank does not have, is told with its place."""
    with pytest.raises(ca.InputError) as caught:
        pilot_responses([LOGS[0], [], LOGS[1][1:]], KNOWN)
    places = [problem.where for problem in caught.value.problems]
    assert [place for place in places if "item" not in place] == ["logs[1]", "logs[2]"]
    assert all(place.startswith("logs[0], item 'new_") for place in places if "item" in place)
    assert len(places) == 4
