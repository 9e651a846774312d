"""What a study found: where every sitting ended, and how near that comes to what there was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.adaptive import Assessment
from compassess.adaptive.content import rows_of
from compassess.errors import InputError, Problem
from compassess.scoring import Summary
from compassess.scoring.classification import BandAgreement, Confusion, band_agreement, bands_of, confusion
from compassess.scoring.decisions import bands_in_view
from compassess.simulation.conditional import EDGES
from compassess.simulation.exposure import exposure_rates
from compassess.simulation.playing import Played
from compassess.simulation.tables import (
    band_table,
    block_table,
    conditional_table,
    demand_table,
    exposure_table,
    group_table,
    recovery_table,
)
from compassess.simulation.violations import Violations, violations

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SimulationStudy", "shaped"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulationStudy:
    """What :func:`simulate` found.

    Attributes
    ----------
    theta_true : of the blocks, (n,) or (n, n_blocks); None for real answers, where nobody knows it.
    theta_all, theta_unused : with real answers, θ from all answers of the person, and from those that
        the sitting did not use; None for simulated people.
    theta, se : from the adaptive sitting, shaped like ``theta_true``.
    n_items, reasons : length and reason of the end, by person.
    bands : the band of the composite by the file's policy, before it is asked whether it is sure enough;
        ``bands_all`` from all answers.
    exposure_rates : share of sittings that presented the item, by item id.
    items : ids in the order presented, a tuple a person.
    groups : the group of each person, where simulated people have any.
    """

    assessment: Assessment
    theta_true: Floats | None
    theta_all: Floats | None
    theta_unused: Floats | None
    played: Played
    values: Summary
    values_all: Summary | None
    groups: tuple[str, ...] | None = None

    @property
    def theta(self) -> Floats:
        """Posterior means of the blocks after the sitting."""
        return shaped(self.values.block_theta)

    @property
    def se(self) -> Floats:
        """Posterior SDs of the blocks after the sitting."""
        return shaped(self.values.block_se)

    @property
    def n_items(self) -> NDArray[np.int64]:
        """Length of each sitting."""
        return self.played.n_items

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why each sitting ended."""
        reasons = self.assessment.plan.reasons
        return tuple(reasons[code] for code in self.played.reason.tolist())

    @property
    def bands(self) -> tuple[str, ...]:
        """The band of each person's composite by the file's policy, before any rule withholds it."""
        return _named(self.assessment, self.values)

    @property
    def bands_all(self) -> tuple[str, ...] | None:
        """The same from all answers of the person; None for simulated people."""
        return None if self.values_all is None else _named(self.assessment, self.values_all)

    @property
    def items(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the items in the order presented."""
        ids = self.assessment.plan.measurement.items.ids
        return tuple(tuple(ids[i] for i in row if i >= 0) for row in self.played.items.tolist())

    @property
    def exposure_rates(self) -> Mapping[str, float]:
        """Share of the sittings that presented each operational item."""
        ids = self.assessment.plan.measurement.items.ids
        rates = exposure_rates(self.played.items, len(ids))
        return dict(zip(ids, rates.tolist(), strict=True))

    @property
    def band_agreement(self) -> BandAgreement | None:
        """Bands of the sitting against bands from all answers; None for simulated people."""
        if self.values_all is None:
            return None
        return band_agreement(
            _in_view(self.assessment, self.values), _in_view(self.assessment, self.values_all)
        )

    def summary(self) -> pd.DataFrame:
        """A row a block: mean SE, share at target, and r and RMSE against what θ is compared with."""
        return block_table(self)

    @property
    def true_bands(self) -> tuple[str, ...] | None:
        """The band in which the true composite lies, half-open [cut, next cut); None for real answers."""
        if self.theta_true is None:
            return None
        names = self.assessment.bands.bands
        return tuple(names[k] for k in self._true_places().tolist())

    @property
    def confusion(self) -> Confusion:
        """True × given bands; for real answers the bands from all answers take the place of the true."""
        n_bands = len(self.assessment.bands.bands)
        given = _in_view(self.assessment, self.values)
        other = self._true_places() if self.values_all is None else _in_view(self.assessment, self.values_all)
        return confusion(other, given, n_bands=n_bands)

    @property
    def violations(self) -> Violations:
        """Which sittings miss which demand of the blueprint: length, limits of competencies, content."""
        assessment = self.assessment
        return violations(rows_of(assessment.bank, assessment.blueprint), self.played.items)

    def recovery(self) -> pd.DataFrame:
        """A row a block: n, bias, RMSE, mean SE, coverage and r, each with its Monte-Carlo error.

        The formulas are those of :func:`compassess.simulation.recovery`.

        Raises
        ------
        InputError : real answers, of which nobody knows the truth.
        """
        return recovery_table(self)

    def recovery_by_group(self) -> pd.DataFrame:
        """:meth:`recovery` within each group of people, a row a group and block.

        Raises
        ------
        InputError : people without groups; real answers.
        """
        return group_table(self)

    def conditional(self, edges: ArrayLike = EDGES) -> pd.DataFrame:
        """A row a block and interval of true θ: bias, RMSE, SD of the errors, mean SE, coverage and length.

        Intervals and figures are those of :func:`compassess.simulation.conditional_recovery`.

        Raises
        ------
        InputError : edges out of order; real answers.
        """
        return conditional_table(self, edges)

    def band_accuracy(self) -> pd.DataFrame:
        """One row: accuracy of the composite's band with its error, κ, weighted κ, errors by two bands.

        Against the band of the true composite, or with real answers that of all answers.
        """
        return band_table(self)

    def exposure(self) -> pd.DataFrame:
        """One row: greatest and mean exposure rate, share of unused items, overlap, χ² of the rates."""
        return exposure_table(self)

    def constraint_violations(self) -> pd.DataFrame:
        """A row a demand of the blueprint: whether it must hold, how many sittings miss it, their share."""
        return demand_table(self)

    def true_blocks(self) -> Floats:
        """True θ of the blocks, (n, n_blocks).

        Raises
        ------
        InputError : real answers, of which nobody knows the truth.
        """
        if self.theta_true is None:
            raise InputError(
                Problem(
                    where="study",
                    what="nobody knows the true abilities behind real answers",
                    remedy="summary() compares with all answers and with the unused ones.",
                )
            )
        return self.theta_true.reshape(len(self.theta_true), -1)

    def _true_places(self) -> NDArray[np.intp]:
        truth = self.true_blocks() @ self.assessment.interpretation.composite
        return bands_of(truth, self.assessment.bands.cuts)


def shaped(values: Floats) -> Floats:
    """(n,) for one block, (n, n_blocks) for more."""
    return values[:, 0] if values.shape[1] == 1 else values


def _in_view(assessment: Assessment, values: Summary) -> NDArray[np.intp]:
    return bands_in_view(values.bands, values.theta, assessment.bands)


def _named(assessment: Assessment, values: Summary) -> tuple[str, ...]:
    names = assessment.bands.bands
    return tuple(names[k] for k in _in_view(assessment, values).tolist())
