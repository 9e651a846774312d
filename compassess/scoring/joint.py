"""The joint posterior of blocks, competencies and the composite, to be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from compassess.irt.design import Design
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior
from compassess.responses import Responses
from compassess.scoring.events import Event, PreparedEvent
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.moments import JointMoments, joint_moments
from compassess.scoring.usable import refuse_unusable

__all__ = ["Dimension", "JointPosterior"]

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
    def of(cls, responses: Responses, interpretation: Interpretation) -> JointPosterior:
        """The posterior from every answer to an operational item.

        Raises
        ------
        InputError : nobody; no column is an operational item; codes outside an item's categories.
        """
        measurement = interpretation.measurement
        refuse_unusable(responses, measurement.items.ids)
        return cls(
            interpretation=interpretation,
            persons=responses.persons,
            _design=measurement.design(responses),
        )

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
