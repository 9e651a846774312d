"""Abilities of persons under known items, by the estimator that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.cells import Curves, Sheet
from compassess.irt.dimensions import dimension_of_competency
from compassess.irt.estimates import ABILITY_STATUSES, RANK, Estimated, Estimates
from compassess.irt.items import Items
from compassess.irt.joint_mode import joint_modes
from compassess.irt.lattice import Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.options import PRECISION, refuse_unknown
from compassess.irt.point_estimates import CORRECTIONS, INFORMATION, point_estimates
from compassess.irt.population import Population
from compassess.irt.posterior_means import on_own_grids
from compassess.irt.sums import by_sum
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHODS", "Estimates", "Scores", "log_likelihood", "refuse_strangers", "score"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """The information for the SE, whether grids refine themselves, the precision of sums."""

    information: str
    refine: bool
    dtype: type[np.floating[Any]]


#: Estimates of everybody from their answers and known items.
#: It makes a design or a sheet of the answers; a design refuses codes beyond the items' categories.
Method = Callable[[Responses, Measurement, How], Estimated]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """The answer of :func:`score`.

    Attributes
    ----------
    blocks, persons : names of the blocks, and of the persons where the responses have them.
    theta, se : estimate and standard error, (n_persons,) for one block, else (n_persons, n_blocks); NaN
        where there is none.
    status : by person, the worst that applies to any block or competency; what each means stands in
        :data:`compassess.irt.ABILITY_STATUSES`.
    competencies : estimates by competency; equal to their block where λ = 1.
    """

    blocks: tuple[str, ...]
    persons: tuple[str, ...] | None
    theta: Floats
    se: Floats
    status: tuple[str, ...]
    competencies: Estimates

    def to_frame(self) -> pd.DataFrame:
        """A row a person: theta and se (by block, then by competency where it differs), status."""
        columns: dict[str, Sequence[object] | Floats] = {}
        if self.persons is not None:
            columns["person"] = self.persons
        theta, se = self.theta.reshape(len(self.status), -1), self.se.reshape(len(self.status), -1)
        alone = len(self.blocks) == 1
        for j, name in enumerate(self.blocks):
            columns["theta" if alone else f"theta_{name}"] = theta[:, j]
            columns["se" if alone else f"se_{name}"] = se[:, j]
        for j, name in enumerate(self.competencies.names):
            if name not in self.blocks:
                columns[f"theta_{name}"] = self.competencies.theta[:, j]
                columns[f"se_{name}"] = self.competencies.se[:, j]
        columns["status"] = self.status
        return frame(columns)


def score(
    responses: Responses,
    items: Items,
    method: str = "EAP",
    *,
    information: str = "observed",
    population: Population | None = None,
    nodes: int | None = None,
    limit: float | None = None,
    precision: str = "double",
) -> Scores:
    """Abilities by block and by competency, in the units of the items' population (logistic metric, D = 1).

    ========== =========================================================== ==================================
    method     θ̂                                                           SE
    ========== =========================================================== ==================================
    "EAP"      posterior mean ∫ θ p(θ | x) dθ                              posterior SD
    "MAP"      joint posterior mode of all blocks and competencies         √ of the diagonal of (K + I)⁻¹, K
                                                                           the prior's precision
    "ML"       maximum of the likelihood L                                 1 / √I
    "WLE"      root of (log L)′ + J / (2 I), Warm's                        1 / √I
    "Jeffreys" maximum of L √I                                             1 / √I
    "EAPsum"   posterior mean given the sum of the answers, one dimension  posterior SD
    ========== =========================================================== ==================================

    ML, WLE and Jeffreys take each dimension alone: a block where λ = 1, else each competency. A block
    above competencies with λ < 1 has no estimate by them. EAPsum counts the items that the person answered
    as the form; its estimate without answers, like that of EAP and MAP, is the population's.

    Parameters
    ----------
    responses : matched with ``items`` by name; missing cells add nothing.
    information : for the SE of MAP, ML, WLE and Jeffreys: "observed", −∂² log L / ∂θ², or "expected",
        I = Σ P′² / P, both at the estimate.
    population : replaces the items' own; ML, WLE and Jeffreys use its structure only.
    nodes, limit : the grid of EAP and EAPsum, equally spaced on ±limit for every dimension. By default 61
        nodes on ±6 (41 for three blocks), further and denser for other populations and steep items
        (:func:`compassess.irt.measurement.default_grid`), and finer or wider again for each person that they
        do not serve; with ``nodes`` or ``limit`` given they are kept, and ``status`` tells whom they do not
        serve. MAP starts its search there; the other methods do not use it.
    precision : "double", or "single" for EAP in one dimension: faster, with estimates and SDs good to about
        2 · 10⁻⁵ of an SD; last digits may then differ between machines.

    Items with ``covariances``: EAP and EAPsum judge answers by expected response functions
    (:mod:`compassess.irt.expected_responses`), the other methods by the estimates.

    Limits: an infinite estimate (all right, all wrong; with asymptotes also where L is higher at ±∞ than at
    any maximum) is NaN with a status. Of several modes the highest is found; for MAP that of the highest
    node. WLE and Jeffreys are finite for every pattern of answers to items that have a slope. Their
    correction hangs on the information of all items that were scored, so that a further item can move an
    estimate against its answer: one that was left, and is scored as wrong, may raise it. EAP, MAP and ML
    never rise so.

    Raises
    ------
    InputError : an unknown method, information or precision; codes outside an item's categories; no column in
        common; a population that does not know the items' competencies; EAPsum with several dimensions.

    References
    ----------
    Bock & Mislevy (1982), Applied Psychological Measurement 6, eq. 4-7 (EAP); Warm (1989), Psychometrika
    54 (WLE); Segall (1996), Psychometrika 61 (MAP in several dimensions); Efron & Hinkley (1978),
    Biometrika 65 (observed information).
    """
    refuse_unknown(
        method=(method, METHODS), information=(information, INFORMATION), precision=(precision, PRECISION)
    )
    refuse_strangers(responses, items)
    measurement = Measurement.create(items, nodes=nodes, limit=limit, population=population)
    refine = nodes is None and limit is None
    how = How(information=information, refine=refine, dtype=PRECISION[precision])
    found = METHODS[method](responses, measurement, how)
    status = np.where(_answered(responses, items), found.status, RANK["no_answers"])
    names = np.array(list(ABILITY_STATUSES), dtype=object)
    alone = len(found.blocks.names) == 1
    return Scores(
        blocks=found.blocks.names,
        persons=responses.persons,
        theta=found.blocks.theta[:, 0] if alone else found.blocks.theta,
        se=found.blocks.se[:, 0] if alone else found.blocks.se,
        status=tuple(names[status].tolist()),
        competencies=found.competencies,
    )


def log_likelihood(
    responses: Responses, items: Items, *, nodes: int | None = None, limit: float | None = None
) -> Floats:
    """The marginal log-likelihood of each person's answers under known items, (n_persons,).

    The sum over persons is what calibration maximises; evaluate it on more ``nodes`` to see what the
    quadrature of a fit is worth.
    """
    measurement = Measurement.create(items, nodes=nodes, limit=limit)
    means, _ = on_own_grids(responses, measurement, refine=nodes is None and limit is None)
    return means.log_evidence


def _posterior_means(responses: Responses, measurement: Measurement, how: How) -> Estimated:
    """EAP."""
    means, _ = on_own_grids(responses, measurement, refine=how.refine, dtype=how.dtype)
    return _estimated(measurement, means.theta, means.se, means.status)


def _modes(responses: Responses, measurement: Measurement, how: How) -> Estimated:
    """MAP."""
    lattice, sheet = measurement.lattice, _sheet(responses, measurement)
    curves = Curves(measurement.items, measurement.layout)
    found = joint_modes(sheet, curves, lattice, measurement.table, how.information)
    picked = np.concatenate([np.arange(lattice.n_blocks), dimension_of_competency(lattice)])
    return _estimated(measurement, found.theta[:, picked], found.se[:, picked], found.status)


def _points(method: str, responses: Responses, measurement: Measurement, how: How) -> Estimated:
    """ML and what corrects it."""
    lattice, sheet = measurement.lattice, _sheet(responses, measurement)
    curves = Curves(measurement.items, measurement.layout)
    found = point_estimates(sheet, curves, method, how.information)
    # A last column stands for blocks above competencies with λ < 1: they have no answers of their own.
    nothing = np.full((sheet.n_persons, 1), np.nan)
    theta, se = np.hstack([found.theta, nothing]), np.hstack([found.se, nothing])
    status = np.hstack([found.status, np.full_like(nothing, RANK["not_identified"], dtype=np.int8)])
    picked = np.concatenate([_carrier_of_block(lattice), lattice.carrier_of_competency])
    return _estimated(measurement, theta[:, picked], se[:, picked], status[:, picked].min(axis=1))


def _sums(responses: Responses, measurement: Measurement, how: How) -> Estimated:
    """EAPsum."""
    people = measurement.lattice.population
    if people.n_blocks > 1 or people.has_competency_layer:
        raise InputError(
            Problem(
                where="method",
                what="EAPsum needs one dimension",
                got=f"{people.n_blocks} blocks, {people.n_competencies} competencies",
                expected="one block, and no competency with λ < 1",
                remedy="Use EAP, or compassess.irt.sum_scores for the items of one dimension.",
            )
        )
    found = by_sum(_sheet(responses, measurement), measurement, refine=how.refine)
    columns = np.zeros(1 + people.n_competencies, dtype=np.intp)
    status = np.where(np.isnan(found.theta[:, 0]), RANK["lost_digits"], found.status)
    return _estimated(measurement, found.theta[:, columns], found.se[:, columns], status)


#: Every estimator by its name.
METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        "EAP": _posterior_means,
        "MAP": _modes,
        **{name: partial(_points, name) for name in CORRECTIONS},
        "EAPsum": _sums,
    }
)


def _estimated(measurement: Measurement, theta: Floats, se: Floats, status: NDArray[np.integer]) -> Estimated:
    """Columns of blocks, and after them of competencies, told apart."""
    people, n_blocks = measurement.lattice.population, measurement.lattice.n_blocks
    return Estimated(
        blocks=Estimates(names=people.blocks, theta=theta[:, :n_blocks], se=se[:, :n_blocks]),
        competencies=Estimates(names=people.competencies, theta=theta[:, n_blocks:], se=se[:, n_blocks:]),
        status=status.astype(np.int8),
    )


def _sheet(responses: Responses, measurement: Measurement) -> Sheet:
    """The answers, after a design has refused codes beyond the items' categories."""
    measurement.design(responses)
    return Sheet.of(responses, measurement)


def _carrier_of_block(lattice: Lattice) -> NDArray[np.intp]:
    """The carrier that holds all answers of a block, (n_blocks,); −1 where there is no such one."""
    people = lattice.population
    carrier = np.full(people.n_blocks, -1, dtype=np.intp)
    for block in range(people.n_blocks):
        members = np.flatnonzero(people.block_of == block)
        if members.size and np.all(people.loadings[members] == 1.0):
            carrier[block] = lattice.carrier_of_competency[members[0]]
    return carrier


def _answered(responses: Responses, items: Items) -> NDArray[np.bool_]:
    """Who answered any item that has parameters, (n_persons,)."""
    return responses.answered([name for name, usable in zip(items.ids, items.usable, strict=True) if usable])


def refuse_strangers(responses: Responses, items: Items) -> None:
    """Raise for responses without a single column that is an item."""
    if not set(responses.items) & set(items.ids):
        raise InputError(
            Problem(
                where="responses",
                what="no column is an item of this bank",
                got=", ".join(responses.items[:5]),
                expected=f"item ids like {', '.join(items.ids[:5])}",
            )
        )
