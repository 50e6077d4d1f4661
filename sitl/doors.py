"""Byte links of a simulated vehicle: datagrams to a fixed peer or to whoever spoke, and one TCP client at a time."""

import contextlib
import select
import socket
from typing import Protocol

from missions.errors import InputError


class Door(Protocol):
    """A non-blocking byte link."""

    def attach(self) -> None:
        """Wait for the first peer, where the link cannot do without."""
        ...

    def read(self) -> bytes:
        """Return what has arrived."""
        ...

    def write(self, data: bytes) -> None:
        """Send."""
        ...

    def close(self) -> None:
        """Give the socket back."""
        ...


class UdpDoor:
    """Datagrams to a fixed peer, or to whoever spoke last."""

    def __init__(self, host: str, port: int, *, listen: bool) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self._peer: tuple[str, int] | None = None if listen else (host, port)
        self._listen = listen
        if listen:
            self._socket.bind((host, port))

    def attach(self) -> None:
        """Datagrams need nobody to listen."""

    def read(self) -> bytes:
        """Return the datagrams that have arrived, joined."""
        data = bytearray()
        while True:
            try:
                packet, sender = self._socket.recvfrom(65536)
            except BlockingIOError:
                return bytes(data)
            except ConnectionRefusedError:  # nobody listens there yet
                continue
            data += packet
            if self._listen:
                self._peer = sender

    def write(self, data: bytes) -> None:
        """Send in datagrams of at most 1200 bytes; nobody listening is not an error."""
        if self._peer is None:
            return
        for start in range(0, len(data), 1200):
            with contextlib.suppress(ConnectionRefusedError, BlockingIOError):
                self._socket.sendto(data[start : start + 1200], self._peer)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class TcpDoor:
    """One client at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._server = socket.create_server((host, port), backlog=1)
        self._client: socket.socket | None = None
        self._server.setblocking(False)  # noqa: FBT003 - the socket module's own signature

    def attach(self) -> None:
        """Wait for the first client."""
        while self._client is None:
            select.select([self._server], [], [])
            self.read()

    def _accept(self) -> None:
        self._client, _ = self._server.accept()
        self._client.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self) -> bytes:
        """Return what has arrived; takes a new client when the old one is gone."""
        if self._client is None:
            with contextlib.suppress(BlockingIOError):
                self._accept()
            return b""
        try:
            data = self._client.recv(65536)
        except BlockingIOError:
            return b""
        except ConnectionError:
            data = b""
        if not data:
            self._client.close()
            self._client = None
        return data

    def write(self, data: bytes) -> None:
        """Send; a full pipe loses bytes, as a serial line does."""
        if self._client is not None and data:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                self._client.send(data)

    def close(self) -> None:
        """Give the sockets back."""
        if self._client is not None:
            self._client.close()
        self._server.close()


def open_door(link: str) -> Door:
    """Open a link by its URL.

    Raises:
        InputError: it is not one of the links that this process can open.

    """
    parts = link.split(":")
    if len(parts) != 3 or parts[0] not in ("udpout", "udpin", "tcpin") or not parts[2].isdigit():
        raise InputError(f"cannot open {link!r}", field="--link", remedy="udpout:HOST:PORT, udpin:… or tcpin:…")
    kind, host, port = parts[0], parts[1], int(parts[2])
    if kind == "tcpin":
        return TcpDoor(host, port)
    return UdpDoor(host, port, listen=kind == "udpin")
