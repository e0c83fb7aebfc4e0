"""Leaves out what belongs to Metal but not to what this compiler covers: textures, ray tracing and
the functions of the graphics pipeline, with everything that mentions them."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping

from assay.errors import Diagnostic
from assay.msl.findings import at
from assay.msl.structure import Declaration, Function, Range, Structure
from assay.msl.tokens import Token

UNSUPPORTED = re.compile(
    r"(?:texture(?:1d|2d|2d_ms|3d|cube|_buffer)|texture(?:1d|2d|2d_ms|cube)_array"
    r"|depth(?:2d|2d_ms|cube|2d_array|2d_ms_array|cube_array)|sampler|raytracing|intersector"
    r"|intersection_query|intersection_params|intersection_function_table|visible_function_table"
    r"|(?:primitive_|instance_)?acceleration_structure|imageblock|render_pipeline_state"
    r"|compute_pipeline_state|command_buffer|render_command|compute_command|mesh"
    r"|mesh_grid_properties|patch_control_point)$"
)
_STAGE_WORDS = frozenset(("vertex", "fragment"))
_STAGE_ATTRIBUTES = frozenset((*_STAGE_WORDS, "mesh", "object", "intersection"))
_RAY_TRACING = ("ray", "ray_data", "intersection_type", "triangle_data", "instancing")
_FUNCTIONS = frozenset(("dfdx", "dfdy", "fwidth", "discard_fragment"))
_NO_TYPES = frozenset(
    """
    const constexpr volatile static device constant thread threadgroup return else case goto
    typename using namespace sizeof do
    """.split()  # noqa: SIM905
)


def unsupported(structure: Structure) -> list[int]:
    """The tokens that are types of textures, ray tracing or command buffers.

    A variable, or a type of the source, may have the name of one.
    """
    named = {token.text for token in structure.tokens if UNSUPPORTED.match(token.text)}
    named -= _namespaces(structure)
    if "raytracing" in named:
        named.update(_RAY_TRACING)
    named -= structure.type_names | {d.name for d in structure.declarations}
    found: list[int] = []
    for declaration in structure.declarations if named else ():
        places = [i for i in range(*declaration.span) if structure.at(i) in named]
        own = {structure.at(i) for i in places if declares(structure, i)}
        found += [i for i in places if structure.at(i) not in own and not _is_member(structure, i)]
    return found


def _namespaces(structure: Structure) -> set[str]:
    """The namespaces that a source opens."""
    return {
        structure.at(index + 1)
        for index, token in enumerate(structure.tokens)
        if token.text == "namespace" and structure.at(index + 2) == "{"
    }


def _is_member(structure: Structure, index: int) -> bool:
    return structure.at(index - 1) in (".", "->")


def declares(structure: Structure, index: int) -> bool:
    """Whether a name is declared here: it stands behind a type, before the end of a declarator."""
    before = index - 1
    while structure.at(before) in ("*", "&"):
        before -= 1
    text, token = structure.at(before), structure.tokens[before]
    behind_type = text in (">", "}") or (token.kind == "identifier" and text not in _NO_TYPES)
    return behind_type and structure.at(index + 1) in ("=", ";", ",", ")", "(", "{", "[", ":")


def stage(structure: Structure, function: Function) -> str | None:
    """``vertex``, ``fragment`` and the like for a function of the graphics pipeline."""
    words = structure.words((function.start, function.name_index))
    stages = [word for word in words if word in _STAGE_WORDS]
    stages += [a.name for a, _ in function.placed if a.name in _STAGE_ATTRIBUTES]
    return stages[0] if stages else None


def left_out(structure: Structure) -> tuple[list[Range], list[Diagnostic]]:
    """What to leave out, and a warning for each kernel and each function of the graphics pipeline.

    Nothing, if no kernel would remain.
    """
    reasons = _seeds(structure)
    if not reasons:
        return [], []
    _spread(structure, reasons)
    spans = [structure.declarations[index].span for index in sorted(reasons)]
    kernels = [f for f in structure.kernels if f.template is None]
    entries = [f.start for f in kernels] + [i.span[0] for i in structure.instantiations]
    if all(any(start <= entry < stop for start, stop in spans) for entry in entries):
        return [], []
    return spans, _warnings(structure, reasons)


def without(tokens: list[Token], spans: list[Range]) -> list[Token]:
    """Tokens with layout, less the code in ``spans``, which count tokens of code."""
    dropped = {index for span in spans for index in range(*span)}
    kept, index = [], 0
    for token in tokens:
        if not token.is_code or index not in dropped:
            kept.append(token)
        index += token.is_code
    return kept


def _seeds(structure: Structure) -> dict[int, str]:
    """Declarations that mention textures and the like, by position, with what they mention."""
    functions = _FUNCTIONS - {function.name for function in structure.functions}
    places = {index: structure.at(index) for index in unsupported(structure)}
    for index, token in enumerate(structure.tokens):
        if token.text in functions and structure.at(index + 1) == "(":
            places[index] = token.text
    for function in structure.functions:
        if kind := stage(structure, function):
            places[function.start] = kind
    starts = [declaration.span[0] for declaration in structure.declarations]
    return {bisect.bisect_right(starts, i) - 1: places[i] for i in sorted(places, reverse=True)}


def _spread(structure: Structure, reasons: dict[int, str]) -> None:
    """Add the declarations that mention a name which nothing else declares."""
    declarations = structure.declarations
    words = [_words(structure, declaration) for declaration in declarations]
    while True:
        kept = {d.name for i, d in enumerate(declarations) if i not in reasons}
        lost = {declarations[i].name: why for i, why in reasons.items()}
        lost = {name: why for name, why in lost.items() if name and name not in kept}
        added = {
            position: lost[name]
            for position, found in enumerate(words)
            if position not in reasons
            for name in sorted(found & lost.keys())[:1]
        }
        if not added:
            return
        reasons.update(added)


def _words(structure: Structure, declaration: Declaration) -> frozenset[str]:
    """The identifiers of a declaration but those of members and those that it declares itself."""
    places = [i for i in range(*declaration.span) if structure.tokens[i].kind == "identifier"]
    own = {structure.at(i) for i in places if declares(structure, i)}
    used = {structure.at(i) for i in places if not _is_member(structure, i)}
    return frozenset(used - own)


def _warnings(structure: Structure, reasons: Mapping[int, str]) -> list[Diagnostic]:
    by_start = {structure.declarations[i].span[0]: why for i, why in reasons.items()}
    functions = [function for function in structure.functions if function.start in by_start]
    found = (_warning(structure, f, by_start[f.start]) for f in functions)
    return [warning for warning in found if warning]


def _warning(structure: Structure, function: Function, why: str) -> Diagnostic | None:
    token, kind = structure.tokens[function.name_index], stage(structure, function)
    if function.is_kernel:
        message = f"kernel '{function.name}' is left out: '{why}' is not supported"
        hint = "pass the data in a device buffer"
        return at(token, message, "unsupported-type", hint, severity="warning")
    if kind:
        message = f"{kind} function '{function.name}' is left out: only kernels are supported"
        return at(token, message, "unsupported-function", severity="warning")
    return None
