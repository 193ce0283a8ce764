"""The error of a command of `t3afk`."""

from typing import Final


class CommandError(Exception):
    """A failure of a command: its last line on stderr, and its exit status."""

    def __init__(self, message: str, *, status: int) -> None:
        """Describe the failure in one line, without the command's name."""
        super().__init__(message)
        self.status: Final = status
