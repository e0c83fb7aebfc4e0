"""``command.py ARGUMENTS...``: ``assay`` with workers that AddressSanitizer can start in.

It reserves more memory than a worker may have.
"""

from __future__ import annotations

import sys

from assay.cli import main
from assay.kernels import worker

worker.memory_limit = lambda: 0
sys.argv[0] = "assay"
main()
