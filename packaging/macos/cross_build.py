"""Cross-compile the macOS wheel on Linux and inspect it.

    pip install ziglang scikit-build-core pybind11 cmake ninja lief
    python packaging/macos/cross_build.py dist

takes minutes. Nothing in the wheel is run: that takes a Mac. The wheel is for inspection, not for
release, as its linker has seen stubs in place of Apple's libraries.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def _script(path: Path, *command: str) -> str:
    path.write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def build(output: Path) -> Path:
    """Build the wheel for this version of Python into a folder; returns its path."""
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {
            "ASSAY_CROSS_COMPILER": _script(
                folder / "c++", sys.executable, str(HERE / "compiler.py")
            ),
            "ASSAY_CROSS_AR": _script(folder / "ar", sys.executable, "-m", "ziglang", "ar"),
            "ASSAY_CROSS_PYTHON": version,
            "CMAKE_ARGS": f"-DCMAKE_TOOLCHAIN_FILE={HERE / 'toolchain.cmake'}",
            "_PYTHON_HOST_PLATFORM": "macosx-14.0-arm64",
            "MACOSX_DEPLOYMENT_TARGET": "14.0",
        }
        command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", str(output)]
        command += ["-C", f"wheel.tags=cp{version}-cp{version}-macosx_14_0_arm64"]
        # CMake remembers where the compiler was: what an earlier build left is of no use.
        command += ["-C", f"build-dir={folder / 'build'}"]
        subprocess.run(command, check=True, env=environment)
    return max(output.glob("*macosx*.whl"), key=lambda path: path.stat().st_mtime)


def main() -> None:
    """Build, then inspect."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path)
    wheel = build(parser.parse_args().output)
    inspect = [sys.executable, str(HERE / "inspect_wheel.py"), str(wheel)]
    raise SystemExit(subprocess.run(inspect, check=False).returncode)


if __name__ == "__main__":
    main()
