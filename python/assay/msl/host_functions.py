"""Which functions of the host a kernel may reach: those its mathematics compiles to."""

from __future__ import annotations

import re

from assay.errors import Diagnostic
from assay.msl.translate import SOURCE_NAME

_MATHEMATICS = (
    # These are instructions on most processors.
    "ceilf floorf fma fmaf nearbyintf rint rintf roundf roundevenf truncf "
    "acosf acoshf asinf asinhf atan2f atanf atanhf cosf fmodf frexpf ilogbf ldexpf powf sinf "
    # Those that the optimiser makes of powers with special bases and exponents, of sine and cosine.
    "cbrtf exp10f exp2f expf ldexp log10f log2f logf sincosf sqrtf tanf"
)
_MEMORY = "memcpy memmove memset memcmp"
ALLOWED = frozenset((*_MATHEMATICS.split(), *_MEMORY.split()))

_UNDEFINED = re.compile(
    r"undefined symbol: (?P<name>.+)\n(?:>>> referenced by (?P<file>[^\s:]+)(?::(?P<line>\d+))?)?"
)


def undefined_functions(linker_output: str) -> list[Diagnostic]:
    """A diagnostic for every function that is neither the candidate's nor allowed."""
    found = []
    for match in _UNDEFINED.finditer(linker_output):
        name = match.group("name").strip()
        if name in ALLOWED:
            continue
        own = match.group("file") == SOURCE_NAME and match.group("line")
        found.append(
            Diagnostic(
                f"undefined function '{name}'",
                int(match.group("line")) if own else None,
                rule="undefined-function",
                hint="define it in the source; a kernel cannot call functions of the host",
            )
        )
    return found
