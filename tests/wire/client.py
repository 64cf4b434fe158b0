"""A small blocking client that shows what it receives: one short word a message.

======================  ==========================================================================================
``T(a:23, b:25)``       RowDescription: names and type OIDs, ``b`` behind the OID of a column in binary
``D('1', null)``        DataRow: text in quotes; ``x00ff`` for bytes that are no printable text
``t(23, 25)``           ParameterDescription
``C(SELECT 1)`` ``ZI``  CommandComplete; ReadyForQuery with I, T or E
``E(...)`` ``N(...)``   severity, SQLSTATE, message; then P= the position, s= t= c= d= n= schema to constraint
``S(name=value)``       ParameterStatus
``R(0)`` ``K(4)``       Authentication and its kind; BackendKeyData and the length of its key
``v(3.2, ...)``         NegotiateProtocolVersion: the version and the options
``G(0, 0)`` ``H(...)``  CopyIn-, CopyOutResponse: the format, and that of each column
``d('1\\n')`` ``c``      CopyData, CopyDone
``A(ch, 'x')``          NotificationResponse
``1 2 3 n s I``         Parse-, Bind-, CloseComplete, NoData, PortalSuspended, EmptyQueryResponse
``<closed>``            the server closed the connection; ``<silent>``: nothing more came
``<S>`` ``<N>``         the bare byte that answers a request for encryption
======================  ==========================================================================================
"""

from __future__ import annotations

import contextlib
import socket
import struct
from types import TracebackType

Message = tuple[bytes, bytes]


class Client:
    """A connection to a server. `patience` is how long silence is waited for, in seconds."""

    def __init__(self, host: str, port: int, patience: float = 10.0) -> None:
        self.socket = socket.create_connection((host, port), timeout=patience)
        self.patience = patience
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a server that has closed meanwhile is no error here."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def receive(self) -> Message | None:
        """The next message, None at the end. Raises TimeoutError."""
        while len(self.buffer) < 5 or len(self.buffer) < 1 + self._length():
            data = self._recv()
            if not data:
                return None
            self.buffer += data
        end = 1 + self._length()
        tag, body = self.buffer[:1], self.buffer[5:end]
        self.buffer = self.buffer[end:]
        return tag, body

    def receive_byte(self) -> str:
        """The answer to a request for encryption."""
        if not self.buffer:
            self.buffer = self._recv()
        answer, self.buffer = self.buffer[:1], self.buffer[1:]
        return f"<{answer.decode('latin-1')}>" if answer else "<closed>"

    def transcript(self, ready: int, patience: float | None = None) -> list[str]:
        """What comes until the `ready`-th ReadyForQuery, the end, or silence; `ready` 0 waits for one of the latter."""
        self.socket.settimeout(self.patience if patience is None else patience)
        shown: list[str] = []
        try:
            while not ready or sum(word in ("ZI", "ZT", "ZE") for word in shown) < ready:
                message = self.receive()
                if message is None:
                    shown.append("<closed>")
                    break
                shown.append(render(*message))
        except TimeoutError:
            shown.append("<silent>")
        return shown

    def _recv(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""

    def _length(self) -> int:
        return int.from_bytes(self.buffer[1:5], "big")


def render(tag: bytes, body: bytes) -> str:
    """The word for a message."""
    letter = tag.decode("latin-1")
    how = RENDERERS.get(letter)
    return how(letter, body) if how else letter + (f"({value(body)})" if body else "")


def value(raw: bytes) -> str:
    """Bytes, as text if that is what they are."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return "x" + raw.hex()
    return repr(text) if all(char.isprintable() or char in "\n\t" for char in text) else "x" + raw.hex()


def strings(body: bytes) -> list[str]:
    return [part.decode("utf-8", "backslashreplace") for part in body.split(b"\0")[:-1]]


def _report(letter: str, body: bytes) -> str:
    fields = {part[:1]: part[1:].decode("utf-8", "backslashreplace") for part in body.split(b"\0") if part}
    shown = [fields[b"V"], fields[b"C"], repr(fields[b"M"])]
    shown += [f"{name}={fields[name.encode()]}" for name in "Pstcdn" if name.encode() in fields]
    return f"{letter}({', '.join(shown)})"


def _row_description(letter: str, body: bytes) -> str:
    (count,), at = struct.unpack_from("!H", body), 2
    shown = []
    for _ in range(count):
        end = body.index(0, at)
        _, _, oid, _, _, code = struct.unpack_from("!IhIhih", body, end + 1)
        shown.append(f"{body[at:end].decode()}:{oid}{'b' if code else ''}")
        at = end + 19
    assert at == len(body)
    return f"{letter}({', '.join(shown)})"


def _data_row(letter: str, body: bytes) -> str:
    (count,), at = struct.unpack_from("!H", body), 2
    shown = []
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        if size == -1:
            shown.append("null")
            continue
        shown.append(value(body[at : at + size]))
        at += size
    assert at == len(body)
    return f"{letter}({', '.join(shown)})"


def _parameter_description(letter: str, body: bytes) -> str:
    (count,) = struct.unpack_from("!H", body)
    return f"{letter}({', '.join(str(oid) for oid in struct.unpack(f'!{count}I', body[2:]))})"


def _copy_response(letter: str, body: bytes) -> str:
    code, count = struct.unpack_from("!bH", body)
    return f"{letter}({', '.join(str(item) for item in (code, *struct.unpack(f'!{count}h', body[3:])))})"


def _negotiate(letter: str, body: bytes) -> str:
    major, minor, count = struct.unpack_from("!HHi", body)
    options = strings(body[8:])
    assert len(options) == count
    return f"{letter}({', '.join([f'{major}.{minor}', *options])})"


def _notification(letter: str, body: bytes) -> str:
    channel, payload = strings(body[4:])
    return f"{letter}({channel}, {payload!r})"


RENDERERS = {
    "E": _report,
    "N": _report,
    "T": _row_description,
    "D": _data_row,
    "t": _parameter_description,
    "G": _copy_response,
    "H": _copy_response,
    "W": _copy_response,
    "v": _negotiate,
    "A": _notification,
    "C": lambda letter, body: f"C({strings(body)[0]})",
    "Z": lambda letter, body: "Z" + body.decode(),
    "S": lambda letter, body: f"S({'='.join(strings(body))})",
    "R": lambda letter, body: f"R({int.from_bytes(body[:4], 'big')})",
    "K": lambda letter, body: f"K({len(body) - 4})",
}
