"""The styles of prompts, by name."""

from __future__ import annotations

from assay.kernels.prompts import ASSAY, Style
from assay.kernels.prompts_published import PUBLISHED

STYLES: dict[str, Style] = {"assay": ASSAY, "published": PUBLISHED}
