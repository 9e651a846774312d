"""What all classification rules share: from the evidence at each cut to bands, and from bands to blocks.

Rules: (1) a rule says of every target which band is decided, or that more evidence is needed; nothing is
ever decided because the items ran out. (2) Which way the evidence leans is told apart from decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.stopping.targets import Target
from compassess.adaptive.strategies import PreparedRule
from compassess.adaptive.view import View
from compassess.scoring import NEEDS_MORE_EVIDENCE, WITHHELD

__all__ = [
    "NEAR",
    "Classifier",
    "Codes",
    "Decisions",
    "PreparedClassification",
    "Signs",
    "TellsDecisions",
    "band_between",
    "bands_leant_to",
    "decisions_of",
]

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]
Codes = NDArray[np.intp]

#: What a bound may be missed by, so that no decision hangs on the last bits of a sum.
NEAR: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decisions:
    """What a rule has decided about n sittings.

    Attributes
    ----------
    targets : the blocks and competencies that are classified.
    bands : (n, n_targets) the band that is decided, from 0, the lowest; −1
        (``compassess.scoring.WITHHELD``) where more evidence is needed.
    leanings : (n, n_targets) the band that the evidence leans to, decided or not.
    """

    targets: tuple[Target, ...]
    bands: Codes
    leanings: Codes

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether everything is decided, (n,)."""
        return np.asarray((self.bands != WITHHELD).all(axis=1))

    def named(self, row: int = 0) -> dict[tuple[str, str], int | str]:
        """Band of each (kind, name) in one sitting; "needs_more_evidence" where it is open."""
        return {
            (target.kind, target.name): NEEDS_MORE_EVIDENCE if band == WITHHELD else band
            for target, band in zip(self.targets, self.bands[row].tolist(), strict=True)
        }


class Classifier(Protocol):
    """What tells one classification rule from another."""

    def bands(self, view: View, /) -> Codes:
        """The band that is decided of every target, (n, n_targets); −1 where more evidence is needed."""

    def leanings(self, view: View, /) -> Codes:
        """The band that the evidence leans to, (n, n_targets)."""


@runtime_checkable
class TellsDecisions(Protocol):
    """A prepared rule that classifies: the optional method by which it tells what it has decided."""

    def decisions(self, view: View, /) -> tuple[Decisions, ...]:
        """What is decided; empty where nothing is classified."""


def decisions_of(rule: PreparedRule, view: View) -> tuple[Decisions, ...]:
    """What a prepared rule has decided; empty for one that does not classify."""
    return rule.decisions(view) if isinstance(rule, TellsDecisions) else ()


@dataclass(frozen=True, slots=True)
class PreparedClassification:
    """A classifier with its targets: a block is known when all that is to be decided of it is decided."""

    targets: tuple[Target, ...]
    n_blocks: int
    classifier: Classifier

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """(n, n_blocks); a block of which nothing is to be decided is never known by this rule."""
        decided = self.classifier.bands(view) != WITHHELD
        known = np.zeros((len(decided), self.n_blocks), dtype=bool)
        for block in range(self.n_blocks):
            own = [place for place, target in enumerate(self.targets) if target.block == block]
            if own:
                known[:, block] = decided[:, own].all(axis=1)
        return known

    def decisions(self, view: View) -> tuple[Decisions]:
        """The bands that are decided, and those that the evidence leans to."""
        told = Decisions(
            targets=self.targets,
            bands=self.classifier.bands(view),
            leanings=self.classifier.leanings(view),
        )
        return (told,)


def band_between(signs: Signs) -> Codes:
    """The band right above the highest cut that was passed, if the next one was missed; else −1.

    ``signs`` (n, n_cuts): 1 "above the cut", −1 "below", 0 "more evidence is needed". Being above a cut
    implies being above all lower ones, so that nothing needs to be said of those. Signs that contradict each
    other decide nothing.
    """
    n_cuts = signs.shape[1]
    places = np.arange(n_cuts)
    passed = np.where(signs > 0, places + 1, 0).max(axis=1)
    missed = np.where(signs < 0, places, n_cuts).min(axis=1)
    return np.where(passed == missed, passed, WITHHELD)


def bands_leant_to(evidence: Floats) -> Codes:
    """The number of cuts for which the evidence (n, n_cuts) is not negative; near-ties go up."""
    return np.asarray((evidence >= -NEAR).sum(axis=1), dtype=np.intp)
