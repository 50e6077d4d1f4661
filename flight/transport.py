"""Bytes in and out of a vehicle's address. One callback in the event loop reads; nothing blocks."""

import asyncio
import os
import socket
import termios
import tty
from collections.abc import Callable
from typing import Protocol, cast

from flight.errors import LinkSilent
from flight.link_url import LinkUrl
from missions import InputError

OnBytes = Callable[[bytes], None]

_RECEIVE_BUFFER_BYTES = 4 << 20  # a stalled event loop must not lose datagrams; the kernel caps it


class Transport(Protocol):
    """An open line to a vehicle."""

    def write(self, data: bytes) -> None:
        """Send bytes; what cannot be sent now is dropped, as a radio would."""
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...


class UdpTransport(asyncio.DatagramProtocol):
    """Datagrams; a listening end answers whoever spoke last."""

    def __init__(self, on_bytes: OnBytes, peer: tuple[str, int] | None) -> None:
        self._on_bytes, self._peer = on_bytes, peer
        self._listens = peer is None
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket asyncio made."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand over one datagram."""
        if self._listens:
            self._peer = addr
        self._on_bytes(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there yet: silence will tell."""

    def write(self, data: bytes) -> None:
        """Send one datagram, once somebody to send to is known."""
        if self._transport is not None and self._peer is not None:
            self._transport.sendto(data, self._peer)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


class TcpTransport(asyncio.Protocol):
    """A stream; when the other end closes it, silence follows."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket asyncio made."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand over what arrived."""
        self._on_bytes(data)

    def write(self, data: bytes) -> None:
        """Send bytes while the stream is open."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Close the stream."""
        if self._transport is not None:
            self._transport.close()


class SerialTransport:
    """A serial line in raw mode, read by the event loop."""

    def __init__(self, on_bytes: OnBytes, url: LinkUrl) -> None:
        device, baud = url.place, url.number
        speed = getattr(termios, f"B{baud}", None)
        if speed is None:
            raise InputError(f"no baud rate {baud}", field=url.option, remedy="57600, 115200 or 921600")
        try:
            self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as exc:
            raise LinkSilent(f"{device} cannot be opened: {exc.strerror}") from exc
        tty.setraw(self._fd)
        attributes = termios.tcgetattr(self._fd)
        attributes[4] = attributes[5] = speed  # input and output speed
        termios.tcsetattr(self._fd, termios.TCSANOW, attributes)
        self._on_bytes = on_bytes
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            self._loop.remove_reader(self._fd)  # unplugged: silence follows
            return
        if data:
            self._on_bytes(data)

    def write(self, data: bytes) -> None:
        """Send bytes as far as the line takes them now."""
        try:
            os.write(self._fd, data)
        except (BlockingIOError, OSError):
            return

    def close(self) -> None:
        """Close the line."""
        self._loop.remove_reader(self._fd)
        os.close(self._fd)


async def open_transport(url: LinkUrl, on_bytes: OnBytes) -> Transport:
    """Open the address.

    Raises:
        LinkSilent: nothing is there.
        InputError: the local address cannot be used.

    """
    loop = asyncio.get_running_loop()
    if url.scheme == "serial":
        return SerialTransport(on_bytes, url)
    address = (url.place, url.number)
    try:
        if url.scheme == "tcp":
            _, stream = await loop.create_connection(lambda: TcpTransport(on_bytes), *address)
            return stream
        if url.scheme == "udpin":
            transport, datagrams = await loop.create_datagram_endpoint(
                lambda: UdpTransport(on_bytes, None), local_addr=address
            )
        else:
            peer = (await loop.getaddrinfo(*address, type=socket.SOCK_DGRAM))[0]
            family, target = peer[0], (str(peer[4][0]), int(peer[4][1]))
            anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104 - answers come to any interface
            transport, datagrams = await loop.create_datagram_endpoint(
                lambda: UdpTransport(on_bytes, target), local_addr=(anywhere, 0)
            )
    except OSError as exc:
        reason = exc.strerror or str(exc)
        if url.scheme == "udpin":
            raise InputError(f"cannot listen at {url}: {reason}", field=url.option, remedy="a free port") from exc
        raise LinkSilent(f"nothing answers at {url}: {reason}") from exc
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    return datagrams
