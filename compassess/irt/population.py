"""The population in the model of the house: correlated blocks, and competencies that hang on them.

Rule: blocks are multivariate normal with mean 0 and unit variances in the reference population; a
competency is standard normal given nothing, and N(λ θ_block, 1 − λ²) given its block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any

__all__ = ["Population"]

_SYMMETRY: Final = 1e-8  # files carry correlations with about ten digits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Where persons come from: ``θ_blocks ~ MVN(mean, covariance)``, ``θ_c | θ_b ~ N(λ_c θ_b, 1 − λ_c²)``.

    Attributes
    ----------
    blocks : names of the blocks, shape ``(n_blocks,)``.
    competencies : names of the competencies, shape ``(n_competencies,)``.
    block_of : for every competency the index of its block, shape ``(n_competencies,)``.
    loadings : λ of every competency, within (−1, 1]; 1 means "the block itself". Where a block is not
        N(0, 1) a competency is N(λ μ_b, λ² σ_b² + 1 − λ²).
    mean, covariance : of the blocks, (n_blocks,) and (n_blocks, n_blocks); zeros and the correlation matrix R
        in the reference population.

    References
    ----------
    Second-order model as a restricted bifactor model: Yung, Thissen & McLeod (1999), eq. 5-8.
    """

    blocks: tuple[str, ...]
    competencies: tuple[str, ...]
    block_of: NDArray[np.intp]
    loadings: NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.blocks)

    @property
    def n_competencies(self) -> int:
        """Number of competencies."""
        return len(self.competencies)

    @property
    def correlation(self) -> NDArray[np.float64]:
        """R, the correlations of the blocks, shape ``(n_blocks, n_blocks)``."""
        scale = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(scale, scale)

    @property
    def has_competency_layer(self) -> bool:
        """Whether any competency differs from its block (some λ below 1)."""
        return bool(np.any(self.loadings < 1.0))

    @property
    def competency_mean(self) -> NDArray[np.float64]:
        """λ μ_b of every competency, shape ``(n_competencies,)``."""
        return self.loadings * self.mean[self.block_of]

    @property
    def competency_sd(self) -> NDArray[np.float64]:
        """√(λ² σ_b² + 1 − λ²) of every competency, shape ``(n_competencies,)``."""
        variance = np.diag(self.covariance)[self.block_of]
        return np.asarray(np.sqrt(self.loadings**2 * variance + 1.0 - self.loadings**2))

    @classmethod
    def create(
        cls,
        blocks: Sequence[str] = ("theta",),
        *,
        correlation: ArrayLike | None = None,
        competencies: Mapping[str, str] | None = None,
        loadings: Mapping[str, float] | None = None,
        mean: ArrayLike | None = None,
        standard_deviation: ArrayLike | None = None,
    ) -> Population:
        """Check the parts and build a population.

        Parameters
        ----------
        blocks : unique names.
        correlation : R, symmetric and positive definite with a unit diagonal; default identity.
        competencies : ``{competency: block}``; default every block is its own competency with λ = 1.
        loadings : ``{competency: λ}``; default 1.
        mean, standard_deviation : of the blocks; default 0 and 1.

        Raises
        ------
        InputError : with every fault: no block or one twice, R not positive definite, an unknown block,
            λ outside (−1, 1], a mean or standard deviation that is missing or not finite.
        """
        names = tuple(blocks)
        n_blocks = len(names)
        matrix = np.eye(n_blocks) if correlation is None else np.array(correlation, dtype=np.float64)
        layer = {block: block for block in names} if competencies is None else dict(competencies)
        given = dict(loadings or {})
        problems = _name_problems(names) + _correlation_problems(matrix, n_blocks)
        problems += [
            Problem(
                where=f"population, competency {name!r}",
                what="its block is unknown",
                got=repr(block),
                expected=f"one of {', '.join(names)}",
            )
            for name, block in layer.items()
            if block not in names
        ]
        problems += [
            Problem(
                where=f"population.loadings[{name!r}]",
                what="a loading must be a correlation of a known competency",
                got=repr(value),
                expected="a number in (-1, 1]",
            )
            for name, value in given.items()
            if name not in layer or not -1.0 < value <= 1.0
        ]
        scale = np.ones(n_blocks) if standard_deviation is None else np.asarray(standard_deviation, float)
        centre = np.zeros(n_blocks) if mean is None else np.array(mean, dtype=np.float64)
        both = np.concatenate([scale.ravel(), centre.ravel()])
        shaped = scale.shape == centre.shape == (n_blocks,)
        if not shaped or not np.all(np.isfinite(both)) or not np.all(scale > 0):
            problems.append(
                Problem(
                    where="population.mean, population.standard_deviation",
                    what="every block needs one finite mean and one positive standard deviation",
                    expected=f"{n_blocks} of each",
                )
            )
        raise_if_any(problems)
        places = np.array([names.index(block) for block in layer.values()], dtype=np.intp)
        lambdas = np.array([given.get(name, 1.0) for name in layer], dtype=np.float64)
        covariance: NDArray[np.float64] = matrix * np.outer(scale, scale)
        for array in (places, lambdas, centre, covariance):
            array.flags.writeable = False
        return cls(
            blocks=names,
            competencies=tuple(layer),
            block_of=places,
            loadings=lambdas,
            mean=centre,
            covariance=covariance,
        )


def _name_problems(blocks: tuple[str, ...]) -> list[Problem]:
    """No block at all, or names that stand twice."""
    if not blocks:
        return [Problem(where="population.blocks", what="there is none", expected="at least one")]
    return [
        Problem(where=f"population.blocks, {name!r}", what="the name stands more than once")
        for name in dict.fromkeys(blocks)
        if blocks.count(name) > 1
    ]


def _correlation_problems(matrix: NDArray[np.float64], n_blocks: int) -> list[Problem]:
    """What keeps ``matrix`` from being a correlation matrix of ``n_blocks`` blocks."""
    where = "population.correlation"
    if n_blocks == 0:
        return []
    if matrix.shape != (n_blocks, n_blocks):
        return [
            Problem(
                where=where, what="wrong shape", got=str(matrix.shape), expected=f"({n_blocks}, {n_blocks})"
            )
        ]
    if not np.all(np.isfinite(matrix)):
        return [Problem(where=where, what="holds a value that is not finite")]
    problems = []
    if not np.allclose(matrix, matrix.T, atol=_SYMMETRY, rtol=0):
        problems.append(Problem(where=where, what="not symmetric"))
    if not np.allclose(np.diag(matrix), 1.0, atol=_SYMMETRY, rtol=0):
        problems.append(
            Problem(where=where, what="the diagonal must be 1", got=str(np.diag(matrix).tolist()))
        )
    smallest = float(np.linalg.eigvalsh((matrix + matrix.T) / 2).min())
    if smallest <= 0:
        problems.append(
            Problem(
                where=where,
                what="not positive definite",
                got=f"smallest eigenvalue {smallest:.3g}",
                remedy="Merge blocks that correlate perfectly, or mend the correlations.",
            )
        )
    return problems
