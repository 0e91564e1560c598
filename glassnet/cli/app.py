"""The command itself: its subcommands, its version, and what becomes of errors."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from glassnet.cli.diagnose import diagnose
from glassnet.cli.evaluate import evaluate
from glassnet.cli.example import example
from glassnet.cli.explain import explain
from glassnet.cli.export import export
from glassnet.cli.predict import predict
from glassnet.cli.say import fail, out, plain_warnings
from glassnet.cli.show import show
from glassnet.cli.source import source
from glassnet.cli.train import train
from glassnet.errors import GlassnetError
from glassnet.streams import readable_streams

__all__ = ["app", "main"]

# Plain help: the same in a terminal, a pipe and a screen reader.
app = typer.Typer(
    name="glassnet",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(short_help="Learn from data; write a model and a report.")(train)
app.command(short_help="Test a model on data.")(evaluate)
app.command(short_help="Let a model predict, as CSV.")(predict)
app.command(short_help="Print what a model file holds.")(show)
app.command(short_help="Say why a network does not learn.")(diagnose)
app.command(short_help="Write a model as a program.")(source)
app.command(
    short_help="Show every number of one pass, with its reason.",
    context_settings={"allow_extra_args": True},  # the indices of --why
)(explain)
app.command(short_help="Write a model as a file of another library.")(export)
# What follows the name of an example, --help included, is for the example.
app.command(
    short_help="Run a classic network of an article.",
    options_metavar="list | NAME [OPTIONS]",
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
    },
)(example)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        number = version("glassnet")
    except PackageNotFoundError:
        number = "(not installed)"
    out(f"glassnet {number}")
    raise typer.Exit()


@app.callback()
def _glassnet(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Train neural networks that you can see through.

    \b
    glassnet train digits                          learn to read handwritten digits
    glassnet train flowers.csv --target species    learn from a table
    glassnet evaluate flowers.safetensors new.csv  test a trained model on other data
    glassnet predict flowers.safetensors new.csv   use it
    glassnet show flowers.safetensors              look at it
    glassnet diagnose flowers.safetensors flowers.csv   what keeps it from learning?
    glassnet explain flowers.safetensors new.csv   see every number of one pass

    `glassnet COMMAND --help` says more about each.
    """  # noqa: D301  the real backspace keeps the lines as they are


def _flush_output() -> None:
    """Flush the output now: at the exit of Python an error could not be reported any more."""
    if sys.stdout is None or sys.stdout.closed:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        # What cannot be written must not be tried again.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(1)  # the reader has seen enough, as with "| head"
        raise


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; an error glassnet knows becomes one message and exit code 1.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the name of the command; by default what the shell passed.
    """
    with readable_streams(), plain_warnings():
        try:
            try:
                app(args=arguments, prog_name="glassnet")
            finally:
                _flush_output()
        except GlassnetError as error:
            fail(error)
        except MemoryError as error:
            fail(
                f"the memory of this machine is not enough ({error}); use less data or fewer units"
            )
        except OSError as error:  # a disk that is full behind the standard output, for one
            fail(f"the system refuses to go on: {error}")
