"""What a policy may use of Python and numpy. Everything else does not exist for it."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FUNCTIONS = _words(
    """
abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate
filter float format frozenset hash hex id int isinstance issubclass iter len list map max min next
object oct ord pow property range repr reversed round set slice sorted staticmethod str sum super
tuple type zip True False None Ellipsis NotImplemented
"""
)

# They end a process or an interpreter, which is not for a policy to decide.
_NOT_FOR_POLICIES = {"SystemExit", "KeyboardInterrupt", "BaseException", "BaseExceptionGroup"}

# Ways from an object to the interpreter, or from an array to a file or to raw memory.
FORBIDDEN_ATTRIBUTES = frozenset(
    _words(
        """
    ag_await ag_code ag_frame cr_await cr_code cr_frame cr_origin ctypes dump dumps f_back
    f_builtins f_code f_globals f_lasti f_locals f_trace gi_code gi_frame gi_yieldfrom mro setflags
    tb_frame tb_lasti tb_lineno tb_next tofile
"""
    )
)

_NUMPY = _words(
    """
abs absolute add all allclose amax amin any append arange arccos arcsin arctan arctan2 argmax argmin
argpartition argsort argwhere around array array_equal array_split asarray ascontiguousarray
atleast_1d atleast_2d average bincount bitwise_and bitwise_or bitwise_xor bool_ broadcast_to ceil
clip column_stack concatenate copy cos count_nonzero cross cumprod cumsum deg2rad diag diff digitize
divide dot dstack dtype e empty empty_like equal exp expand_dims eye fill_diagonal flatnonzero flip
fliplr flipud float16 float32 float64 floor floor_divide fmax fmin full full_like greater
greater_equal hstack hypot identity indices inf int16 int32 int64 int8 integer intersect1d
invert isclose isfinite isin isinf isnan ix_ less less_equal lexsort linspace log log10 log1p log2
logical_and logical_not logical_or logical_xor matmul max maximum mean median meshgrid min minimum
mod multiply nan nan_to_num nanargmax nanargmin nanmax nanmean nanmin ndarray ndenumerate ndim
ndindex negative newaxis nonzero not_equal number ones ones_like outer pad partition percentile pi
power prod ptp quantile rad2deg ravel remainder repeat reshape roll rot90 round searchsorted
setdiff1d shape sign sin size sort split sqrt square squeeze stack std subtract sum swapaxes take
tan tanh tile trace transpose tril triu trunc uint16 uint32 uint64 uint8 union1d unique
unravel_index ravel_multi_index var vstack where zeros zeros_like
"""
)


class Unavailable(AttributeError):
    """A policy asked for something that policies do not have."""


class Numpy(SimpleNamespace):
    """The part of numpy that computes."""

    def __getattr__(self, name: str) -> Any:
        raise Unavailable(f"np.{name} is not available to policies")


def hidden(name: object) -> bool:
    """Whether an attribute of this name leads out of the sandbox."""
    text = str(name)
    return (text.startswith("__") and text.endswith("__")) or text in FORBIDDEN_ATTRIBUTES


def _getattr(target: Any, name: str, *default: Any) -> Any:
    if hidden(name):
        raise Unavailable(f"the attribute '{name}' is not available to policies")
    return getattr(target, name, *default)


def _hasattr(target: Any, name: str) -> bool:
    return not hidden(name) and hasattr(target, name)


def _setattr(target: Any, name: str, value: Any) -> None:
    if hidden(name):
        raise Unavailable(f"the attribute '{name}' is not available to policies")
    setattr(target, name, value)


def _print(*_: object, **__: object) -> None:
    """There is nobody to read it."""


def _import(name: str, *_: object) -> ModuleType:
    """For numpy alone, which imports parts of itself while it computes for a policy."""
    if not name.startswith(("numpy._core", "numpy.core")) or name not in sys.modules:
        raise ImportError("a policy imports nothing; np and deque are there")
    return sys.modules[name]


def _exceptions() -> dict[str, type[BaseException]]:
    return {
        name: value
        for name, value in vars(builtins).items()
        if isinstance(value, type)
        and issubclass(value, BaseException)
        and name not in _NOT_FOR_POLICIES
    }


def allowed_builtins() -> dict[str, Any]:
    """The builtins of a policy's namespace."""
    functions = {name: getattr(builtins, name) for name in _FUNCTIONS}
    own = {"getattr": _getattr, "hasattr": _hasattr, "setattr": _setattr, "print": _print}
    # Without it, a class statement does not work.
    special = {"__build_class__": builtins.__build_class__, "__import__": _import}
    return {**functions, **_exceptions(), **own, **special}


def _default_rng(seed: Any) -> np.random.Generator:
    """A generator that gives the same numbers in every repetition: the seed is no option."""
    return np.random.default_rng(seed)


def numpy_for_policies() -> Numpy:
    """What a policy sees as ``np``."""
    functions = {name: getattr(np, name) for name in _NUMPY if hasattr(np, name)}
    return Numpy(**functions, random=Numpy(default_rng=_default_rng))
