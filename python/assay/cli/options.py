"""Options of a command kept in dataclasses: one per group, shared by commands and by files.

A field of such a dataclass is annotated as a parameter of a typer command is, and its default is
that of the option. A class attribute ``heading`` is what the help lists the group under.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand


def _under(heading: str | None, annotation: Any) -> Any:
    """The annotation of an option that the help lists under a heading."""
    kind, option = get_args(annotation)
    option = copy.copy(option)
    option.rich_help_panel = heading
    return Annotated[kind, option]


def _parameters(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    heading = getattr(group, "heading", None)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=_under(heading, hints[field.name]),
        )
        for field in fields(group)
    ]


def grouped(*groups: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: give a command the options of dataclasses beside its own.

    The command's last parameter is ``options``; it gets a mapping from each dataclass to the
    instance that the command line describes.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in inspect.signature(command).parameters.values()
            if parameter.name != "options"
        ]

        @functools.wraps(command)
        def call(**values: Any) -> None:
            options = {
                group: group(**{field.name: values.pop(field.name) for field in fields(group)})
                for group in groups
            }
            command(**values, options=options)

        signature = inspect.Signature(
            [*own, *(parameter for group in groups for parameter in _parameters(group))]
        )
        call.__signature__ = signature  # type: ignore[attr-defined]
        call.__annotations__ = {
            name: parameter.annotation for name, parameter in signature.parameters.items()
        }
        return call

    return decorate


def given(ctx: typer.Context, group: type) -> list[str]:
    """Options of a group that stand on the command line, as they are written there."""
    names = {field.name for field in fields(group)}
    return [
        parameter.opts[0]
        for parameter in ctx.command.params
        if parameter.name in names
        and (source := ctx.get_parameter_source(parameter.name)) is not None
        and source.name == "COMMANDLINE"
    ]


class Sectioned(TyperCommand):
    """A command whose help lists the options of each ``rich_help_panel`` under that heading."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                heading = getattr(parameter, "rich_help_panel", None) or self._kind(parameter)
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    @staticmethod
    def _kind(parameter: Any) -> str:
        return "Arguments" if parameter.param_type_name == "argument" else "Options"
