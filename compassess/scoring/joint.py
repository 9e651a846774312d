"""The joint posterior of blocks, competencies and the composite, to be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from compassess.irt.design import Design
from compassess.irt.dimensions import dimension_of_competency
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior
from compassess.irt.moments import dimension_moments
from compassess.responses import Responses
from compassess.scoring.events import Event, PreparedEvent
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.usable import refuse_unusable

__all__ = ["Dimension", "JointMoments", "JointPosterior", "joint_moments"]

Floats = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What a mean belongs to; the composite's id is "composite"."""

    kind: Literal["composite", "block", "competency"]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointMoments:
    """Means and covariances of n persons, over the dimensions of :attr:`JointPosterior.dimensions`.

    ``mean`` (n, d), ``covariance`` (n, d, d). A competency with λ = 1 has the row of its block.
    """

    mean: Floats
    covariance: Floats

    @property
    def sd(self) -> Floats:
        """Posterior SDs, (n, d)."""
        return np.sqrt(np.einsum("ndd->nd", self.covariance))

    @property
    def correlation(self) -> Floats:
        """Posterior correlations, (n, d, d)."""
        sd = self.sd
        return self.covariance / (sd[:, :, None] * sd[:, None, :])


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
        parts = self._passed(lambda some, there: joint_moments(self.interpretation, some, there))
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

    def _passed(self, work: Callable[[Floats, BlockPosterior], T]) -> list[T]:
        """``work`` on consecutive chunks of persons."""
        lattice, table = self.interpretation.lattice, self.interpretation.measurement.table

        def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> T:
            del persons
            return work(likelihood, posterior)

        return list(over_persons(chunk, self._design, lattice, table))


def joint_moments(
    interpretation: Interpretation, likelihood: Floats, posterior: BlockPosterior
) -> JointMoments:
    """Moments of the composite, blocks and competencies; ``likelihood`` by carrier, (n, n_carriers, Q).

    All three are linear in the blocks and in the competencies with λ < 1: with M that map, the mean is M μ
    and the covariance M Σ Mᵀ, exact on the grid.
    """
    lattice = interpretation.lattice
    masses = lattice.carrier_posteriors(likelihood, posterior)
    found = dimension_moments(lattice, likelihood, posterior, masses)
    n_own = found.mean.shape[1]
    every = np.eye(n_own)
    composite = np.zeros((1, n_own))
    composite[0, : lattice.n_blocks] = interpretation.composite
    linear = np.concatenate([composite, every[: lattice.n_blocks], every[dimension_of_competency(lattice)]])
    return JointMoments(
        mean=found.mean @ linear.T,
        covariance=linear @ found.covariance @ linear.T,
    )
