"""Stencils that read their neighbours from threadgroup memory.

A kernel whose threads read a buffer around their own place in the grid gets a tile: the
threadgroup loads its part of the buffer and a halo together, and the reads go to the tile. Cells
beyond the edge of the grid are filled with the nearest one inside, so an index that runs over the
edge into the next row no longer finds what it found there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from assay.kernels.autotune.program import Edit, Program
from assay.kernels.autotune.rewrite import Rewrite
from assay.kernels.autotune.syntax import FunctionBody, Node, Statement, bare
from assay.kernels.autotune.types import is_scalar, literal_type, vector
from assay.msl.structure import Parameter

THREADS = 256  # Largest threadgroup that a tile has room for; the kernel is capped at it.
REACH = 2  # Farthest neighbour along an axis.
MEMORY = 32_768  # Bytes of threadgroup memory.
FEWEST_READS = 3  # Different neighbours; fewer are not worth a tile.
_BYTES = {"float": 4, "int": 4, "uint": 4, "half": 2, "short": 2, "ushort": 2}
_POSITION = "thread_position_in_grid"
_ALLOWED = frozenset(("buffer", _POSITION, "threads_per_grid"))
_CAP = "max_total_threads_per_threadgroup"

# A sum of products: coefficients by the sorted factors of each product.
Linear = dict[tuple[str, ...], int]


@dataclass(frozen=True)
class Grid:
    """Where a thread is: its position, the extent along each axis and a cell's index from both."""

    position: str
    extents: tuple[str, ...]

    @property
    def cell(self) -> Linear:
        """Index of the thread's own cell, x fastest."""
        form: Linear = {}
        for axis in range(len(self.extents)):
            form[tuple(sorted((*self.extents[:axis], f"{self.position}.{'xyz'[axis]}")))] = 1
        return form

    def offset(self, index: Linear) -> tuple[int, ...] | None:
        """Steps along each axis from the own cell; None where an index is something else."""
        rest = _sum(index, self.cell, -1)
        steps = []
        for axis in range(len(self.extents)):
            steps.append(rest.pop(tuple(sorted(self.extents[:axis])), 0))
        return None if rest or any(abs(step) > REACH for step in steps) else tuple(steps)


def tile(program: Program) -> Iterator[Rewrite]:
    """Read the neighbours in one buffer of a stencil from a tile."""
    for function in program.functions:
        grid = _grid(program, function)
        if grid is None:
            continue
        for name, reads in _stencils(function, grid).items():
            halo = tuple(max(abs(at[axis]) for _, at in reads) for axis in range(len(grid.extents)))
            cells = _most_cells(halo)
            if cells * _size(function, name) <= MEMORY:
                tiling = _Tiling(program, function, grid, name, halo, cells)
                label = f"read {name} of {function.declared.name} from a tile in threadgroup memory"
                yield Rewrite(label, tuple(tiling.edits(reads)))


def _size(function: FunctionBody, buffer: str) -> int:
    kind = function.variables[buffer].type
    base, width = vector(kind) or (kind, 1)
    return _BYTES.get(base or "", MEMORY + 1) * (4 if width == 3 else width)


def _most_cells(halo: tuple[int, ...]) -> int:
    """Cells of the largest tile that a threadgroup of any shape needs: one that is a single row."""
    rows = []
    for along in range(len(halo)):
        across = [1 + 2 * step for axis, step in enumerate(halo) if axis != along]
        rows.append((THREADS + 2 * halo[along]) * prod(across))
    return max(rows)


def _grid(program: Program, function: FunctionBody) -> Grid | None:
    """The grid of a kernel that works with any threadgroup shape and states its extents."""
    declared = function.declared
    if declared not in program.structure.kernels or any(a.name == _CAP for a, _ in declared.placed):
        return None
    inputs = {a.name for parameter in declared.parameters for a in parameter.attributes}
    position = next((p for p in declared.parameters if _has(p, _POSITION)), None)
    if position is None or not inputs <= _ALLOWED:
        return None
    assert declared.body is not None, "a function with statements has a body"
    texts = {token.text for token in program.tokens[declared.start : declared.body[1]]}
    if "threadgroup" in texts or position.name in function.escaped | _changed(function.block):
        return None
    found = vector(function.variables[position.name].type)
    if found is None or found[0] not in ("uint", "ushort"):
        return None
    extents = _extents(function, position.name)
    names = tuple(extents.get(axis, "") for axis in "xyz"[: found[1]])
    return Grid(position.name, names) if all(names) else None


