"""The tasks' seeds on the CPU device, run by the harness in this process."""

from __future__ import annotations

import assay
from assay.kernels.folder import load_task
from assay.kernels.harness import Allowance, build
from assay.kernels.references import Expected, expected
from assay.kernels.spec import Size
from assay.kernels.workload import Workload

SECONDS = 300.0  # A seed that takes longer in all is broken.


class Seed:
    """The compiled seed of a task.

    Raises:
        DeviceError: There is no CPU device here.
    """

    def __init__(self, name: str) -> None:
        self.task = load_task(name)
        self.device = assay.device("cpu")
        self._allowance = Allowance(SECONDS, lambda _: None)
        self._program = build(self.device, self.task.spec, self.task.seed, self._allowance)

    def work(self, size: Size) -> float:
        """Bytes or flop of one repetition by the task's model."""
        return float(size.evaluate(self.task.spec.work))

    def workload(self, size: Size, content: Expected | None = None) -> Workload:
        """Buffers for a size, with the published inputs where no others are given."""
        return Workload(self.device, self.task, size, content or expected(self.task, size))

    def run(self, workload: Workload) -> float:
        """One repetition on rewritten buffers; the seconds of its kernels alone."""
        return workload.run(self._program, self._allowance).seconds
