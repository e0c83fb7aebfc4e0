"""The kinds of mutation, one line each."""

from __future__ import annotations

from assay.kernels.autotune import arithmetic, hoisting, launch, loops, scalars, tiling, widths
from assay.kernels.autotune.rewrite import Mutation

MUTATIONS = (
    Mutation("scalarise", 4, scalars.scalarise),
    Mutation("unroll", 2, loops.unroll),
    Mutation("unroll-accumulators", 2, loops.unroll_accumulators),
    Mutation("vector-width", 2, widths.vector_width),
    Mutation("tile", 1, tiling.tile),
    Mutation("invariant", 1, hoisting.invariants),
    Mutation("local-constants", 1, hoisting.local_constants),
    Mutation("reciprocal", 1, arithmetic.reciprocal),
    Mutation("power", 1, arithmetic.power),
    Mutation("fma", 1, arithmetic.fused),
    Mutation("fast-math", 1, arithmetic.fast_math),
    Mutation("no-alias", 1, launch.no_alias),
    Mutation("launch-cap", 1, launch.launch_cap),
)
