"""The command line: it parses, calls the library and prints. Nothing is computed here.

``app`` holds the commands and their options, the other modules what each of them prints. Importing
this package is cheap; what a command needs is imported when it runs.
"""

from assay.cli.app import app, main

__all__ = ["app", "main"]
