"""What the standard library for the CPU device defines."""

from __future__ import annotations

import functools
import re

from assay.msl.toolchain import INCLUDE

_FUNCTIONS = (
    re.compile(r"\bASSAY_(?:INLINE|REPLACEABLE|CALL)\b[^(;{]*?\b([a-z]\w+)\s*\("),
    re.compile(r"\b(?:ASSAY_[A-Z0-9_]+|F)\(\s*([a-z]\w+)\s*[,)]"),  # macros that define several
)
_AROUND = (("", ""), ("simd_", ""), ("quad_", ""), ("atomic_fetch_", "_explicit"))  # by macros


@functools.lru_cache(maxsize=1)
def functions() -> frozenset[str]:
    """The names of its functions; some names of types are among them."""
    texts = [path.read_text(encoding="utf-8") for path in INCLUDE.glob("assay_*.h")]
    names = {name for text in texts for form in _FUNCTIONS for name in form.findall(text)}
    return frozenset(before + name + behind for name in names for before, behind in _AROUND)
