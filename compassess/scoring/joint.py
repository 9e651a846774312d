"""The joint posterior of blocks, competencies and the composite, to be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.bank import UnansweredPolicy
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.design import Design
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior
from compassess.responses import Responses
from compassess.scoring.cuts import ascending, between_cuts
from compassess.scoring.events import Event, PreparedEvent
from compassess.scoring.interpretation import Interpretation, below_composite
from compassess.scoring.moments import JointMoments, joint_moments
from compassess.scoring.unanswered import scored
from compassess.scoring.usable import refuse_unusable

__all__ = ["Dimension", "JointPosterior", "Marginal"]

Floats = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What a mean belongs to; the composite's id is "composite"."""

    kind: Literal["composite", "block", "competency"]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointPosterior:
    """The posterior of many persons' θ, kept as answers and asked in passes over them on all cores.

    With blocks θ_b, competencies θ_c and the standardised composite wᵀθ / √(wᵀRw), all from one posterior
    under the model of the house, on the grid of ``interpretation``.
    """

    interpretation: Interpretation
    persons: tuple[str, ...] | None
    _design: Design

    @classmethod
    def of(
        cls,
        responses: Responses,
        interpretation: Interpretation,
        *,
        unanswered: NDArray[np.int8] | None = None,
        policy: UnansweredPolicy | None = None,
    ) -> JointPosterior:
        """The posterior from every answer to an operational item.

        ``unanswered`` are the codes of what was not answered, ``policy`` says what they score, as in
        :func:`compassess.scoring.conclude`; default :class:`compassess.bank.UnansweredPolicy`'s.

        Raises
        ------
        InputError : nobody; no column is an operational item; codes outside an item's categories.
        """
        measurement = interpretation.measurement
        refuse_unusable(responses, measurement.items.ids)
        if unanswered is not None:
            responses = scored(responses, unanswered, measurement.items, policy or UnansweredPolicy())
        return cls(
            interpretation=interpretation,
            persons=responses.persons,
            _design=measurement.design(responses),
        )

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return self._design.n_persons

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The composite, the blocks, the competencies, in the bank's order."""
        people = self.interpretation.lattice.population
        return (
            Dimension(kind="composite", id="composite"),
            *(Dimension(kind="block", id=name) for name in people.blocks),
            *(Dimension(kind="competency", id=name) for name in people.competencies),
        )

    def moments(self) -> JointMoments:
        """Posterior means and covariances of all dimensions."""
        parts = self._passed(self._moments)
        return JointMoments(
            mean=np.concatenate([part.mean for part in parts]),
            covariance=np.concatenate([part.covariance for part in parts]),
        )

    def probability(self, event: Event) -> Floats:
        """P(event | answers) of every person, (n,).

        Of one interval or of many at once: "service below −1 and the composite in a band", "all competencies
        above their zones". Intervals are half-open, so that those of a partition sum to 1.

        Raises
        ------
        InputError : unknown names, intervals that hold nothing.
        """
        prepared = PreparedEvent.create(self.interpretation.lattice, self.interpretation.composite, event)
        return np.concatenate(self._passed(prepared.probability))

    def marginal(self, dimension: Dimension) -> Marginal:
        """The posterior of one of the :attr:`dimensions`, to be asked for bands.

        Raises
        ------
        InputError : a dimension that is not one of them.
        """
        known = self.dimensions
        if dimension not in known:
            raise InputError(
                Problem(
                    where="dimension",
                    what="unknown",
                    got=f"{dimension.kind} {dimension.id!r}",
                    expected=", ".join(f"{one.kind} {one.id!r}" for one in known),
                )
            )
        return Marginal(joint=self, dimension=dimension)

    def below(self, dimension: Dimension, cuts: Floats) -> Floats:
        """P(θ < cut | answers) by person and cut, (n, n_cuts): sums over the grid, not clipped to [0, 1]."""
        lattice, people = self.interpretation.lattice, self.interpretation.lattice.population
        if dimension.kind == "composite":
            composite = below_composite(lattice.grid, self.interpretation.composite, cuts)
            prepared = lattice.prepared(composite)
            parts = self._passed(lambda _, posterior: lattice.expectation(posterior, prepared))
            return np.concatenate(parts)
        weights = lattice.grid.below(cuts).T
        if dimension.kind == "block":
            block = people.blocks.index(dimension.id)
            return np.concatenate(self._passed(lambda _, posterior: posterior.blocks[:, block] @ weights))
        carrier = lattice.carrier_of_competency[people.competencies.index(dimension.id)]
        return np.concatenate(
            self._passed(lambda *found: lattice.carrier_posteriors(*found)[:, carrier] @ weights)
        )

    def _moments(self, likelihood: Floats, posterior: BlockPosterior) -> JointMoments:
        masses = self.interpretation.lattice.carrier_posteriors(likelihood, posterior)
        return joint_moments(self.interpretation, likelihood, posterior, masses)

    def _passed(self, work: Callable[[Floats, BlockPosterior], T]) -> list[T]:
        """``work`` on consecutive chunks of persons."""
        lattice, table = self.interpretation.lattice, self.interpretation.measurement.table

        def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> T:
            del persons
            return work(likelihood, posterior)

        return list(over_persons(chunk, self._design, lattice, table))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marginal:
    """One dimension of a joint posterior: the composite, a block or a competency of many persons."""

    joint: JointPosterior
    dimension: Dimension

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return self.joint.n_persons

    def bands(self, cuts: ArrayLike) -> Floats:
        """P(cut_{k−1} ≤ θ < cut_k | answers), (n_persons, n_cuts + 1), by a pass over the persons.

        Raises
        ------
        InputError : cuts that are not finite or do not increase.
        """
        problems: list[Problem] = []
        edges = ascending(cuts, problems)
        raise_if_any(problems)
        return between_cuts(self.joint.below(self.dimension, edges))
