"""Benchmark suite and search harness: a frozen LLM writes artifacts, a machine evaluates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.devices import device, device_names

__all__ = ["__version__", "device", "device_names"]


def __getattr__(name: str) -> Any:
    if name in ("device", "device_names"):
        from assay import devices

        return getattr(devices, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("metal-assay")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
