"""Bytes in and out of a vehicle's address. One callback in the event loop reads; nothing blocks."""

import asyncio
import os
import socket
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol, cast

from flight.errors import LinkSilent
from flight.link_url import LinkUrl
from missions import InputError

Address = tuple[str, int]
OnBytes = Callable[[bytes, Address | None], None]
"""What arrived, and from where: None on a line with one other end."""
OnLost = Callable[[str], None]
"""Called once, with the reason, when a line has closed by itself."""

_RECEIVE_BUFFER_BYTES = 4 << 20  # a stalled event loop must not lose datagrams; the kernel caps it
_CONNECT_S: Final = 5.0
_PENDING_BYTES: Final = 8192  # of a serial line: more than a second of 57 600 baud
_UNSENT_BYTES: Final = 65536
_SILENT_PEER_MS: Final = 15_000
"""A stream whose other end takes nothing for so long is closed by the kernel, and opened again."""


class Transport(Protocol):
    """An open line to one or several vehicles."""

    def write(self, data: bytes, to: Address | None) -> None:
        """Send bytes; what cannot be sent now is dropped, as a radio would. Only datagrams look at `to`."""
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...


class UdpTransport(asyncio.DatagramProtocol):
    """Datagrams; who listens answers where he was spoken to from."""

    def __init__(self, on_bytes: OnBytes, on_lost: OnLost) -> None:
        self._on_bytes, self._on_lost = on_bytes, on_lost
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket asyncio made."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand over one datagram."""
        self._on_bytes(data, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there yet: silence will tell."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell when the socket failed."""
        if exc is not None:
            self._on_lost(str(exc))

    def write(self, data: bytes, to: Address | None) -> None:
        """Send one datagram."""
        if self._transport is not None and to is not None and not self._transport.is_closing():
            self._transport.sendto(data, to)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


class TcpTransport(asyncio.Protocol):
    """A stream."""

    def __init__(self, on_bytes: OnBytes, on_lost: OnLost) -> None:
        self._on_bytes, self._on_lost = on_bytes, on_lost
        self._transport: asyncio.Transport | None = None
        self._closed_by_us = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket asyncio made, and let the kernel find out that the other end is gone."""
        self._transport = cast("asyncio.Transport", transport)
        stream = transport.get_extra_info("socket")
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (
            (socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 3), (socket.TCP_KEEPCNT, 3),
            (socket.TCP_USER_TIMEOUT, _SILENT_PEER_MS),
        ):  # fmt: skip
            stream.setsockopt(socket.IPPROTO_TCP, option, value)

    def data_received(self, data: bytes) -> None:
        """Hand over what arrived."""
        self._on_bytes(data, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell when the other end closed it."""
        if not self._closed_by_us:
            self._on_lost(str(exc) if exc is not None else "the other end closed it")

    def write(self, data: bytes, to: Address | None) -> None:  # noqa: ARG002 - there is one other end
        """Send bytes while the stream is open and its other end takes them."""
        stream = self._transport
        if stream is not None and not stream.is_closing() and stream.get_write_buffer_size() < _UNSENT_BYTES:
            stream.write(data)

    def close(self) -> None:
        """Close the stream."""
        self._closed_by_us = True
        if self._transport is not None:
            self._transport.close()


class SerialTransport:
    """A serial line in raw mode, read by the event loop."""

    def __init__(self, on_bytes: OnBytes, on_lost: OnLost, url: LinkUrl) -> None:
        device, baud = url.place, url.number
        speed = getattr(termios, f"B{baud}", None)
        if speed is None:
            raise InputError(f"no baud rate {baud}", field=url.option, remedy="57600, 115200 or 921600")
        try:
            self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as exc:
            raise LinkSilent(f"{device} cannot be opened: {exc.strerror}") from exc
        try:
            tty.setraw(self._fd)
            attributes = termios.tcgetattr(self._fd)
            attributes[4] = attributes[5] = speed  # input and output speed
            termios.tcsetattr(self._fd, termios.TCSANOW, attributes)
        except termios.error as exc:
            os.close(self._fd)
            raise LinkSilent(f"{device} is no serial line: {exc.args[-1]}") from exc
        self._on_bytes, self._on_lost = on_bytes, on_lost
        self._pending = b""
        self._is_open = True
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        except OSError as exc:
            self._lose(exc.strerror or str(exc))
            return
        if data:
            self._on_bytes(data, None)
        else:  # the end of a line that was pulled out
            self._lose("unplugged")

    def _lose(self, reason: str) -> None:
        self.close()
        self._on_lost(reason)

    def write(self, data: bytes, to: Address | None) -> None:  # noqa: ARG002 - there is one other end
        """Send bytes; while the line is behind they wait, whole, up to a second's worth."""
        if not self._is_open or len(self._pending) + len(data) > _PENDING_BYTES:
            return
        self._pending += data
        self._write_on()

    def _write_on(self) -> None:
        try:
            self._pending = self._pending[os.write(self._fd, self._pending) :]
        except BlockingIOError:
            pass
        except OSError as exc:
            self._lose(exc.strerror or str(exc))
            return
        if self._pending:
            self._loop.add_writer(self._fd, self._write_on)
        else:
            self._loop.remove_writer(self._fd)

    def close(self) -> None:
        """Close the line."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            with suppress(OSError):  # of a device that is gone
                os.close(self._fd)


async def resolve(url: LinkUrl) -> tuple[int, Address]:
    """Return the family and the address that datagrams to an address go to.

    Raises:
        LinkSilent: no such host.

    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.place, url.number, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as exc:  # UnicodeError: it cannot be a name at all
        raise LinkSilent(f"nothing answers at {url}: {getattr(exc, 'strerror', None) or exc}") from exc
    return found[0][0], (str(found[0][4][0]), int(found[0][4][1]))


async def open_transport(url: LinkUrl, on_bytes: OnBytes, on_lost: OnLost) -> Transport:
    """Open the address.

    Raises:
        LinkSilent: nothing is there.
        InputError: the local address cannot be used.

    """
    loop = asyncio.get_running_loop()
    if url.scheme == "serial":
        return SerialTransport(on_bytes, on_lost, url)
    local: tuple[str, int]
    if url.scheme == "udpout":
        family, _ = await resolve(url)
        local = ("::" if family == socket.AF_INET6 else "0.0.0.0", 0)  # noqa: S104 - answers come to any interface
    else:
        local = (url.place, url.number)
    try:
        if url.scheme == "tcp":
            async with asyncio.timeout(_CONNECT_S):
                _, stream = await loop.create_connection(lambda: TcpTransport(on_bytes, on_lost), *local)
            return stream
        transport, datagrams = await loop.create_datagram_endpoint(
            lambda: UdpTransport(on_bytes, on_lost), local_addr=local
        )
    except (OSError, UnicodeError) as exc:  # a TimeoutError too
        reason = getattr(exc, "strerror", None) or str(exc) or f"not within {_CONNECT_S:g} s"
        if url.scheme == "udpin":
            raise InputError(f"cannot listen at {url}: {reason}", field=url.option, remedy="a free port") from exc
        raise LinkSilent(f"nothing answers at {url}: {reason}") from exc
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    return datagrams
