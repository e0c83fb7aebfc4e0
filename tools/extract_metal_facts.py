"""Extract what Apple declares about Metal from two published packages.

    python tools/extract_metal_facts.py tests/metal_shim/metal_facts.json

downloads both with pip and writes the selectors with their types, and the values of enumerations,
for the classes and protocols that Assay's hand-written headers declare. The sources are

- pyobjc-framework-Metal (MIT): values of enumerations from its metadata, and the type encodings of
  Apple's protocols that its compiled library holds;
- mlx-metal (MIT), which holds Apple's metal-cpp headers (Apache-2.0): selectors with C++ types.

Types are reduced to what matters for a call: ``@`` object, ``:`` selector, ``B`` BOOL, ``Q`` and
``q`` integers of 8 bytes without and with sign, ``d`` double, ``*`` string, ``^`` other pointer,
``?`` block, ``v`` nothing, ``{QQQ}`` a structure.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADERS = ROOT / "tests" / "metal_shim" / "include"
PACKAGES = {
    "pyobjc-framework-Metal": "12.2.2",
    "mlx-metal": "0.32.4",
}
PLATFORMS = ("macosx_14_0_arm64", "macosx_10_9_universal2", "macosx_11_0_universal2")
ARM64 = 0x0100000C


def fetch(name: str, version: str, folder: Path) -> Path:
    """Download the macOS wheel of a package; returns its path."""
    platforms = [option for name in PLATFORMS for option in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *platforms]
    command += ["--only-binary", ":all:", "--python-version", "3.11", "--dest", str(folder)]
    subprocess.run([*command, f"{name}=={version}"], check=True)
    stem = name.replace("-", "_").lower()
    return next(path for path in folder.iterdir() if path.name.lower().startswith(stem))


class MachO:
    """The Objective-C protocols in a library for arm64: method names with type encodings."""

    def __init__(self, data: bytes) -> None:
        self._data = _slice(data, ARM64)
        self._segments: list[tuple[int, int, int]] = []
        self._sections: dict[str, tuple[int, int]] = {}
        (count,) = struct.unpack_from("<I", self._data, 16)
        at = 32
        for _ in range(count):
            command, size = struct.unpack_from("<II", self._data, at)
            if command == 0x19:  # a segment and its sections
                self._add_segment(at)
            at += size

    def _add_segment(self, at: int) -> None:
        address, size, offset = struct.unpack_from("<3Q", self._data, at + 24)
        self._segments.append((address, size, offset))
        (count,) = struct.unpack_from("<I", self._data, at + 64)
        for section in range(at + 72, at + 72 + 80 * count, 80):
            name = self._data[section : section + 16].split(b"\0")[0].decode()
            self._sections[name] = struct.unpack_from("<2Q", self._data, section + 32)

    def protocols(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Names of protocols, each with the encodings of its methods by "-" or "+" and selector."""
        start, size = self._sections["__objc_protolist"]
        for place in range(start, start + size, 8):
            protocol = self._pointer(place)
            methods: dict[str, str] = {}
            for index, sign in enumerate("-+-+"):  # required, then optional ones
                methods |= self._methods(self._pointer(protocol + 24 + 8 * index), sign)
            yield self._text(self._pointer(protocol + 8)), methods

    def _methods(self, address: int, sign: str) -> dict[str, str]:
        if not address:
            return {}
        flags, count = self._words(address, 2)
        small, size = flags >> 31, flags & 0xFFFC
        found = {}
        for entry in range(address + 8, address + 8 + size * count, size):
            if small:  # offsets relative to themselves
                name_at, type_at = (entry + 4 * i + self._signed(entry + 4 * i) for i in (0, 1))
                name = self._text(self._pointer(name_at))
            else:
                name, type_at = self._text(self._pointer(entry)), self._pointer(entry + 8)
            found[sign + name] = self._text(type_at)
        return found

    def _offset(self, address: int) -> int:
        for start, size, offset in self._segments:
            if start <= address < start + size:
                return address - start + offset
        raise ValueError(f"address {address:#x} is in no segment")

    def _pointer(self, address: int) -> int:
        (value,) = struct.unpack_from("<Q", self._data, self._offset(address))
        bound_elsewhere = value >> 63
        return 0 if bound_elsewhere else value & ((1 << 36) - 1)

    def _words(self, address: int, count: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{count}I", self._data, self._offset(address))

    def _signed(self, address: int) -> int:
        return struct.unpack_from("<i", self._data, self._offset(address))[0]

    def _text(self, address: int) -> str:
        start = self._offset(address)
        return self._data[start : self._data.index(b"\0", start)].decode()


def _slice(data: bytes, processor: int) -> bytes:
    magic, count = struct.unpack_from(">2I", data)
    if magic != 0xCAFEBABE:
        return data
    for index in range(count):
        kind, _, offset, size, _ = struct.unpack_from(">5I", data, 8 + 20 * index)
        if kind == processor:
            return data[offset : offset + size]
    raise ValueError("the library has no part for this processor")


def reduce_encoding(encoding: str) -> list[str]:
    """Result and arguments of a type encoding, without receiver and selector."""
    encoding = re.sub(r"\{\w*\?*=(\w+)\}", r"{\1}", encoding)
    tokens = re.findall(
        r"[rnNoORV]*(\{\w+\}|@\?|@|\^\{[^}]*\}|\^+v|\^[\w@?]|\*|[A-Za-z:#?])\d*", encoding
    )
    kinds = ["?" if token == "@?" else "^" if token.startswith("^") else token for token in tokens]
    return [kinds[0], *kinds[3:]]


def reduce_cpp(spelling: str, enums: dict[str, str]) -> str:
    """Kind of a type as metal-cpp spells it."""
    spelling = re.sub(r"\bconst\b|\bclass\b", "", spelling).replace(" ", "")
    scalars = {
        "void": "v",
        "bool": "B",
        "double": "d",
        "CFTimeInterval": "d",
        "NS::UInteger": "Q",
        "NS::Integer": "q",
        "UInteger": "Q",
        "Integer": "q",
        "uint64_t": "Q",
        "MTL::Size": "{QQQ}",
        "char*": "*",
    }
    if spelling in scalars:
        return scalars[spelling]
    for name in (spelling.replace("::", ""), "NS" + spelling):  # the headers are inside the spaces
        if name in enums:
            return "Q" if enums[name] == "UInteger" else "q"
    if re.search(r"(Handler|Block)$", spelling):
        return "?"
    if spelling.endswith("**") or spelling in ("void*",) or "Autoreleased" in spelling:
        return "^"
    return "@" if spelling.endswith("*") else spelling


def cpp_facts(text: str) -> tuple[dict[str, dict[str, list[str]]], dict[str, dict[str, int]]]:
    """Methods by class, and values by enumeration, that metal-cpp's headers declare."""
    enums, underlying = {}, {}
    for space, base, name, body in re.findall(
        r"_(MTL|NS)_(?:ENUM|OPTIONS)\(\s*NS::(\w+)\s*,\s*(\w+)\s*\)\s*\{(.*?)\}", text, re.DOTALL
    ):
        enums[space + name] = _values(space, body)
        underlying[space + name] = base
    selectors = dict(
        re.findall(r"_(?:MTL|NS)_PRIVATE_DEF_SEL\(\s*(\w+)\s*,\s*\"([^\"]+)\"\s*\)", text)
    )
    methods: dict[str, dict[str, list[str]]] = {}
    pattern = re.compile(
        r"_(?:MTL|NS)_INLINE\s+(?P<result>[\w:<>*\s,]+?)\s*\b(?P<space>MTL|NS)::(?P<cls>\w+)(?:<\w+>)?::\w+\("
        r"(?P<arguments>[^)]*)\)\s*(?:const)?\s*\{\s*(?:return\s+)?(?:NS::)?(?:Object::)?"
        r"sendMessage(?:Safe)?<[^;]*?>\(\s*(?P<self>this|_\w+\(\w+\))\s*,\s*"
        r"_(?:MTL|NS)_PRIVATE_SEL\((?P<selector>\w+)\)",
        re.DOTALL,
    )
    for match in pattern.finditer(text):
        spelled = [re.sub(r"\b\w+$", "", one.strip()) for one in match["arguments"].split(",")]
        kinds = [reduce_cpp(one, underlying) for one in [match["result"], *spelled] if one.strip()]
        sign = "-" if match["self"] == "this" else "+"
        name = sign + selectors.get(match["selector"], match["selector"])
        methods.setdefault(match["space"] + match["cls"], {})[name] = kinds
    return methods, enums


def _values(space: str, body: str) -> dict[str, int]:
    values: dict[str, int] = {}
    following = 0
    for item in re.sub(r"//.*", "", body).split(","):
        name, _, expression = (part.strip() for part in item.partition("="))
        if name and not expression.endswith(("Max", "UIntegerMax")):
            value = eval(expression, {}, dict(values)) if expression else following
            values[name], following = value, value + 1
    return {space + name: value for name, value in values.items()}


def declared() -> tuple[set[str], set[str]]:
    """Names of the classes and protocols, and of the enumerations, in the hand-written headers."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(HEADERS.rglob("*.h")))
    kinds = set(re.findall(r"@(?:interface|protocol) (\w+)[ <]", text))
    return kinds, set(re.findall(r"NS_(?:ENUM|OPTIONS)\(\w+, (\w+)\) \{", text))


def extract(pyobjc: Path, mlx: Path) -> dict[str, object]:
    """The facts about what the hand-written headers declare."""
    with zipfile.ZipFile(pyobjc) as wheel:
        library = next(name for name in wheel.namelist() if re.search(r"/_Metal\..*so$", name))
        encodings = dict(MachO(wheel.read(library)).protocols())
        metadata = wheel.read("Metal/_metadata.py").decode()
    with zipfile.ZipFile(mlx) as wheel:
        names = [name for name in wheel.namelist() if re.search(r"metal_cpp/\w+/\w+\.hpp$", name)]
        text = "".join(wheel.read(name).decode() for name in sorted(names))
    methods, enums = cpp_facts(text)
    kinds, enumerations = declared()
    spelled = {
        kind: {
            name: reduce_encoding(code) for name, code in sorted(encodings.get(kind, {}).items())
        }
        for kind in sorted(kinds)
    }
    constants = {name: int(value) for name, value in re.findall(r"\b(MTL\w+)@(-?\d+)", metadata)}
    return {
        "sources": [
            {
                "package": name,
                "version": version,
                "file": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for (name, version), path in zip(PACKAGES.items(), (pyobjc, mlx), strict=True)
        ],
        "pyobjc": {
            "methods": {kind: found for kind, found in spelled.items() if found},
            "values": {
                name: value
                for name, value in sorted(constants.items())
                if any(name in enums.get(kind, {}) for kind in enumerations)
            },
        },
        "metal_cpp": {
            "methods": {kind: methods[kind] for kind in sorted(kinds) if kind in methods},
            "values": {
                name: value
                for kind in sorted(enumerations)
                for name, value in sorted(enums.get(kind, {}).items())
            },
        },
    }


def main() -> None:
    """Write the facts to the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheels = [fetch(name, version, Path(folder)) for name, version in PACKAGES.items()]
        facts = extract(*wheels)
    text = json.dumps(facts, indent=1, sort_keys=True)
    # One line per method.
    text = re.sub(
        r"\[\s+(\"[^\[\]]*?\")\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text
    )
    arguments.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
