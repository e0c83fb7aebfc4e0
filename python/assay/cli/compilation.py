"""``assay compile``: what sources consist of, as tables or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.text import Text

from assay import _native, msl
from assay.cli.errors import FAILED
from assay.cli.excerpt import diagnostic_lines
from assay.cli.terminal import Output, table
from assay.errors import CompileError, Diagnostic, PipelineError
from assay.kernels.results import Finding
from assay.names import UsageError
from assay.sources import SourceFileError, read_source_file


@dataclass
class Compilation:
    """Record of one file. ``kernels`` is empty where it does not compile."""

    file: str
    ok: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    kernels: list[dict[str, Any]] = field(default_factory=list)
    function_constants: list[dict[str, Any]] = field(default_factory=list)
    source: str = ""

    def record(self) -> dict[str, Any]:
        """The JSON record."""
        fields = asdict(self)
        del fields["source"]
        return fields


def run_compilation(
    files: Sequence[str], include: Sequence[Path], defines: Sequence[str], as_json: bool
) -> int:
    """Compile the files and print each as soon as it is done; the exit code."""
    for directory in include:
        if not directory.is_dir():
            raise UsageError(f"-I {directory}: there is no such directory")
    every_ok = True
    with Output(progress=not as_json) as output:
        for number, file in enumerate(files):
            output.show(f"compiling {file}", number, len(files))
            found = _compile(file, [path.resolve() for path in include], defines)
            every_ok &= found.ok
            if as_json:
                output.print_json(found.record())
            else:
                _print(output, found)
    return 0 if every_ok else FAILED


def _compile(file: str, include: Sequence[Path], defines: Sequence[str]) -> Compilation:
    result = Compilation(file)
    try:
        result.source = read_source_file(file, errors="replace")
        _Compiler(result, [Path(file).resolve().parent, *include], defines).run()
    except SourceFileError as error:
        result.diagnostics = [Diagnostic(str(error), rule="file")]
    except CompileError as error:
        result.ok = False
        result.diagnostics = list(error.diagnostics)
    return result


@dataclass
class _Compiler:
    """Compiles the source of ``result`` and fills in the rest."""

    result: Compilation
    include: Sequence[Path]
    defines: Sequence[str]

    def run(self) -> None:
        program = self.program(None)
        self.result.ok = True
        self.result.diagnostics = list(program.warnings)
        self.result.function_constants = [asdict(constant) for constant in program.constants]
        library = _native.cpu_device(lambda *_: program).compile(self.result.source)
        self.result.kernels = [self.describe(library, kernel) for kernel in program.kernels]

    def program(self, kernel: str | None) -> msl.Program:
        source = self.result.source
        return msl.compile(source, None, self.include, self.defines, kernel)

    def describe(self, library: _native.Library, kernel: msl.Kernel) -> dict[str, Any]:
        fields: dict[str, Any] = asdict(kernel)
        constants = library.function_constants(kernel.name)
        fields["function_constants"] = [
            {"name": c.name, "index": c.index, "type": c.type, "required": c.required}
            for c in constants
        ]
        values = {c.name: _any_value(c.type) for c in constants}
        try:
            pipeline = self.pipeline(library, kernel.name, values)
            fields["threadgroup_memory"] = pipeline.static_threadgroup_memory_length
            fields["max_total_threads_per_threadgroup"] = pipeline.max_total_threads_per_threadgroup
        except PipelineError as error:
            # The library compiles; what Metal refuses is to make a pipeline of this kernel.
            message = Diagnostic(error.message, kernel.line, rule="pipeline", severity="warning")
            self.result.diagnostics.append(message)
        return fields

    def pipeline(
        self, library: _native.Library, name: str, values: Mapping[Any, Any]
    ) -> _native.Pipeline:
        """A pipeline, made of the kernel's own code where the listing counts too much memory."""
        try:
            return library.pipeline(name, values)
        except PipelineError:
            program = self.program(name)
            own = _native.cpu_device(lambda *_: program).compile(self.result.source)
            return own.pipeline(name, values)


def _any_value(constant_type: str) -> Any:
    """A value that a function constant of this type can have."""
    value = False if constant_type.startswith("bool") else 0
    width = int(constant_type[-1]) if constant_type[-1].isdigit() else 1
    return (value,) * width if width > 1 else value


def _header_text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _print(output: Output, found: Compilation) -> None:
    count = len(found.kernels)
    verdict = f"{count} kernel{'' if count == 1 else 's'}" if found.ok else "does not compile"
    output.print(Text.assemble((found.file, "bold"), ": ", verdict))
    for diagnostic in found.diagnostics:
        place = diagnostic.file or found.file
        source = _header_text(place) if diagnostic.file else found.source
        output.print(*diagnostic_lines(Finding.of(diagnostic), place, source))
    for kernel in found.kernels:
        rows = table("argument", "type", "from", title=f"{kernel['name']} (line {kernel['line']})")
        for argument in kernel["arguments"]:
            index = "" if argument["index"] is None else f"({argument['index']})"
            rows.add_row(argument["name"], argument["type"], f"{argument['kind']}{index}")
        output.print(rows)
        facts = [f"up to {kernel.get('max_total_threads_per_threadgroup', '?')} threads"]
        facts.append(f"{kernel.get('threadgroup_memory', '?')} bytes of threadgroup memory")
        facts += ["synchronises"] if kernel["synchronises"] else []
        output.print(Text(f"  {', '.join(facts)}", style="dim"))
        for c in kernel["function_constants"]:
            need = "required" if c["required"] else "optional"
            output.print(Text(f"  function constant {c['index']}: {c['type']} {c['name']}, {need}"))
