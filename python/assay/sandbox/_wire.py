"""Messages on a socket: a length of four bytes, then so many bytes."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct("<I")


def send(connection: socket.socket, content: bytes) -> None:
    """Send one message."""
    connection.sendall(LENGTH.pack(len(content)) + content)


def receive_exactly(connection: socket.socket, count: int) -> bytes:
    """Receive so many bytes.

    Raises:
        EOFError: The other side is gone.
    """
    parts = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise EOFError("the other side closed the connection")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive(connection: socket.socket, most: int) -> bytes:
    """Receive one message.

    Raises:
        EOFError: The other side is gone.
        ValueError: The message is longer than ``most`` bytes.
    """
    (count,) = LENGTH.unpack(receive_exactly(connection, LENGTH.size))
    if count > most:
        raise ValueError(f"a message of {count} bytes; {most} at most")
    return receive_exactly(connection, count)


def send_json(connection: socket.socket, value: Any, descriptors: list[int] | None = None) -> None:
    """Send one JSON value, and descriptors along with it."""
    content = json.dumps(value).encode()
    first = LENGTH.pack(len(content))
    if descriptors:
        socket.send_fds(connection, [first], descriptors)
        connection.sendall(content)
    else:
        connection.sendall(first + content)
