"""What a call costs: list prices by model, from a dated file."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.models.base import Model, Usage
from assay.names import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRICES = Path(__file__).resolve().parents[1] / "references" / "prices.toml"

# What a provider appends to a name for a snapshot of the model.
_SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2}|latest)")


@dataclass(frozen=True)
class Price:
    """USD per million tokens.

    Attributes:
        input, output: Price of a prompt's and of a reply's tokens, reasoning included.
        up_to: Input tokens of one call to which the price holds; None where there is no limit.
        as_of: Date of the price, ISO 8601.
        source: Where it is from.
    """

    input: float
    output: float
    up_to: int | None = None
    as_of: str = ""
    source: str = ""

    @property
    def is_free(self) -> bool:
        """Whether calls cost nothing, however long they are."""
        return self.input == self.output == 0 and self.up_to is None

    def of(self, usage: Usage) -> float | None:
        """USD for a call; None where its tokens, or the price of so many, are unknown."""
        if self.is_free:
            return 0.0
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        if self.up_to is not None and usage.input_tokens > self.up_to:
            return None
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / 1e6


FREE = Price(0.0, 0.0, source="no provider is asked")


def price_of(model: Model, path: Path | None = None) -> Price | None:
    """The price of a model's calls; ``FREE`` where it asks no provider, None where it is unknown.

    Args:
        path: A file of one's own, which also holds for other servers than the provider's.

    Raises:
        UsageError: The file of prices cannot be read.
    """
    if getattr(model, "is_free", False):
        return FREE
    if path is None and not getattr(model, "has_list_price", True):
        return None
    path = path or PRICES
    provider, _, name = model.name.partition(":")
    table = _read(path)
    entry = table.get(provider, {}).get(_SNAPSHOT.sub("", name))
    entry = table.get(provider, {}).get(name, entry)
    if entry is None:
        return None
    try:
        return Price(**entry, as_of=str(table["as_of"]), source=str(table["source"]))
    except (TypeError, KeyError) as error:
        raise UsageError(
            f"{path}: the price of {model.name} is not understood ({error}). Write "
            f"{{ input = USD, output = USD }} per million tokens, and as_of and source on top."
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
