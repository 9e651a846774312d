"""RESULTS.md, a section a script: each writes its own and leaves the others as they are."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

FILE = Path(__file__).parent / "RESULTS.md"


def write_section(title: str, lines: Sequence[str], file: Path = FILE) -> None:
    """Replace what stands under ``## title``, or add it at the end."""
    text = file.read_text(encoding="utf-8") if file.exists() else "# Results\n"
    head, *sections = text.split("\n## ")
    by_title = dict(section.split("\n", 1) for section in sections)
    by_title[title] = "\n" + "\n".join(lines) + "\n"
    parts = [head.rstrip("\n"), *(f"## {name}\n\n{body.strip()}" for name, body in by_title.items())]
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def machine() -> str:
    """What the times were measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores"
