"""Front end of the CPU device: checks Metal source and compiles it for the processor."""

from assay.msl.compiler import compile
from assay.msl.program import Argument, Kernel, Program
from assay.msl.symbols import locate

__all__ = ["Argument", "Kernel", "Program", "compile", "locate"]
