"""How an error ends a command: one message on standard error, and an exit code."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from assay.errors import AssayError, DeviceError

FAILED = 1
USAGE = 2
INTERRUPTED = 130


def complain(message: str) -> None:
    """Print a message on standard error."""
    sys.stdout.flush()
    typer.echo(message, err=True)


def exit_code(error: AssayError) -> int:
    """2 where another command line would help, else 1."""
    from assay.models.base import ModelError
    from assay.names import UsageError
    from assay.search.errors import RunFolderError

    if isinstance(error, (UsageError, RunFolderError)):
        return USAGE
    if isinstance(error, ModelError) and error.kind == "configuration":
        return USAGE
    if isinstance(error, DeviceError) and error.kind in ("unavailable", "invalid"):
        return USAGE
    return FAILED


def _advises_cpu(error: AssayError) -> bool:
    """Whether the message says what to do in Python: on a Mac, it gives other advice."""
    return isinstance(error, DeviceError) and 'assay.device("cpu")' in error.message


class Commands(TyperGroup):
    """The commands, with errors and Ctrl-C turned into messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AssayError as error:
            complain(f"Error: {error}")
            if _advises_cpu(error) and self._takes_device(ctx):
                complain("On the command line, that is --device cpu.")
            raise typer.Exit(exit_code(error)) from error
        except KeyboardInterrupt as error:
            complain("Interrupted.")
            raise typer.Exit(INTERRUPTED) from error

    def _takes_device(self, ctx: Any) -> bool:
        """Whether the command that failed has an option ``--device``."""
        command = self.get_command(ctx, ctx.invoked_subcommand)
        return command is not None and any(one.name == "device" for one in command.params)
