"""With what probability a person at θ takes each path of a panel, exactly, and what the test then tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.adaptive import Assessment
from compassess.errors import InputError, Problem
from compassess.irt.curves import information
from compassess.multistage.sums import module_sums, onwards
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

    from compassess.bank import ItemBank, Multistage, Panel

__all__ = ["PathDistribution", "path_distribution"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathDistribution:
    """The paths of a panel given θ.

    Attributes
    ----------
    panel : its name.
    paths : names of the modules of each path.
    theta : (n, n_competencies).
    probability : P(path | θ), (n, n_paths); rows sum to 1.
    sums : for each path P(path, S = s | θ), (highest sum + 1, n).
    information : Σ I_i(θ) of a path's items by block, at θ of each item's competency, (n, n_paths, n_blocks).
    """

    panel: str
    paths: tuple[tuple[str, ...], ...]
    theta: Floats
    probability: Floats
    sums: tuple[Floats, ...]
    information: Floats

    @property
    def expected_information(self) -> Floats:
        """Σ_path P(path | θ) I_path(θ) by block, (n, n_blocks): 1 / √ of it is the error to expect of ML."""
        return np.asarray(np.einsum("np,npb->nb", self.probability, self.information))

    @property
    def conditional_se(self) -> Floats:
        """√(Σ_path P(path | θ) / I_path(θ)) by block, (n, n_blocks): the error of ML over all paths.

        Never less than 1 / √ of the expected information. Infinite where a path that is taken has no item of
        the block; paths that nobody of this θ takes add nothing.

        References
        ----------
        Park, Kim, Chung & Dodd (2017), Educational and Psychological Measurement 77, 570-586.
        """
        chance = self.probability[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.where(chance > 0, chance / self.information, 0.0)
        return np.asarray(np.sqrt(variance.sum(axis=1)))

    @property
    def module_probability(self) -> dict[str, Floats]:
        """P(module | θ) by its name, (n,) each."""
        found: dict[str, Floats] = {}
        for number, path in enumerate(self.paths):
            for name in path:
                found[name] = found.get(name, np.zeros(len(self.theta))) + self.probability[:, number]
        return found

    def to_frame(self) -> pd.DataFrame:
        """A row for every θ and path."""
        n, n_paths = self.probability.shape
        return frame(
            {
                "row": np.repeat(np.arange(n), n_paths),
                "path": [" → ".join(path) for path in self.paths] * n,
                "probability": self.probability.reshape(-1),
                "information": self.information.sum(axis=2).reshape(-1),
            }
        )


def path_distribution(assessment: Assessment, theta: ArrayLike, panel: str | None = None) -> PathDistribution:
    """P(path | θ) and P(path, S = s | θ) under routing by sums of scores, by recursion from module to module.

    Every item is answered; nothing is skipped or lost.

    Parameters
    ----------
    theta : (n,) where there is one competency, otherwise (n, n_competencies) in the bank's order.
    panel : a name; by default the first.

    Raises
    ------
    InputError : not a multistage test with the rule "number_correct"; θ of another shape; no such panel.

    References
    ----------
    Lord & Wingersky (1984), Applied Psychological Measurement 8, for the sum over a module; Yan, von Davier &
    Lewis (2014), Computerized multistage testing, for distributions of paths.
    """
    multistage = assessment.blueprint.multistage
    if multistage is None or multistage.routing.rule != "number_correct":
        raise InputError(
            Problem(
                where="blueprint.json multistage",
                what="paths are exact under routing by number_correct alone",
                got="none" if multistage is None else multistage.routing.rule,
                remedy="Simulate: path_shares(ca.simulate(assessment, …)).",
            )
        )
    names = [one.id for one in multistage.panels]
    if panel is not None and panel not in names:
        raise InputError(
            Problem(
                where="panel", what="no such panel", got=repr(panel), expected=" or ".join(map(repr, names))
            )
        )
    chosen = multistage.panels[0] if panel is None else multistage.panel(panel)
    points = _checked(assessment.bank, theta)
    ends = _ends(assessment.bank, multistage, chosen, points)
    paths = chosen.paths()
    return PathDistribution(
        panel=chosen.id,
        paths=paths,
        theta=points,
        probability=np.stack([ends[path].sum(axis=0) for path in paths], axis=1),
        sums=tuple(ends[path] for path in paths),
        information=_information(assessment.bank, chosen, paths, points),
    )


def _checked(bank: ItemBank, theta: ArrayLike) -> Floats:
    given = np.asarray(theta, dtype=np.float64)
    n_competencies = len(bank.competencies)
    points = given[:, None] if given.ndim == 1 and n_competencies == 1 else given
    if points.ndim != 2 or points.shape[1] != n_competencies or not np.isfinite(points).all():
        raise InputError(
            Problem(
                where="theta",
                what="not abilities of the bank's competencies",
                got=f"shape {given.shape}",
                expected=f"finite numbers (n, {n_competencies})",
            )
        )
    return points


def _ends(
    bank: ItemBank, multistage: Multistage, panel: Panel, theta: Floats
) -> dict[tuple[str, ...], Floats]:
    """Sums at the end of every path."""
    own = {module.id: module_sums(bank, module, theta) for module in panel.modules}
    found: dict[tuple[str, ...], Floats] = {}
    waiting: list[tuple[tuple[str, ...], Floats]] = [((panel.modules[0].id,), np.ones((1, len(theta))))]
    while waiting:
        path, before = waiting.pop()
        after, parts = onwards(multistage, panel.module(path[-1]), before, own[path[-1]])
        if not parts:
            found[path] = after
        waiting += [((*path, name), masses) for name, masses in parts.items()]
    return found


def _information(bank: ItemBank, panel: Panel, paths: tuple[tuple[str, ...], ...], theta: Floats) -> Floats:
    items, blocks = bank.irt_items(), [block.id for block in bank.blocks]
    places = {name: place for place, name in enumerate(items.ids)}
    competencies = [one.id for one in bank.competencies]
    found = np.zeros((len(theta), len(paths), len(blocks)))
    for k, competency in enumerate(competencies):
        block = blocks.index(bank.competencies[k].block)
        told = information(items, theta[:, k])
        for number, path in enumerate(paths):
            own = [places[name] for name in panel.items_of(path) if bank.item(name).competency == competency]
            found[:, number, block] += told[own].sum(axis=0)
    return found
