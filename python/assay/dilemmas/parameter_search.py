"""Search without a language model: random changes to the numbers of a hand-written policy."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from typing import Any

from assay.models.base import Prompt, Reply

_NUMBER_CHANGES = 0.4  # Probability that a number is changed; one is in any case.
_SPREAD = 0.5  # Standard deviation of the logarithm of a changed number.
_TRIES = 50


class ParameterSearch:
    """A model that changes the numbers which stand in capitals at the top of a policy.

    Each proposal starts from the incumbent. Random numbers derive from ``seed`` and the iteration
    alone, so that a resumed run continues as if it had never stopped.
    """

    name = "parameters"

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def complete(self, prompt: Prompt) -> Reply:
        """The incumbent with other numbers, none of which was tried before if that is possible."""
        rng = random.Random(f"{self._seed} {prompt.iteration}")
        source, words = prompt.parent, "There is no number to change."
        for _ in range(_TRIES):
            source, words = _changed(prompt.parent, rng)
            if source not in prompt.tried:
                break
        return Reply(f"{words}\n\n```python\n{source.strip()}\n```\n", self.name)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Names in capitals that stand for numbers, or for tuples of numbers."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name.isupper() and any(_numbers(node.value)):
                yield name, node.value


def _numbers(value: ast.expr) -> Iterator[ast.Constant]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield node


def _changed(source: str, rng: random.Random) -> tuple[str, str]:
    """A source with some of its numbers changed, and what was changed, in words."""
    tree = ast.parse(source)
    numbers = [(name, node) for name, value in _constants(tree) for node in _numbers(value)]
    if not numbers:
        return source, "There is no number to change."
    chosen = [pair for pair in numbers if rng.random() < _NUMBER_CHANGES] or [rng.choice(numbers)]
    edits = [(node, _other(node.value, rng)) for _, node in chosen]
    words = ", ".join(
        f"{name} {node.value!r} to {value}"
        for (name, _), (node, value) in zip(chosen, edits, strict=True)
    )
    return _replaced(source, edits), f"Changed {words}."


def _other(value: Any, rng: random.Random) -> int | float:
    factor = rng.lognormvariate(0.0, _SPREAD)
    if isinstance(value, float):
        return float(f"{value * factor:.3g}")
    moved = round(value * factor)
    return moved if moved != value else value + (rng.choice((-1, 1)) if value > 0 else 1)


def _replaced(source: str, edits: list[tuple[ast.Constant, int | float]]) -> str:
    """The source with other text where the numbers stand, the last one first."""
    lines = source.splitlines(keepends=True)
    for node, value in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset))[::-1]:
        line = lines[node.lineno - 1]
        assert node.end_col_offset is not None
        lines[node.lineno - 1] = f"{line[: node.col_offset]}{value}{line[node.end_col_offset :]}"
    return "".join(lines)
