"""From a model's name on the command line to a Model."""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assay.models._provider import DEFAULT_TIMEOUT, Options
from assay.models.base import Model, ModelError
from assay.models.retries import RetryPolicy

Factory = Callable[[str, Options], Model]

# The modules of this package that register a provider; imported when a model is first asked for.
_MODULES = ("anthropic", "openai", "google", "replay")


@dataclass(frozen=True)
class _Provider:
    argument: str
    bare_names: str | None
    configurable: bool
    factory: Factory


_providers: dict[str, _Provider] = {}


def register(
    prefix: str,
    *,
    argument: str = "NAME",
    bare_names: str | None = None,
    configurable: bool = True,
) -> Callable[[Factory], Factory]:
    """Decorator: ``factory(argument, options)`` makes the models named ``prefix:argument``.

    Args:
        prefix: Name of the provider.
        argument: What stands behind the colon, for messages.
        bare_names: Regular expression of the provider's own model names; where a user leaves out
            the prefix, the error message suggests the full name.
        configurable: Whether the models heed server, effort and token limit; where not, giving
            one is an error.
    """

    def add(factory: Factory) -> Factory:
        _providers[prefix] = _Provider(argument, bare_names, configurable, factory)
        return factory

    return add


def create(
    name: str,
    *,
    base_url: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    max_output_tokens: int | None = None,
    effort: str | None = None,
    retry: RetryPolicy | None = None,
    extra: Mapping[str, Callable[[], Model]] | None = None,
) -> Model:
    """Make the model called ``name``.

    Args:
        name: ``anthropic:NAME``, ``openai:NAME``, ``google:NAME``, ``replay:DIR``, or a key of
            ``extra``.
        base_url: Server to use instead of the provider's own; with ``openai:`` any server that
            offers Chat Completions, which then needs no key.
        timeout: Wall-clock limit of one call, in seconds.
        max_output_tokens: Limit of one reply, reasoning included; None for the provider's own.
        effort: Reasoning effort in the provider's words; None for high where the model takes one.
        retry: What to do about failed calls; None for the default policy.
        extra: Models without a prefix that the caller provides, by name.

    Raises:
        ModelError: ``configuration`` for an unknown name, a missing key or an invalid option.
    """
    extra = extra or {}
    options = Options(base_url, timeout, max_output_tokens, effort, retry or RetryPolicy())
    if name in extra:
        _refuse(name, options)
        return extra[name]()
    _load()
    prefix, _, argument = name.partition(":")
    if prefix not in _providers or not argument.strip():
        raise ModelError("configuration", _unknown(name, extra))
    if not _providers[prefix].configurable:
        _refuse(name, options)
    return _providers[prefix].factory(argument, options)


def _refuse(name: str, options: Options) -> None:
    """Raise where an option is given that the model has no use for."""
    given = {
        "--base-url": options.base_url,
        "--effort": options.effort,
        "--max-output-tokens": options.max_output_tokens,
    }
    ignored = [option for option, value in given.items() if value is not None]
    if ignored:
        text = f"model {name!r} takes no {' and no '.join(ignored)}; leave it out"
        raise ModelError("configuration", text)


def valid_names(extra: Mapping[str, object] | None = None) -> list[str]:
    """The forms that ``create`` accepts, for help texts and messages."""
    _load()
    forms = [f"{prefix}:{entry.argument}" for prefix, entry in _providers.items()]
    return forms + list(extra or ())


def _load() -> None:
    for module in _MODULES:
        importlib.import_module(f"assay.models.{module}")


def _unknown(name: str, extra: Mapping[str, object]) -> str:
    prefix = name.partition(":")[0]
    valid = ", ".join(valid_names(extra))
    if prefix in _providers:
        return f"model {name!r} lacks the {_providers[prefix].argument}; valid models: {valid}"
    near = _nearest(name, extra)
    hint = f"did you mean {near!r}? " if near else ""
    return f"unknown model {name!r}; {hint}valid models: {valid}"


def _nearest(name: str, extra: Mapping[str, object]) -> str | None:
    for prefix, entry in _providers.items():
        if entry.bare_names and re.match(entry.bare_names, name):
            return f"{prefix}:{name}"
    word, _, argument = name.partition(":")
    close = difflib.get_close_matches(word.lower(), [*_providers, *extra], n=1, cutoff=0.5)
    if not close:
        return None
    if close[0] in extra:
        return close[0]
    return f"{close[0]}:{argument or _providers[close[0]].argument}"
