"""RESULTS.md: a section for each benchmark, rewritten by it and by nobody else."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["machine", "version_of", "write_section"]

_FILE = Path(__file__).parent / "RESULTS.md"
_HEAD = "# Results\n\nWritten by the scripts of this folder with `--write`; nothing here is typed by hand.\n"


def write_section(title: str, lines: list[str]) -> None:
    """Put the lines under ``## title``, in the place of what stood there, the other sections untouched."""
    text = _FILE.read_text(encoding="utf-8") if _FILE.exists() else _HEAD
    if not text.startswith(_HEAD):
        text = _HEAD
    section = "\n".join([f"## {title}", "", *lines, ""])
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if pattern.search(text):
        text = pattern.sub(lambda _: section + "\n", text)
    else:
        text = text.rstrip("\n") + "\n\n" + section
    _FILE.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def machine() -> str:
    """What this machine is, as far as a reader needs it."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        name = found.group(1) if found else name
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {version('numpy')}"


def version_of(distribution: str) -> str | None:
    """The installed version, None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
