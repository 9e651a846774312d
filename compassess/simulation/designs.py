"""Designs side by side, for the very same people: what each costs and gives, and how surely they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive import Assessment
from compassess.bank.readonly import ReadOnly
from compassess.errors import InputError, Problem, raise_if_any
from compassess.responses import frame
from compassess.simulation.exposure import exposure_rates, mean_overlap, unused_share
from compassess.simulation.people import Mixture, People
from compassess.simulation.recovery import covered, mean_and_error
from compassess.simulation.study import SimulationStudy, simulate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DesignComparison", "compare_designs"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignComparison:
    """Studies of several designs, by name, with the same people and answers; the first is compared with.

    A person counts once: with several blocks errors, squared errors and coverage are first averaged over the
    blocks, or one block is asked for.
    """

    studies: Mapping[str, SimulationStudy]

    def to_frame(self, block: str | None = None) -> pd.DataFrame:
        """A row a design, and after its figures what it differs by from the first design.

        ``length``, ``bias``, ``rmse``, ``coverage`` and ``accuracy`` (of the composite's band) have their
        Monte-Carlo errors in ``…_error``, ``kappa`` its standard error. ``max_exposure``, ``overlap`` and
        ``unused_share`` are those of :mod:`compassess.simulation.exposure`; ``violations`` is the share of
        sittings that miss any hard demand of the blueprint. ``…_difference`` is the design less the first
        one, and its error that of n paired differences, below that of two independent studies; RMSE's is

            s(d) / √n,   d_i = e_i² / (2 RMSE) − e_0i² / (2 RMSE₀).

        Raises
        ------
        InputError : a block that there is not.

        References
        ----------
        Law (2015), Simulation Modeling and Analysis, §11.2, on common random numbers; Morris, White &
        Crowther (2019), Statistics in Medicine 38.
        """
        people = {name: _figures(study, block) for name, study in self.studies.items()}
        first = next(iter(people.values()))
        rows = []
        for name, study in self.studies.items():
            row: dict[str, object] = {"design": name, "n": len(study.n_items)}
            for figure, found in people[name].items():
                row |= found.told(figure, first[figure])
            rows.append(row | _whole(study))
        return frame({column: [row[column] for row in rows] for column in rows[0]})


def compare_designs(
    designs: Mapping[str, Assessment],
    n_examinees: int | None = None,
    *,
    seed: int = 1,
    people: People | Mixture | None = None,
    progress: Progress | None = None,
) -> DesignComparison:
    """Let the same people sit every design, with the same answer to an item wherever it is presented.

    Parameters
    ----------
    designs : assessments on one bank, by name; the first is the one that others are compared with.
    n_examinees, seed, people : as in :func:`compassess.simulation.simulate`.
    progress : called with (people done, people in all) over all designs.

    Raises
    ------
    InputError : no design; designs on different banks; whatever :func:`simulate` refuses.
    """
    raise_if_any(_design_problems(designs))
    n_people = _n_people(n_examinees, people)
    studies = {}
    for index, (name, assessment) in enumerate(designs.items()):
        heard = None if progress is None else _shifted(progress, index * n_people, len(designs) * n_people)
        studies[name] = simulate(assessment, n_examinees, seed=seed, people=people, progress=heard)
    return DesignComparison(studies=ReadOnly(studies))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Figure:
    """A figure, and what every person contributes to it, (n,), so that its error is that of their mean."""

    value: float
    by_person: Floats

    @classmethod
    def mean(cls, values: Floats) -> _Figure:
        """The mean itself."""
        return cls(value=float(values.mean()), by_person=values)

    @classmethod
    def root_mean(cls, squares: Floats) -> _Figure:
        """√mean, with its derivative at the mean for the weight of a person."""
        root = float(np.sqrt(squares.mean()))
        return cls(value=root, by_person=squares / (2.0 * root) if root > 0 else 0.0 * squares)

    def told(self, name: str, first: _Figure) -> dict[str, float]:
        """The figure with its error, and its difference to another of the same people."""
        return {
            name: self.value,
            f"{name}_error": mean_and_error(self.by_person)[1],
            f"{name}_difference": self.value - first.value,
            f"{name}_difference_error": mean_and_error(self.by_person - first.by_person)[1],
        }


def _figures(study: SimulationStudy, block: str | None) -> dict[str, _Figure]:
    """What is compared person by person; of several blocks the mean."""
    assert study.theta_true is not None
    theta, se = study.values.block_theta, study.values.block_se
    errors, which = theta - study.theta_true.reshape(theta.shape), _places(study, block)
    right = np.array(study.bands) == np.array(study.true_bands)
    return {
        "length": _Figure.mean(study.n_items.astype(np.float64)),
        "bias": _Figure.mean(errors[:, which].mean(axis=1)),
        "rmse": _Figure.root_mean((errors[:, which] ** 2).mean(axis=1)),
        "coverage": _Figure.mean(covered(errors[:, which], se[:, which]).mean(axis=1)),
        "accuracy": _Figure.mean(right.astype(np.float64)),
    }


def _whole(study: SimulationStudy) -> dict[str, float]:
    """What only all sittings together have."""
    n_items, presented = study.assessment.plan.n_items, study.played.items
    rates, table = exposure_rates(presented, n_items), study.confusion
    return {
        "kappa": table.kappa,
        "kappa_error": table.kappa_se,
        "max_exposure": float(rates.max()),
        "overlap": mean_overlap(presented, n_items),
        "unused_share": unused_share(rates),
        "violations": float(study.violations.any_hard.mean()),
    }


def _places(study: SimulationStudy, block: str | None) -> list[int]:
    blocks = study.assessment.plan.lattice.population.blocks
    if block is None:
        return list(range(len(blocks)))
    if block not in blocks:
        raise InputError(
            Problem(
                where="block", what="there is none of this name", got=repr(block), expected=", ".join(blocks)
            )
        )
    return [blocks.index(block)]


def _design_problems(designs: Mapping[str, Assessment]) -> list[Problem]:
    if not designs:
        return [Problem(where="designs", what="there is none", expected="at least one")]
    first = next(iter(designs.values()))
    return [
        Problem(
            where=f"designs[{name!r}]",
            what="another bank than the first design's: answers to its items could not be the same",
            got=assessment.bank.id,
            expected=first.bank.id,
        )
        for name, assessment in designs.items()
        if assessment.bank != first.bank
    ]


def _n_people(n_examinees: int | None, people: People | Mixture | None) -> int:
    return len(people.theta) if isinstance(people, People) else n_examinees or 0


def _shifted(progress: Progress, before: int, total: int) -> Progress:
    """Progress of one design as progress of all."""
    return lambda done, _: progress(before + done, total)