def _has(parameter: Parameter, attribute: str) -> bool:
    return any(a.name == attribute for a in parameter.attributes)


def _extents(function: FunctionBody, position: str) -> dict[str, str]:
    """Axis to extent, from comparisons ``position.axis >= extent``."""
    found: dict[str, str] = {}
    for node in function.block.nodes():
        if node.kind != "binary" or node.text != ">=":
            continue
        left, right = (_linear(child, function) for child in node.children)
        if left is None or right is None or len(left) != 1 or len(right) != 1:
            continue
        (symbol,), (extent,) = left, right
        if len(symbol) == len(extent) == 1 and symbol[0].startswith(f"{position}."):
            found.setdefault(symbol[0][-1], extent[0])
    return found


Reads = list[tuple[Node, tuple[int, ...]]]


def _stencils(function: FunctionBody, grid: Grid) -> dict[str, Reads]:
    """Reads around the own cell, by buffer; buffers with few different ones are left out."""
    found: dict[str, Reads] = {}
    for node in function.block.nodes():
        if node.kind != "index" or node.children[0].kind != "name":
            continue
        name = node.children[0].text
        variable = function.variables.get(name)
        if variable is None or (variable.shape, variable.origin) != ("pointer", "parameter"):
            continue
        if not {"device", "const"} <= set(variable.qualifiers):
            continue
        form = _linear(node.children[1], function)
        at = grid.offset(form) if form is not None else None
        if at is not None:
            found.setdefault(name, []).append((node, at))
    return {
        name: reads for name, reads in found.items() if len({at for _, at in reads}) >= FEWEST_READS
    }


def _linear(node: Node, function: FunctionBody) -> Linear | None:
    """An integer expression as a sum of products of steady values, or None."""
    node = bare(node)
    if node.kind == "number" and literal_type(node.text) in ("int", "uint"):
        value = int(node.text.rstrip("uU"), 0)
        return {(): value} if value else {}
    if node.kind == "member":
        return {(f"{bare(node.children[0]).text}{node.text}",): 1} if _is_part(node) else None
    if node.kind == "name":
        return _linear_name(node.text, function)
    if node.kind != "binary" or node.text not in ("+", "-", "*"):
        return None
    left, right = (_linear(child, function) for child in node.children)
    if left is None or right is None:
        return None
    if node.text == "*":
        return _product(left, right)
    return _sum(left, right, 1 if node.text == "+" else -1)


def _is_part(node: Node) -> bool:
    return bare(node.children[0]).kind == "name" and node.text in (".x", ".y", ".z")


def _linear_name(name: str, function: FunctionBody) -> Linear | None:
    variable = function.variables.get(name)
    if variable is None or not is_scalar(variable.type) or name in function.escaped:
        return None
    if variable.origin == "local":
        initial = _initial(function.block, name)
        return None if initial is None else _linear(initial, function)
    return {(name,): 1} if variable.is_steady and variable.type in ("uint", "int") else None


def _initial(block: Statement, name: str) -> Node | None:
    """What a local variable is set to once and for all; None where it changes."""
    if name in _changed(block):
        return None
    declared = [
        declarator.initial
        for statement in block.walk()
        for declarator in (statement.declaration.declarators if statement.declaration else ())
        if declarator.name == name
    ]
    return declared[0] if len(declared) == 1 else None


def _changed(block: Statement) -> set[str]:
    """Variables that are assigned to after their declaration."""
    changed = set()
    for node in block.nodes():
        if node.kind == "assign" or (
            node.kind in ("postfix", "unary") and node.text in ("++", "--")
        ):
            target = bare(node.children[0])
            while target.kind in ("member", "index"):
                target = bare(target.children[0])
            changed.add(target.text)
    return changed


def _sum(left: Linear, right: Linear, sign: int) -> Linear:
    result = dict(left)
    for product, coefficient in right.items():
        result[product] = result.get(product, 0) + sign * coefficient
    return {product: coefficient for product, coefficient in result.items() if coefficient}


def _product(left: Linear, right: Linear) -> Linear:
    result: Linear = {}
    for a, m in left.items():
        for b, n in right.items():
            product = tuple(sorted((*a, *b)))
            result[product] = result.get(product, 0) + m * n
    return result


