"""The conclusion as an HTML page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from compassess.report import conclusion_html, conclusion_text
from compassess.report.words import words_in
from compassess.scoring.conclusion import Conclusion

VOID = {"meta", "br", "hr", "img", "input", "link"}
LEAST_CONTRAST = 4.5  # WCAG 2.2, AA, text of ordinary size


class Page(HTMLParser):
    """Checks that tags are balanced, and keeps what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that ends itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        assert self.open, f"</{tag}> without a beginning"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """What is read."""
        if "style" not in self.open:
            self.text.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def words_on(page: Page) -> str:
    """All words of a page with ordinary blanks."""
    return " ".join(" ".join(page.text).replace("\u00a0", " ").split())


def test_the_page_is_well_formed(conclusion: Conclusion, language: str) -> None:
    """Tags are balanced, ids are unique, and every reference to an id leads somewhere."""
    html = conclusion_html(conclusion, language)
    assert html.startswith("<!DOCTYPE html>")
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for target in (attributes.get("aria-labelledby") or "").split():
            assert target in ids


def test_the_page_needs_nothing_but_itself(conclusion: Conclusion, language: str) -> None:
    """No script, no address, no image, no import, no event handler."""
    html = conclusion_html(conclusion, language)
    page = Page(html)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "foreignobject",
        "a",
    }
    for _, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on")}
        assert not attributes.keys() & {"src", "href", "xlink:href", "srcset", "action"}
    assert not re.search(r"https?:|url\(|@import|javascript:", html)


def test_the_language_and_the_title_are_declared(usual: Conclusion, language: str) -> None:
    """A screen reader knows the language; a tab shows whose conclusion it is."""
    page = Page(conclusion_html(usual, language))
    assert page.attributes("html") == [{"lang": language}]
    assert f"{words_in(language).say('title')} · E-0017" in words_on(page)


def test_headings_and_tables_are_made_for_assistive_technology(usual: Conclusion, language: str) -> None:
    """One h1, no level left out, captions on every table, a scope on every header cell."""
    page = Page(conclusion_html(usual, language))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
    assert len(page.attributes("table")) == len(page.attributes("caption")) == 3
    assert all(attributes.get("scope") for attributes in page.attributes("th"))


def test_the_profile_has_words_of_its_own(conclusion: Conclusion, language: str) -> None:
    """The picture is an image with a title and a description."""
    html = conclusion_html(conclusion, language)
    (profile,) = (
        attributes for attributes in Page(html).attributes("svg") if attributes.get("class") == "profile"
    )
    assert profile["role"] == "img"
    assert profile["aria-labelledby"] == "profile-title profile-description"
    assert words_in(language).say("profile-description") in unescape(html)


def test_what_comes_from_outside_is_escaped(
    cases: Mapping[str, Callable[[], Conclusion]], language: str
) -> None:
    """A script as pseudonym and a tag as title are shown, not obeyed."""
    html = conclusion_html(cases["hostile"](), language)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(&#39;E-0017&#39;)&lt;/script&gt;" in html


def test_every_field_from_outside_is_escaped(usual: Conclusion) -> None:
    """Versions, hashes, ids of bands and of blocks as well."""
    evil = "<b onclick=x>"
    provenance = replace(
        usual.provenance, bank=evil, bank_version=evil, bank_hash=evil, bands_hash=evil, engine_version=evil
    )
    conclusion = replace(
        usual,
        provenance=provenance,
        bands=(evil, *usual.bands[1:]),
        band=evil,
        flags=(evil,),
        stop_reason=evil,
        blocks={evil: replace(usual.blocks["service"], id=evil, band=evil)},
    )
    html = conclusion_html(conclusion, "en")
    assert "<b " not in html
    assert html.count("&lt;b onclick=x&gt;") >= 10


def test_the_page_says_what_the_text_says(conclusion: Conclusion, language: str) -> None:
    """Every sentence and every number of the text is on the page, but for the shortened hashes."""
    page = words_on(Page(conclusion_html(conclusion, language)))
    text = conclusion_text(conclusion, language).replace("\u00a0", " ")
    numbers = set(re.findall(r"\d+[.,]\d+ ?%|\d+ ± \d+[.,]\d", text))
    assert numbers
    assert {number for number in numbers if number not in page} == set()
    words = words_in(language)
    for message in ("meaning-band", "meaning-risk", "notice-automated", "notice-material", "notice-appeal"):
        assert words.say(message) in page


def test_full_hashes_are_in_the_small_print(usual: Conclusion, language: str) -> None:
    """An appeal board can compare whole hashes."""
    footer = conclusion_html(usual, language).split("<footer")[1]
    provenance = usual.provenance
    for full in (provenance.bank_hash, provenance.blueprint_hash, provenance.bands_hash):
        assert f"<code>{full}</code>" in footer
    assert provenance.engine_version in footer


def test_the_warning_stands_before_everything_and_on_every_printed_page(
    cases: Mapping[str, Callable[[], Conclusion]], language: str
) -> None:
    """An illustrative bank is named at the top and in the margin of the print, and only then."""
    words = words_in(language)
    html = conclusion_html(cases["ordinary"](), language)
    assert html.index('class="warning"') < html.index("<section")
    assert f'content: "{words.say("running-warning")}"' in html
    calm = conclusion_html(cases["calm"](), language)
    assert 'class="warning"' not in calm
    assert words.say("running-warning") not in calm


def test_competencies_without_blocks_of_their_own_are_not_lost(usual: Conclusion) -> None:
    """A conclusion without block results still lists and draws every competency."""
    page = words_on(Page(conclusion_html(replace(usual, blocks={}), "en")))
    assert page.count("Initiative") >= 3


def _colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style))


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_enough_contrast(usual: Conclusion, scheme: str) -> None:
    """Text and marks reach 4.5 : 1 on paper and on the stripes, by day and by night."""
    html = conclusion_html(usual, "en")
    light, dark = html.split("@media screen and (prefers-color-scheme: dark)")
    colours = _colours(light) | (_colours(dark.split("* {")[0]) if scheme == "dark" else {})
    assert len(colours) == 12
    for ink in ("ink", "muted", "accent", "clear", "watch", "risk", "insufficient"):
        for ground in ("paper", "stripe"):
            assert contrast(colours[ink], colours[ground]) >= LEAST_CONTRAST, (ink, ground)
    assert contrast(colours["alarm"], colours["alarm-paper"]) >= LEAST_CONTRAST


def test_the_method_of_the_value_writes_the_same(usual: Conclusion, language: str) -> None:
    """``conclusion.to_html`` is this function."""
    assert usual.to_html(language) == conclusion_html(usual, language)
