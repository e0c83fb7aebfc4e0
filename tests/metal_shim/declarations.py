"""What the hand-written headers declare, as clang understands it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TARGET = "aarch64-macos.14.0"
SCALARS = {
    "void": "v",
    "bool": "B",
    "BOOL": "B",
    "double": "d",
    "unsigned long": "Q",
    "unsigned long long": "Q",
    "long": "q",
    "MTLSize": "{QQQ}",
    "const char *": "*",
    "void *": "^",
    "const void *": "^",
}


@dataclass
class Declarations:
    """Methods by class or protocol ("-" or "+" and selector, with kinds of result and arguments),
    and values by name."""

    methods: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)


def read(folder: Path) -> Declarations:
    """Declarations of ``folder``/Metal/Metal.h and what it includes."""
    command = [sys.executable, "-m", "ziglang", "c++", "-target", TARGET, "-x", "objective-c++"]
    # With -c, zig does not prepare to link, for which it would compile a C++ library first.
    command += ["-std=c++17", "-fobjc-arc", "-fblocks", "-c", "-fsyntax-only", "-w", f"-I{folder}"]
    command += ["-Xclang", "-ast-dump=json", str(folder / "Metal" / "Metal.h")]
    # It writes an object file into the working directory, whatever -o says.
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)
    assert done.stdout.startswith("{"), done.stderr
    found = Declarations()
    enums: dict[str, str] = {}
    for node in json.loads(done.stdout)["inner"]:
        if node["kind"] == "EnumDecl" and "fixedUnderlyingType" in node:
            enums[node.get("name", "")] = node["fixedUnderlyingType"]["qualType"]
            found.values |= dict(_constants(node))
        elif node["kind"] in ("ObjCInterfaceDecl", "ObjCProtocolDecl"):
            methods = {_name(method): _kinds(method, enums) for method in _methods(node)}
            found.methods.setdefault(node["name"], {}).update(methods)
    return found


def _constants(enum: dict[str, Any]) -> Iterator[tuple[str, int]]:
    following = 0
    for constant in enum.get("inner", []):
        if constant["kind"] != "EnumConstantDecl":
            continue
        value = _value(constant)
        following = following if value is None else value
        yield constant["name"], following
        following += 1


def _value(node: dict[str, Any]) -> int | None:
    for inner in node.get("inner", []):
        if inner["kind"] == "ConstantExpr":
            return int(inner["value"])
        found = _value(inner)
        if found is not None:
            return found
    return None


def _methods(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [inner for inner in node.get("inner", []) if inner["kind"] == "ObjCMethodDecl"]


def _name(method: dict[str, Any]) -> str:
    return ("-" if method["instance"] else "+") + str(method["name"])


def _kinds(method: dict[str, Any], enums: dict[str, str]) -> list[str]:
    arguments = [one["type"] for one in method.get("inner", []) if one["kind"] == "ParmVarDecl"]
    return [_kind(one, enums) for one in [method["returnType"], *arguments]]


def _kind(node: dict[str, str], enums: dict[str, str]) -> str:
    """Kind of a type, as extract_metal_facts.py writes it."""
    spelled = node.get("desugaredQualType", node["qualType"])
    for word in ("_Nonnull", "_Nullable", "__autoreleasing", "__strong", "enum ", "struct "):
        spelled = spelled.replace(word, "")
    spelled = " ".join(spelled.split())
    if spelled in enums:
        spelled = enums[spelled]
        spelled = {"NSUInteger": "unsigned long", "NSInteger": "long"}.get(spelled, spelled)
    if spelled in SCALARS:
        return SCALARS[spelled]
    if "(^" in spelled:
        return "?"
    if spelled.endswith(("* *", "**")) or "Autoreleased" in spelled:
        return "^"
    return "@" if spelled.startswith(("id", "instancetype")) or spelled.endswith("*") else spelled
