"""Sources that make the compiler read files, or end it: nothing of a file gets out."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay import confinement, msl
from assay.errors import CompileError
from assay.msl import toolchain

KERNEL = """
#ifndef V
#define V 1
#endif
kernel void k(device int *x [[buffer(0)]]) { x[0] = V; }
"""
CONTENT = "int word_one = 1\nkeyword word_two $$ 'x\n#error word_three\n#define V word_four\n"

# What stands before the kernel; FILE is the path of a file that exists.
READERS = {
    "include": '#include "FILE"',
    "in angle brackets": "#include <FILE>",
    "include_next": '#include_next "FILE"',
    "import": '#import "FILE"',
    "embed": 'constant uchar t[] = {\n#embed "FILE"\n};',
    "indented": ' \t # \v include "FILE"',
    "digraph": '%:include "FILE"',
    "trigraph": '??=include "FILE"',
    "joined lines": '#inc\\\nlude "FILE"',
    "joined lines with spaces": '#inc\\ \t\nlude "FILE"',
    "comments within": '#/**/include/* */"FILE"',
    "after a comment": '/* \n */ #include "FILE"',
    "after a string that opens a comment": '#define S "/*"\n#include "FILE" // */',
    "after a comment that opens one": '#define S // /*\n#include "FILE" // */',
    "after a carriage return": 'constant int a = 1;\r#include "FILE"',
    "after a NUL": '\0#include "FILE"',
    "after a mark of byte order": '\ufeff#include "FILE"',
    "after a space of Unicode": '\u00a0#include\u2003"FILE"',
    "after a line separator": 'constant int a = 1;\u2028#include "FILE"',
    "name by macro": '#define H "FILE"\n#include H',
    "directive by macro": '#define H #\nH include "FILE"',
    "directive by digraph in a macro": '#define H %:\nH include "FILE"',
    "internal directive": '#__include_macros "FILE"',
    "itself": "#include __FILE__",
    "assembly": 'asm(".incbin \\"FILE\\"");',
    "assembly by macro": '#define C(a, b) a##b\nC(as, m)(".incbin \\"FILE\\"");',
    "assembly in a function": 'void g() { __asm__(".incbin \\"FILE\\""); }',
    "device": '#include "/dev/zero"',
    "environment": '#include "/proc/self/environ"',
    "dependency": '#pragma GCC dependency "FILE" word_one',
    "module": '#pragma clang module import "FILE"',
    "module load": '#pragma clang module load "FILE"',
    "precompiled header": '#pragma GCC pch_preprocess "FILE"',
    "library": '#pragma comment(lib, "FILE")',
    "library by operator": '_Pragma("comment(lib, \\"FILE\\")")',
    "library by macro": '#define DO(x) _Pragma(#x)\nDO(comment(lib, "FILE"))',
    "other name": '#pragma include_alias("metal_stdlib", "FILE")\n#include "metal_stdlib"',
    "line": '#line 1 "FILE"\nint y = ;',
    "line marker": '# 1 "FILE" 1\nint y = ;',
}


def outcome(source: str) -> str:
    try:
        msl.compile(source)
    except CompileError as error:
        assert error.diagnostics
        return str(error)
    return ""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.h"
    path.write_text(CONTENT)
    return path


@pytest.fixture(params=["confined", "as on a system that confines nothing"])
def system(request, monkeypatch) -> str:
    if request.param != "confined":
        monkeypatch.setattr(toolchain, "confined", lambda function, readable, writable: function())
    return request.param


@pytest.mark.parametrize("name", READERS)
def test_nothing_of_a_file_is_told(name, secret, system) -> None:
    text = f"{READERS[name].replace('FILE', str(secret))}\n// {system}, {secret}\n{KERNEL}"
    told = outcome(text)
    # A rejected source may be quoted, and names the file; its content may not show.
    assert all(word not in told for word in ("word_two", "word_three", "word_four"))
    assert told == "" or ": error: " in told or told.startswith("error: ")


@pytest.mark.parametrize(
    "question",
    ['__has_include("FILE")', "__has_include(<FILE>)", '__has_include_next("FILE")',
     '__has_embed("FILE")', 'ASK("FILE")', 'C(__has_, include)("FILE")'],
)  # fmt: skip
def test_whether_a_file_exists_is_not_told(question, secret) -> None:
    macros = "#define ASK(x) __has_include(x)\n#define C(a, b) a##b\n"
    text = f"{macros}#if {question.replace('FILE', str(secret))}\n#error exists\n#endif\n{KERNEL}"
    assert "exists" not in outcome(text)


def test_metals_headers_exist() -> None:
    text = '#if !__has_include(<metal_stdlib>) || !__has_include("metal_math")\n#error no\n#endif\n'
    assert outcome(text + KERNEL) == ""
    absent = "#if __has_include(<metal_future>)\n#error yes\n#endif\n"
    assert outcome(absent + KERNEL) == ""


@pytest.mark.parametrize("spelling", ["#pragma clang __debug {}", '_Pragma("clang __debug {}")'])
@pytest.mark.parametrize(
    "what", ["crash", "llvm_fatal_error", "parser_crash", "overflow_stack", "assert", "sloc_usage"]
)
def test_the_compiler_cannot_be_ended(what, spelling) -> None:
    assert outcome(spelling.format(what) + KERNEL) == ""


def test_lines_keep_their_numbers() -> None:
    text = f'#line 7\n#pragma \\\n  comment(x)\n/* a\nb */ # 12 "x"\nint v = ;{KERNEL}'
    with pytest.raises(CompileError) as caught:
        msl.compile(text)
    assert caught.value.diagnostics[0].line == 6


def test_pragmas_that_have_a_meaning_stay() -> None:
    text = """
    #define N 2
    #pragma push_macro("N")
    #undef N
    #define N 3
    #pragma pop_macro("N")
    static_assert(N == 2, "popped");
    #pragma pack(push, 1)
    struct P { char c; int i; };
    #pragma pack(pop)
    static_assert(sizeof(P) == 5, "packed");
    """
    assert outcome(text + KERNEL) == ""


def test_headers_of_the_user_end_at_their_directory(tmp_path, secret) -> None:
    directory = tmp_path / "include"
    directory.mkdir()
    (directory / "a.h").write_text(f'#include "b.h"\n#include "{secret}"\n')
    (directory / "b.h").write_text("#define B 1\n")
    (directory / "up.h").write_text('#include "../secret.h"\n')
    (directory / "line.h").write_text(f'#line 1 "{directory}/../secret.h"\nint y = ;\n')
    for name in ("a.h", "up.h", "line.h"):
        with pytest.raises(CompileError) as caught:
            msl.compile(f'#include "{name}"{KERNEL}', include=[directory])
        told = str(caught.value)
        assert all(word not in told for word in ("word_two", "word_three", "word_four"))
        assert all(found.file != str(secret) for found in caught.value.diagnostics)


def test_the_compiler_itself_opens_nothing_else(secret) -> None:
    if not confinement.available().files.startswith("landlock"):
        pytest.skip("this system has no Landlock")
    result = toolchain.preprocess(f'#include "{secret}"\n')
    assert result.returncode != 0
    assert "word" not in result.stdout + result.stderr
    readable = toolchain.preprocess(f'#include "{secret}"\n', include=[secret.parent])
    assert "word_one" in readable.stdout
