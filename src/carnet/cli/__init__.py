"""The command line: one short function a verb; each parses, calls one function and shows the answer."""

from __future__ import annotations

import os
import sys

import typer

from carnet.core.errors import CarnetError

app = typer.Typer(
    name="carnet",
    help="A clinical trial from protocol to report: score, judge, grade, run. For research; not medical advice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

from carnet.cli import export, science, trial  # noqa: E402  the commands register themselves on `app`

__all__ = ["app", "export", "main", "science", "trial"]


def main() -> None:
    """Run the command line; an error that a user can put right is its text and exit code 2, never a traceback."""
    try:
        app()
    except CarnetError as error:
        sys.stderr.write(f"carnet: {error}\n")
        sys.exit(2)
    except BrokenPipeError:  # the reader of a pipe has gone (carnet score ... | head)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sys.stderr.write(
            f"carnet: {error.filename or ''}: {error.strerror}. Choose another place, or free it.\n"
        )
        sys.exit(2)
    except Exception as error:
        if not type(error).__module__.startswith(("django.db", "sqlite3", "psycopg")):
            raise
        sys.stderr.write(
            f"carnet: the database cannot be read: {str(error).strip()}. Restore it from a backup.\n"
        )
        sys.exit(2)
