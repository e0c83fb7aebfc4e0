"""``autotune``: a model without an LLM, which mutates the incumbent's source.

The mutations preserve what a kernel computes, up to the rounding that Metal's default fast math
leaves open. They know nothing of the task. ``table`` lists them; each is one function that finds
the places of a program where it applies.
"""

from assay.kernels.autotune.model import Autotune, Mutant, mutants

__all__ = ["Autotune", "Mutant", "mutants"]
