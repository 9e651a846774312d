"""A conclusion as one HTML page that needs nothing but itself: no script, no request."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from compassess.report.profile import picture
from compassess.report.sheet import sheet
from compassess.report.words import words_in
from compassess.scoring.conclusion import Conclusion

__all__ = ["conclusion_html"]

_PAGE: Final = "conclusion.html.j2"


def conclusion_html(conclusion: Conclusion, language: str) -> str:
    """The conclusion as a self-contained HTML page in ``"kk"``, ``"ru"`` or ``"en"``.

    The page holds the profile as an inline SVG and prints on A4; everything that comes from outside
    is escaped.

    Raises
    ------
    InputError
        An unknown language, or a time in the conclusion that is not ISO 8601.
    """
    words = words_in(language)
    page = _environment().get_template(_PAGE)
    return page.render(page=sheet(conclusion, words), picture=picture(conclusion, words), say=words.say)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template(name: str) -> str:
    folder = resources.files("compassess.report").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")
