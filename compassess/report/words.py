"""The words of one language, and how it writes numbers, percentages and times.

Rules: every sentence comes from ``catalogue/<language>.ftl``, every number from Babel's locale of
the same language. What comes from outside (a pseudonym, a title) passes :func:`clean` first, so that
it can neither break a line nor drive a terminal.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from fluent.runtime import FluentBundle, FluentResource

from compassess.errors import InputError, Problem

__all__ = ["LANGUAGES", "Words", "clean", "title_of", "words_in"]

LANGUAGES: Final = ("kk", "ru", "en")

_LOCALES: Final = {"en": "en_GB"}  # the catalogue's spelling is British, so are its dates
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # controls, formats (bidi), surrogates, unassigned
_JOINERS: Final = frozenset("\u200c\u200d")  # these two belong to the spelling of some scripts
_FOLD: Final = re.compile(r"[ \t]*\n[ \t]*")  # a catalogue's line break is a blank
_LEAST_PROBABILITY: Final = 0.001  # one decimal of a per cent is shown; certainty is never claimed


def clean(text: str) -> str:
    """``text`` on one line, with what cannot be seen or would steer the output replaced by U+FFFD."""
    shown = "".join(
        " " if letter.isspace() else "\ufffd" if _is_hidden(letter) else letter
        for letter in unicodedata.normalize("NFC", text)
    )
    return " ".join(shown.split())


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in _HIDDEN and letter not in _JOINERS


def _readable(name: str) -> str:
    return clean(name.replace("_", " "))


def title_of(titles: Mapping[str, Mapping[str, str]], name: str, language: str) -> str:
    """The title of ``name`` in ``language``, else in another language, else the id made readable."""
    known = titles.get(name, {})
    for candidate in (language, *LANGUAGES, *known):
        title = clean(known.get(candidate, ""))
        if title:
            return title
    return _readable(name)


class Words:
    """The catalogue and the number formats of one language. Immutable after it is built."""

    def __init__(self, language: str) -> None:
        catalogue = resources.files("compassess.report").joinpath("catalogue", f"{language}.ftl")
        # Isolation marks would show up as boxes in many terminals; all three languages run left to right.
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(FluentResource(catalogue.read_text(encoding="utf-8")))
        self._locale = Locale.parse(_LOCALES.get(language, language))
        self.language = language

    def say(self, message: str, **arguments: str | int) -> str:
        """The message of the catalogue with its arguments filled in, on one line."""
        pattern = self._bundle.get_message(message).value
        if pattern is None:
            raise LookupError(message)
        text, errors = self._bundle.format_pattern(pattern, arguments)
        if errors:
            raise errors[0]
        return _FOLD.sub(" ", str(text))

    def name(self, kind: str, name: str) -> str:
        """The word for a band, risk, flag or stop reason; an unknown id is made readable."""
        message = f"{kind}-{name}"
        return self.say(message) if self._bundle.has_message(message) else _readable(name)

    def reason(self, name: str | None) -> str:
        """Why a sitting ended; a reason that is not in the catalogue, a caller's own, is told neutrally."""
        message = f"stop-{name or 'unknown'}"
        return self.say(message if self._bundle.has_message(message) else "stop-other")

    def ending(self, name: str) -> str:
        """:meth:`reason` in the few words that fit beside a plot."""
        message = f"plot-end-{name}"
        return self.say(message if self._bundle.has_message(message) else "plot-end-other")

    def number(self, value: float, decimals: int) -> str:
        """``value`` with so many decimals and a true minus sign; a dash where it is not finite."""
        if not math.isfinite(value):
            return "—"
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        text: str = format_decimal(value, format=pattern, locale=self._locale)
        if not re.search("[1-9]", text):
            return text.lstrip("-")  # rounded to nothing: no "-0"
        return text.replace("-", "−")

    def percent(self, probability: float, decimals: int = 1) -> str:
        """A probability as a percentage; the ends are "< 0.1 %" and "> 99.9 %", never 0 or 100."""
        least = _LEAST_PROBABILITY * 10 ** (1 - decimals)
        if probability < least:
            return f"<\u00a0{self._percent(least, decimals)}"
        if probability > 1 - least:
            return f">\u00a0{self._percent(1 - least, decimals)}"
        return self._percent(probability, decimals)

    def share(self, share: float, decimals: int = 0) -> str:
        """A counted share as a percentage; unlike a probability it may be 0 or 100."""
        return self._percent(share, decimals) if math.isfinite(share) else "—"

    def _percent(self, probability: float, decimals: int) -> str:
        fraction = "." + "0" * decimals if decimals else ""
        pattern = self._locale.percent_formats[None].pattern.replace("#,##0", "#,##0" + fraction)
        text: str = format_percent(probability, format=pattern, locale=self._locale)
        return text

    def day(self, iso: str, where: str) -> str:
        """An ISO 8601 date as a long date."""
        try:
            day = date.fromisoformat(iso)
        except ValueError:
            problem = Problem(
                where=where, what="not an ISO 8601 date", got=repr(iso), expected='"2026-03-04"'
            )
            raise InputError(problem) from None
        text: str = format_date(day, format="long", locale=self._locale)
        return text

    def moment(self, iso: str, where: str) -> str:
        """An ISO 8601 time as a long date, hour and minute, and the offset that was handed in."""
        try:
            moment = datetime.fromisoformat(iso)
        except ValueError:
            problem = Problem(
                where=where, what="not an ISO 8601 time", got=repr(iso), expected='"2026-03-04T10:00+05:00"'
            )
            raise InputError(problem) from None
        day: str = format_date(moment, format="long", locale=self._locale)
        offset = moment.isoformat(timespec="minutes")[16:]
        return f"{day}, {moment:%H:%M}" + (f" (UTC{offset.replace('-', '−')})" if offset else "")


def words_in(language: str) -> Words:
    """The words of a language; :class:`InputError` where there are none."""
    if language not in LANGUAGES:
        problem = Problem(
            where="language",
            what="no words in this language",
            got=repr(language),
            expected="one of " + ", ".join(map(repr, LANGUAGES)),
        )
        raise InputError(problem)
    return _words(language)


@lru_cache(maxsize=len(LANGUAGES))
def _words(language: str) -> Words:
    return Words(language)