class _Tiling:
    """Writes the tile of one buffer of a kernel."""

    def __init__(
        self,
        program: Program,
        function: FunctionBody,
        grid: Grid,
        buffer: str,
        halo: tuple[int, ...],
        cells: int,
    ) -> None:
        self.program, self.function, self.grid = program, function, grid
        self.buffer, self.halo, self.cells = buffer, halo, cells
        self.axes = "xyz"[: len(halo)]
        self.tile = program.fresh("tile")
        self.size = program.fresh("tile_size")
        self.place = program.fresh("tile_place")
        self.inside = program.fresh("tile_cell")
        self.lane = program.fresh("lane")
        self.group = program.fresh("group")

    def edits(self, reads: Reads) -> Iterator[Edit]:
        """All edits."""
        declared = self.function.declared
        start = declared.template[1] if declared.template else declared.start
        offset = self.program.tokens[start].offset
        yield Edit(offset, offset, f"[[{_CAP}({THREADS})]]\n")
        brace = self.program.tokens[self.function.block.first].offset
        closing = self.program.text.rindex(")", 0, brace)
        kind = f"uint{len(self.axes)}"
        inputs = (
            f",\n    {kind} {self.lane} [[thread_position_in_threadgroup]]"
            f",\n    {kind} {self.group} [[threads_per_threadgroup]]"
        )
        yield Edit(closing, closing, inputs)
        yield Edit(brace + 1, brace + 1, "".join(f"\n    {line}" for line in self.loading()))
        for node, at in reads:
            yield Edit(node.start, node.end, f"{self.tile}[{self.index(at)}]")

    def loading(self) -> Iterator[str]:
        """The threadgroup fills its tile together, before any thread may leave."""
        kind, index = self.function.variables[self.buffer].type, self.program.fresh("n")
        widths = ", ".join(str(2 * step) for step in self.halo)
        vector_type = f"uint{len(self.axes)}"
        yield f"threadgroup {kind} {self.tile}[{self.cells}];"
        yield f"const {vector_type} {self.size} = {self.group} + {vector_type}({widths});"
        yield (
            f"for (uint {index} = {self.flat(self.lane, self.group)};"
            f" {index} < {self.volume(self.size)}; {index} += {self.volume(self.group)}) {{"
        )
        rest = index
        for number, axis in enumerate(self.axes):
            last = number == len(self.axes) - 1
            step = rest if last else f"{rest} % {self.size}.{axis}"
            rest = f"{rest} / {self.size}.{axis}"
            origin = f"{self.grid.position}.{axis} - {self.lane}.{axis}"
            extent = self.grid.extents[number]
            yield (
                f"    const uint from_{axis} = uint(clamp(int({origin} + {step}) -"
                f" {self.halo[number]}, 0, int({extent}) - 1));"
            )
        terms = [
            " * ".join((f"from_{axis}", *self.grid.extents[:number]))
            for number, axis in enumerate(self.axes)
        ]
        yield f"    {self.tile}[{index}] = {self.buffer}[{' + '.join(terms)}];"
        yield "}"
        yield "threadgroup_barrier(mem_flags::mem_threadgroup);"
        halo = ", ".join(map(str, self.halo))
        yield f"const {vector_type} {self.inside} = {self.lane} + {vector_type}({halo});"
        yield f"const uint {self.place} = {self.flat(self.inside, self.size)};"

    def flat(self, position: str, size: str) -> str:
        """Index of a position in a block of that size."""
        terms = []
        for number, axis in enumerate(self.axes):
            factors = (f"{position}.{axis}", *(f"{size}.{a}" for a in self.axes[:number]))
            terms.append(" * ".join(factors))
        return " + ".join(terms)

    def volume(self, size: str) -> str:
        return " * ".join(f"{size}.{axis}" for axis in self.axes)

    def index(self, at: tuple[int, ...]) -> str:
        """Place in the tile of the cell that is so many steps away."""
        text = self.place
        for number, step in enumerate(at):
            stride = " * ".join(f"{self.size}.{axis}" for axis in self.axes[:number])
            if step:
                far = str(abs(step)) if abs(step) > 1 or not stride else ""
                text += f" {'-' if step < 0 else '+'} {' * '.join(filter(None, (far, stride)))}"
        return text
