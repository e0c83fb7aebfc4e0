"""Reads source files that people name on a command line."""

from __future__ import annotations

from pathlib import Path

from assay.errors import AssayError

LARGEST = 4 << 20  # Bytes; no kernel that a person or a model writes comes near.


class SourceFileError(AssayError):
    """A source file that cannot be judged; the text says why."""


def read_source_file(file: str, errors: str = "strict") -> str:
    """Text of a source file.

    Args:
        file: Its path.
        errors: What to do about bytes that are not UTF-8, as for ``bytes.decode``. A compiler that
            reads the file itself ignores them in comments; the host's API takes text.

    Raises:
        SourceFileError: There is no such file, or it holds no text.
    """
    path = Path(file)
    try:
        if path.is_file() and path.stat().st_size > LARGEST:
            raise SourceFileError(f"'{file}' is larger than {LARGEST >> 20} MiB")
        source = path.read_bytes().decode("utf-8-sig", errors)
    except FileNotFoundError:
        raise SourceFileError(f"there is no file '{file}'") from None
    except IsADirectoryError:
        raise SourceFileError(f"'{file}' is a directory; name a .metal file") from None
    except OSError as error:
        raise SourceFileError(f"'{file}' cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SourceFileError(
            f"'{file}' is not UTF-8: byte 0x{error.object[error.start]:02x} in line {line}"
        ) from error
    if not source.strip():
        raise SourceFileError(f"'{file}' is empty")
    if "\0" in source:
        raise SourceFileError(f"'{file}' holds a NUL character; it is not a text file")
    return source
