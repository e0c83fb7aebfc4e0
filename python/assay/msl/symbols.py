"""Where in the candidate's source an instruction comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.msl.translate import SOURCE_NAME


def locate(library: str | Path, offset: int) -> tuple[int, int | None] | None:
    """Source position of an instruction in a compiled library.

    Args:
        library: Path of the shared object.
        offset: Address of the instruction, relative to where the object is loaded.

    Returns:
        Line in the candidate's source, and None for the column, which optimised code does not tell
        reliably; None where the instruction is not the candidate's.
    """
    from elftools.elf.elffile import ELFFile

    with Path(library).open("rb") as file:
        elf = ELFFile(file)
        if not elf.has_dwarf_info():
            return None
        dwarf = elf.get_dwarf_info()
        for unit in dwarf.iter_CUs():
            program = dwarf.line_program_for_CU(unit)
            if program:
                line = _line(program, offset)
                if line:
                    return line, None
    return None


def _line(program: Any, offset: int) -> int | None:
    """Line of the row that covers ``offset``: the last one at or below it in its sequence."""
    names = [entry.name.decode() for entry in program["file_entry"]]
    first = 0 if program["version"] >= 5 else 1
    own = {number + first for number, name in enumerate(names) if name == SOURCE_NAME}
    previous = None
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if previous and previous.address <= offset < state.address:
            return int(previous.line) if previous.file in own and previous.line else None
        previous = None if state.end_sequence else state
    return None
