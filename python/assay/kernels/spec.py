"""What a task file says, validated. Public facts and held-out sizes have types of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assay.kernels.expressions import Number, evaluate
from assay.kernels.launch import Rule
from assay.names import unknown

Value = Annotated[int, pydantic.Strict()] | Annotated[float, pydantic.Strict()]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
SCALARS = {"uint": np.uint32, "int": np.int32, "float": np.float32}


def normalised_type(text: str) -> str:
    """One spelling of a type: single blanks, one blank before ``*`` and ``&``."""
    return " ".join(re.sub(r"([*&])", r" \1 ", text).split())


@dataclass(frozen=True)
class Size:
    """One size of a task. Its parameters and the task's constants are attributes: ``size.n``."""

    label: str
    parameters: Mapping[str, Number]

    def __getattr__(self, name: str) -> Number:
        parameters = self.__dict__.get("parameters", {})
        if name not in parameters:
            raise AttributeError(f"this size has no parameter '{name}'; it has {list(parameters)}")
        return parameters[name]

    def evaluate(self, expression: str) -> Number:
        """Value of an arithmetic expression over the parameters."""
        return evaluate(expression, self.parameters)


@dataclass(frozen=True)
class Argument:
    """A buffer argument of a kernel. ``value``: expression of a scalar that the host binds."""

    index: int
    type: str
    name: str
    value: str | None = None

    @property
    def writable(self) -> bool:
        """Whether the kernel may write through it."""
        return self.type.startswith("device") and "const" not in self.type.split()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type of a scalar argument."""
        return np.dtype(SCALARS[self.type.split()[-2]])

    @classmethod
    def parse(cls, index: int, text: str) -> Argument:
        """Read ``device const float* u_in`` or ``constant uint& N = n``."""
        match = re.fullmatch(r"(.+?[*&])\s*([A-Za-z_]\w*)\s*(?:=\s*(.+?))?\s*", text)
        if not match:
            raise ValueError(
                f"'{text}' is not an argument; write for example"
                " 'device const float* u_in' or 'constant uint& N = n'"
            )
        argument = cls(index, normalised_type(match[1]), match[2], match[3])
        words = argument.type.split()
        if words[0] not in ("device", "constant"):
            raise ValueError(f"'{text}' must begin with 'device' or 'constant'")
        if argument.value is not None and words[-2] not in SCALARS:
            raise ValueError(f"'{text}': a bound scalar is one of {', '.join(SCALARS)}")
        return argument


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threadgroup(_Model):
    """Launch rule and the number that it takes, as an expression."""

    rule: Rule
    width: str

    @field_validator("width", mode="before")
    @classmethod
    def _text(cls, width: object) -> object:
        return str(width) if isinstance(width, int) else width


class Kernel(_Model):
    """One kernel of a task.

    Attributes:
        grid: One to three expressions, x first; the host rounds up to whole threadgroups.
        threadgroup: Launch rule.
        position: Declaration of the thread's position, for example ``uint2 gid``.
        arguments: Buffer arguments, index 0 first.
    """

    grid: Annotated[tuple[str, ...], Field(min_length=1, max_length=3)]
    threadgroup: Threadgroup
    position: str
    arguments: tuple[str, ...]

    @field_validator("arguments")
    @classmethod
    def _parsable(cls, arguments: tuple[str, ...]) -> tuple[str, ...]:
        names = [Argument.parse(index, text).name for index, text in enumerate(arguments)]
        if len(set(names)) < len(names):
            raise ValueError("two arguments have the same name")
        return arguments

    @property
    def signature(self) -> tuple[Argument, ...]:
        """The arguments, parsed."""
        return tuple(Argument.parse(index, text) for index, text in enumerate(self.arguments))


class Tolerance(_Model):
    """``absolute + relative · max(floor, max |reference|)``, on the largest absolute difference."""

    absolute: Annotated[float, Field(ge=0)] = 0.0
    relative: Annotated[float, Field(ge=0)] = 0.0
    floor: Annotated[float, Field(ge=0)] = 0.0
    error_kind: str = "max_abs"

    def value(self, reference: np.ndarray) -> float:
        """The largest difference that still counts as correct."""
        largest = max(float(reference.max()), -float(reference.min()))
        return self.absolute + self.relative * max(self.floor, largest)


class Strict(Tolerance):
    """What the strict verdict asks beyond the published check.

    The tolerance is near the error of an honest kernel. ``poison`` names the buffers that a kernel
    has to write before anything reads them; they start filled with NaN, integers with all bits set.
    """

    poison: tuple[str, ...] = ()


class TaskSpec(_Model):
    """Everything about a task that a model may know.

    Attributes:
        regime, lever: Which bottleneck it stands for and what helps against it.
        ceiling: Which roof its throughput is compared with.
        work: Bytes (``bandwidth``) or flop (``fp32``) of one repetition, as an expression.
        unit: Unit of the achieved throughput, in which 1 is 10⁹ of ``work`` per second.
        seed: Seed of the generator that ``Task.inputs`` gets.
        constants: Parameters that are the same at every size.
        sizes: In-distribution sizes in the order in which they are evaluated.
        brief: Text for the model: mathematics, layout, what the host does.
    """

    name: Name
    regime: str
    lever: str
    ceiling: Literal["bandwidth", "fp32"]
    work: str
    unit: str
    seed: Annotated[int, Field(ge=0)] = 0
    brief: str
    constants: dict[Name, Value] = {}
    kernels: Annotated[dict[Name, Kernel], Field(min_length=1)]
    sizes: Annotated[dict[Label, dict[Name, Value]], Field(min_length=1)]
    tolerance: Tolerance = Tolerance()
    strict: Strict

    @model_validator(mode="after")
    def _evaluable(self) -> TaskSpec:
        for label in self.sizes:
            check_expressions(self, self.size(label))
        return self

    def size(self, label: str) -> Size:
        """The in-distribution size with this label.

        Raises:
            UsageError: There is none.
        """
        if label not in self.sizes:
            raise unknown(f"size of {self.name}", label, self.sizes)
        return Size(label, {**self.constants, **self.sizes[label]})

    def all_sizes(self) -> tuple[Size, ...]:
        """The in-distribution sizes, in order."""
        return tuple(self.size(label) for label in self.sizes)


def check_expressions(spec: TaskSpec, size: Size) -> None:
    """Evaluate every expression of a task at a size.

    Raises:
        ValueError: One of them has no value.
    """
    expressions = [("work", spec.work)]
    for name, kernel in spec.kernels.items():
        expressions += [(f"kernels.{name}.grid", text) for text in kernel.grid]
        expressions.append((f"kernels.{name}.threadgroup.width", kernel.threadgroup.width))
        for argument in kernel.signature:
            if argument.value is not None:
                expressions.append((f"kernels.{name}.arguments", argument.value))
    for key, expression in expressions:
        try:
            size.evaluate(expression)
        except ValueError as error:
            raise ValueError(f"{key} at size {size.label}: {error}") from error


@dataclass(frozen=True)
class HeldOut:
    """Sizes for the gate alone. No prompt builder accepts this type."""

    sizes: tuple[Size, ...] = field(default=())
