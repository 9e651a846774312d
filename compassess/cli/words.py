"""What the terminal says to an examinee, in Kazakh, Russian or English.

Rule: only ``take`` speaks to examinees; everything else here speaks to the people who run tests, in
English. The words of a conclusion are the report's.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from fluent.runtime import FluentBundle, FluentResource

from compassess.report import LANGUAGES

__all__ = ["Words", "words_for"]


class Words:
    """The catalogue of one language."""

    def __init__(self, language: str) -> None:
        catalogue = resources.files("compassess.cli").joinpath("catalogue", f"{language}.ftl")
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(FluentResource(catalogue.read_text(encoding="utf-8")))
        self.language = language

    def say(self, message: str, **arguments: str | int) -> str:
        """The message with its arguments filled in."""
        pattern = self._bundle.get_message(message).value
        if pattern is None:
            raise LookupError(message)
        text, errors = self._bundle.format_pattern(pattern, arguments)
        if errors:
            raise errors[0]
        return str(text)


def words_for(language: str | None) -> Words:
    """The words in ``language``; English where there are none in it."""
    return _words(language if language in LANGUAGES else "en")


@lru_cache(maxsize=len(LANGUAGES))
def _words(language: str) -> Words:
    return Words(language)
