"""Conclusions, findings and choices as they are read: values in, text or a page out, in three languages."""

from __future__ import annotations

from compassess.report.choice import choice_sentences
from compassess.report.page import conclusion_html
from compassess.report.quality import quality_sentences
from compassess.report.text import conclusion_text
from compassess.report.words import LANGUAGES

__all__ = ["LANGUAGES", "choice_sentences", "conclusion_html", "conclusion_text", "quality_sentences"]
