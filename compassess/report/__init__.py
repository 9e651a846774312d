"""Conclusions as they are read: values in, text and one self-contained page out, in three languages."""

from __future__ import annotations

from compassess.report.page import conclusion_html
from compassess.report.quality import quality_sentences
from compassess.report.text import conclusion_text
from compassess.report.words import LANGUAGES

__all__ = ["LANGUAGES", "conclusion_html", "conclusion_text", "quality_sentences"]
