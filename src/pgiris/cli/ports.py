"""Whether a port is free."""

from __future__ import annotations

import socket

from pgiris.config import Address


def probe(address: Address) -> None:
    """Take the address and let it go again. Raises OSError when it cannot be had."""
    host, port = address
    family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(target)
        taken.listen(1)
