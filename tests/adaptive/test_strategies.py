"""compassess.adaptive.registry: strategies by the names of a blueprint, with parameters and faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import banks
import numpy as np
import pytest
from numpy.typing import NDArray

import compassess as ca
from compassess.adaptive import CRITERIA, EXPOSURE_CONTROLS, SHIPPED, STOPPING_RULES, Pool, View
from compassess.bank import NamedStrategy
from compassess.errors import InputError


def test_names_and_versions() -> None:
    """Every strategy is registered under its own name and has a version."""
    for registry in (CRITERIA, STOPPING_RULES, EXPOSURE_CONTROLS):
        for name, strategy in registry.items():
            assert strategy.name == name  # type: ignore[attr-defined]
            assert strategy.version >= 1  # type: ignore[attr-defined]


def test_an_unknown_name_is_refused_with_its_place() -> None:
    """The place is that of the blueprint, and the names that there are stand beside it."""
    for call, where, expected in (
        (lambda: SHIPPED.criterion("best_guess", {}), "selection.criterion", "maximum_information"),
        (
            lambda: SHIPPED.stopping_rule("never", {}, "stopping.also[1]"),
            "stopping.also[1].rule",
            "standard_",
        ),
        (lambda: SHIPPED.exposure_control("none", {}), "selection.exposure.control", "randomesque"),
    ):
        with pytest.raises(InputError) as caught:
            call()
        (problem,) = caught.value.problems
        assert problem.where == f"blueprint.json {where}"
        assert expected in problem.expected


def test_parameters_are_checked_by_name_and_by_the_strategy() -> None:
    """Unknown and missing parameters are told together; what the strategy refuses has its place too."""
    with pytest.raises(InputError) as caught:
        SHIPPED.stopping_rule("standard_error", {"goal": 1}, "stopping")
    places = [problem.where for problem in caught.value.problems]
    assert places == ["blueprint.json stopping.parameters.goal", "blueprint.json stopping.parameters.target"]
    with pytest.raises(InputError, match=r"selection\.exposure\.parameters\.size"):
        SHIPPED.exposure_control("randomesque", {"size": 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last item of the bank that is left; a caller's own criterion."""

    name: ClassVar[str] = "last"
    version: ClassVar[int] = 3
    across_blocks: ClassVar[bool] = True

    sign: int = 1

    def prepared(self, _pool: Pool, /) -> Last:
        """Itself."""
        return self

    def worth(self, view: View, /) -> NDArray[np.float64]:
        """The place in the bank."""
        places = np.arange(view.pool.n_items, dtype=np.float64)
        return np.broadcast_to(self.sign * places, (len(view.seeds), view.pool.n_items))


def test_a_callers_own_strategy_sits_replays_and_simulates() -> None:
    """A criterion from outside is named by the blueprint, stands in the log, and plays everywhere."""
    bank = banks.three_blocks(2)
    blueprint = banks.blueprint(bank, criterion="last", length=(3, 3), limits=(0, None))
    registry = SHIPPED.with_own(criteria={"last": Last})
    assessment = ca.Assessment.create(bank, blueprint, registry=registry)
    session = assessment.start(seed=1)
    seen = []
    while session.pending is not None:
        seen.append(session.pending.id)
        session.answer(session.pending.id, 0)
    assert seen == [item.id for item in bank.items][-1:-4:-1]
    assert "last@3" in session.log[0]["strategies"]
    assert ca.Session.replay(assessment, session.log).divergences == ()
    assert ca.simulate(assessment, 4, seed=1).items == (tuple(seen),) * 4
    with pytest.raises(InputError, match="last"):
        ca.Assessment.create(bank, blueprint)
    with pytest.raises(InputError, match="taken"):
        registry.with_own(criteria={"last": Last})


def test_rules_beside_the_first_and_an_exposure_control_in_the_file() -> None:
    """They survive the file, change the hash, and are heard; without them hash and file are as before."""
    bank = banks.three_blocks(2)
    plain = banks.blueprint(bank, length=(1, 12), limits=(0, None))
    also = (NamedStrategy(name="standard_error", parameters={"target": 0.8}),)
    richer = ca.Blueprint(
        id=plain.id,
        competencies=plain.competencies,
        length=plain.length,
        stopping=ca.bank.Stopping(rule="standard_error", target=0.1, also=also),
        selection=ca.bank.Selection(
            criterion="maximum_information",
            exposure=NamedStrategy(name="randomesque", parameters={"size": 2}),
        ),
    )
    again = ca.Blueprint.from_dict(richer.to_dict())
    assert again == richer != plain
    assert "also" not in plain.to_dict()["stopping"]
    study = ca.simulate(ca.Assessment.create(bank, again), 20, seed=2)
    assert set(study.reasons) <= {"precision", "pool_exhausted", "length"}
    assert (study.n_items < 12).any()
