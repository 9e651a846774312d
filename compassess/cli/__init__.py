"""The command ``compassess``: files, clock and screen around the library, and no mathematics.

Rule: typer and rich are imported in this room only; a file a command, shared pieces in their own.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command and exit with its code."""
    try:
        from compassess.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich"):
            raise
        sys.stderr.write(
            f"error: the command needs {error.name}, which is not installed. "
            "Install it with: pip install 'compassess[cli]'\n"
        )
        sys.exit(1)
    app()
