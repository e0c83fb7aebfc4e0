"""Reads a policy before it runs and says, line by line, what policies may not do.

It gives a model reasons that it can act on. What contains a policy is the process that it runs in.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from assay.dilemmas.policy_names import allowed_builtins, hidden

LONGEST_SOURCE = 200_000  # Characters; the published policies have under 10 000.
_ASYNC = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


@dataclass(frozen=True)
class Violation:
    """Something that a policy may not do; ``line`` counts from 1."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def violations(source: str) -> list[Violation]:
    """What is wrong with a policy's source, in the order of the lines; empty where it may run."""
    if len(source) > LONGEST_SOURCE:
        return [Violation(1, f"the source has {len(source)} characters; {LONGEST_SOURCE} at most")]
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [Violation(error.lineno or 1, f"syntax error: {error.msg}")]
    except (ValueError, RecursionError, MemoryError) as error:
        # A null character, or expressions nested deeper than the parser goes.
        return [Violation(1, f"cannot be read as Python: {error or type(error).__name__}")]
    bound = _bound_names(tree)
    found = [one for node in ast.walk(tree) for one in _check(node, bound)]
    return [*sorted(set(found), key=lambda one: one.line), *_check_policy(tree)]


def _bound_names(tree: ast.AST) -> set[str]:
    """Names that the source itself gives a meaning to."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def _check(node: ast.AST, bound: set[str]) -> Iterator[Violation]:
    line = getattr(node, "lineno", 1)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield Violation(line, "a policy imports nothing; np and deque are there")
    elif isinstance(node, _ASYNC):
        yield Violation(line, "a policy is no coroutine; write plain functions")
    elif isinstance(node, ast.Attribute):
        yield from _check_attribute(node)
    elif isinstance(node, ast.Subscript) and _is_stored(node) and (name := _of_env(node.value)):
        yield Violation(line, f"env.{name} cannot be written to: env can only be read; copy it")
    elif isinstance(node, ast.Name):
        yield from _check_name(node, bound)


def _check_attribute(node: ast.Attribute) -> Iterator[Violation]:
    if hidden(node.attr):
        yield Violation(node.lineno, f"the attribute '{node.attr}' is not available to policies")
    elif _is_stored(node) and _of_env(node):
        yield Violation(node.lineno, f"env.{node.attr} cannot be set: env can only be read")


def _is_stored(node: ast.Attribute | ast.Subscript) -> bool:
    return isinstance(node.ctx, (ast.Store, ast.Del))


def _of_env(node: ast.expr) -> str | None:
    """Name of the attribute of env that an expression starts from; None where it is another."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return node.attr if node.value.id == "env" else None
        node = node.value
    return None


def _check_name(node: ast.Name, bound: set[str]) -> Iterator[Violation]:
    name = node.id
    if name.startswith("__") and name.endswith("__"):
        yield Violation(node.lineno, f"the name '{name}' is not available to policies")
    elif name not in bound and hasattr(builtins, name) and name not in allowed_builtins():
        yield Violation(node.lineno, f"'{name}' is not available to policies")


def _check_policy(tree: ast.Module) -> Iterator[Violation]:
    """There is a function ``policy`` that takes the environment and the agent."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "policy":
            if len(node.args.posonlyargs + node.args.args) != 2:
                yield Violation(node.lineno, "policy takes two arguments: policy(env, agent_id)")
            return
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if "policy" not in assigned:
        yield Violation(1, "there is no function policy(env, agent_id)")
