"""What somebody has to type to call this command again."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

__all__ = ["command_line"]

_NAME: Final = "compassess"


def command_line(*arguments: str) -> str:
    """The command with these arguments, for a shell, as it can be called from here.

    In an environment that is not on the shell's path the bare name would not be found; there it is called by
    the path by which it was called now.
    """
    called = Path(sys.argv[0])
    elsewhere = shutil.which(_NAME) is None and called.stem == _NAME and called.is_file()
    return shlex.join((str(called) if elsewhere else _NAME, *arguments))
