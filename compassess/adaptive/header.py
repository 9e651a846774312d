"""The header of a sitting: made from what is handed in, and held against an assessment.

Rule: a log belongs to an assessment where the content hashes and the versions of the strategies agree;
the engine's version is told and not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from compassess.adaptive.draws import checked_seed
from compassess.adaptive.events import LOG_FORMAT, Started
from compassess.adaptive.exposing import drawn_ineligible
from compassess.adaptive.exposure import PreparedFromRecord
from compassess.adaptive.handed_in import checked_factor, checked_prior
from compassess.errors import InputError, Problem, ReplayMismatch
from compassess.version import engine_version

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.adaptive.exposure import ExposureRecord

__all__ = [
    "checked_language",
    "checked_switch",
    "header_for",
    "other_files",
    "refuse_other_blocks",
    "refuse_other_exposure",
    "refuse_other_files",
    "refuse_other_language",
]


def header_for(
    assessment: Assessment,
    *,
    examinee: str | None,
    seed: int,
    language: str | None,
    at: str | None,
    confirms: str | None,
    time_factor: float | None = None,
    prior: Mapping[str, Sequence[float]] | None = None,
    exposure: ExposureRecord | None = None,
) -> Started:
    """The header of a sitting that begins now.

    Raises
    ------
    InputError : a pseudonym, seed, language, time factor or prior that is none; a record that the exposure
        control lacks, or has no use for.
    """
    return Started(
        format=LOG_FORMAT,
        engine=engine_version(),
        bank=assessment.bank.content_hash,
        blueprint=assessment.blueprint.content_hash,
        bands=assessment.bands.content_hash,
        strategies=assessment.strategies,
        examinee=_checked_examinee(examinee),
        seed=checked_seed(seed),
        language=checked_language(language, assessment.bank.languages),
        at=at,
        confirms=confirms,
        time_factor=checked_factor(time_factor),
        prior=checked_prior(prior, assessment.plan.lattice.population.blocks),
        ineligible=drawn_ineligible(assessment.plan, exposure, checked_seed(seed)),
    )


def other_files(header: Started, assessment: Assessment) -> list[str]:
    """Every part of the header that belongs to something else, in words."""
    own = {
        "format": LOG_FORMAT,
        "bank": assessment.bank.content_hash,
        "blueprint": assessment.blueprint.content_hash,
        "bands": assessment.bands.content_hash,
        "strategies": assessment.strategies,
    }
    differing = [name for name, value in own.items() if getattr(header, name) != value]
    return [f"{n}: log {getattr(header, n)!r}, here {own[n]!r}" for n in differing]


def refuse_other_files(header: Started, assessment: Assessment) -> None:
    """ReplayMismatch where the log stands on other files."""
    told = other_files(header, assessment)
    if told:
        raise ReplayMismatch(f"log[0]: the log belongs to other files ({'; '.join(told)})")


def refuse_other_language(header: Started, assessment: Assessment) -> None:
    """ReplayMismatch where the sitting could not have been in the header's language."""
    try:
        own = checked_language(header.language, assessment.bank.languages)
    except InputError as error:
        raise ReplayMismatch(f"log[0]: {error}") from error
    if own != header.language:
        raise ReplayMismatch(f"log[0].language: log {header.language!r}, but a sitting is in {own!r}")


def refuse_other_blocks(header: Started, assessment: Assessment) -> None:
    """ReplayMismatch where the header's prior is not of the blocks, in their order."""
    blocks = assessment.plan.lattice.population.blocks
    named = [name for name, _, _ in header.prior or ()]
    if named != [name for name in blocks if name in named]:
        raise ReplayMismatch(f"log[0].prior: log {named}, but the blocks are {list(blocks)}")


def refuse_other_exposure(header: Started, assessment: Assessment) -> None:
    """ReplayMismatch where the header closes items as no sitting of this assessment does."""
    control = assessment.plan.holding
    wanted = control.segments.n_segments if isinstance(control, PreparedFromRecord) else None
    given = None if header.ineligible is None else len(header.ineligible)
    if given != wanted:
        told = "none" if given is None else f"{given} segments"
        own = "draws none" if wanted is None else f"draws {wanted} segments"
        raise ReplayMismatch(f"log[0].ineligible: log {told}, but the blueprint's exposure control {own}")


def _checked_examinee(examinee: str | None) -> str | None:
    if examinee is not None and not isinstance(examinee, str):
        raise InputError(
            Problem(where="examinee", what="not a pseudonym", got=repr(examinee), expected="text or None")
        )
    return examinee


def checked_language(language: str | None, languages: Sequence[str]) -> str | None:
    """The language of a sitting, by default the bank's first; InputError where it has no such texts."""
    if language is None:
        return languages[0] if languages else None
    return checked_switch(language, languages)


def checked_switch(language: str, languages: Sequence[str]) -> str:
    """A language of the bank; InputError for any other."""
    if language not in languages:
        raise InputError(
            Problem(
                where="language",
                what="the bank has no texts in it",
                got=repr(language),
                expected=" or ".join(languages) or "None: this bank has no texts",
            )
        )
    return language
