"""The ``glassnet`` command: one file a subcommand."""

from glassnet.cli.app import app, main

__all__ = ["app", "main"]
