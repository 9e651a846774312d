"""A simulation study on the screen: how long, how exact, how near to the truth, how exposed."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

import compassess as ca
from compassess.cli.screen import heading, line, number_of, paragraph, table
from compassess.simulation.agreement import correlation, rmse

__all__ = ["show_study"]

_REASONS: Final = {
    "precision": "every block known well enough",
    "length": "longest sitting reached",
    "pool_exhausted": "no suitable item left",
    "path_complete": "all modules completed",
    "classified": "all decisions made",
    "curtailed": "the rest would hardly change it",
    "no_further_gain": "one item more would hardly help",
    "no_informative_item": "no informative item left",
    "theta_settled": "the estimate hardly moved",
    "time_limit": "time used up",
    "several_rules": "all conditions met",
}
_OWN: Final = "a rule of the blueprint"  # what is said of a reason that a caller's own rule brings
_MOST_EXPOSED: Final = 5
_FEWEST: Final = 30  # r of fewer people is mostly chance


def show_study(study: ca.SimulationStudy) -> None:
    """The tables of a study."""
    n_people = len(study.n_items)
    if study.theta_true is not None:
        people = number_of(n_people, "simulated person", "simulated people")
    else:
        people = f"{number_of(n_people, 'person')}, real answers played again"
    line(f"{people}; bank {study.assessment.bank.id}")
    _show_length(study)
    _show_blocks(study)
    _show_bands(study)
    _show_exposure(study)


def _show_length(study: ca.SimulationStudy) -> None:
    low, high = np.percentile(study.n_items, [5, 95])
    longest = study.assessment.plan.longest
    heading("Length of a sitting")
    line(
        f"  {study.n_items.mean():.1f} items on average; 90 % of the sittings {low:.0f} to {high:.0f}; "
        f"at most {longest}"
    )
    line()
    counts = Counter(study.reasons)
    rows = [
        [reason, words, f"{counts[reason]:,}", f"{counts[reason] / len(study.n_items):.1%}"]
        for reason, words in (_REASONS | {own: _OWN for own in counts if own not in _REASONS}).items()
        if counts[reason]
    ]
    table([("ended by", "left"), ("", "left"), ("sittings", "right"), ("share", "right")], rows)


def _show_blocks(study: ca.SimulationStudy) -> None:
    """SE, share at target, and r and RMSE against everything that θ can be compared with."""
    blocks = study.assessment.plan.lattice.population.blocks
    targets = study.assessment.plan.targets
    references = {
        "true": study.theta_true,
        "all": study.theta_all,
        "unused": study.theta_unused,
    }
    known = {name: _columns(values) for name, values in references.items() if values is not None}
    theta, se = _columns(study.theta), _columns(study.se)
    heading("Standard error by block")
    table(
        [("block", "left"), ("mean SE", "right"), ("target", "right"), ("share at target", "right")],
        [
            [
                block,
                _told(float(se[:, b].mean())),
                f"{targets[b]:.2f}",
                f"{(se[:, b] <= targets[b]).mean():.1%}",
            ]
            for b, block in enumerate(blocks)
        ],
    )
    against = "true θ" if study.theta_all is None else "θ from all items, and from the unused ones"
    heading(f"θ of the sitting against {against}")
    header = [f"{measure} {name}" for name in known for measure in ("r", "RMSE", "n")]
    table(
        [("block", "left"), *((name, "right") for name in header)],
        [
            [block, *(text for values in known.values() for text in _agreement(theta[:, b], values[:, b]))]
            for b, block in enumerate(blocks)
        ],
    )
    if study.theta_all is not None:
        line()
        paragraph(
            "θ from all items contains the answers that the sitting used, so its r flatters the sitting; "
            "θ from the unused items shares none, but has a larger error of its own.",
            indent="  ",
        )


def _show_bands(study: ca.SimulationStudy) -> None:
    """The composite's bands, and how they agree with those from all answers."""
    names = study.assessment.bands.bands
    counts, agreement = Counter(study.bands), study.band_agreement
    every = Counter(study.bands_all or ())
    heading("Most probable bands")
    header = [("band", "left"), ("sitting", "right")] + ([("all items", "right")] if agreement else [])
    rows = [
        [name, f"{counts[name]:,}", *([f"{every[name]:,}"] if agreement else [])] for name in reversed(names)
    ]
    table([(name, "left" if align == "left" else "right") for name, align in header], rows)
    if agreement is not None:
        line()
        line(
            f"  exact agreement {agreement.exact:.1%}, kappa {_told(agreement.kappa)}, "
            f"two bands off or more {agreement.two_bands_off:.2%}"
        )


def _show_exposure(study: ca.SimulationStudy) -> None:
    """The items that most people see, and how many nobody does."""
    rates = sorted(study.exposure_rates.items(), key=lambda pair: -pair[1])
    never = sum(rate == 0 for _, rate in rates)
    heading("Exposure: the share of sittings that present an item")
    bank = study.assessment.bank
    table(
        [("item", "left"), ("competency", "left"), ("rate", "right")],
        [[name, bank.item(name).competency, f"{rate:.1%}"] for name, rate in rates[:_MOST_EXPOSED]],
    )
    line()
    line(f"  {never} of {len(rates)} operational items are never presented")


def _agreement(theta: NDArray[np.float64], other: NDArray[np.float64]) -> list[str]:
    """r, RMSE and n over the people of whom both are known; too few of them say nothing."""
    known = np.isfinite(theta) & np.isfinite(other)
    n = int(known.sum())
    if n < _FEWEST:
        return ["-", "-", f"{n:,}"]
    return [*(_told(measure(theta[known], other[known])) for measure in (correlation, rmse)), f"{n:,}"]


def _told(value: float) -> str:
    """Three decimals, or a dash where there is no number: nobody varies, or nobody is there."""
    return f"{value:.3f}" if np.isfinite(value) else "-"


def _columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) as (n, 1)."""
    return values[:, None] if values.ndim == 1 else values
