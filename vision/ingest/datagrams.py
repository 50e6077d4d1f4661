"""MPEG-TS over UDP as a file object; ours rather than FFmpeg's, so that a deadline is a deadline."""

import contextlib
import socket
import time

from missions.errors import InputError

RECEIVE_BUFFER_BYTES = 8 << 20  # about 10 s of a 5 Mbit/s stream; the kernel may grant less
WAKE_S = 0.2
DRAIN_S = 1.0


class Datagrams:
    """Reads a UDP port; `read` blocks until something came, and gives b"" (end) once told to stop."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._stopped_at_s: float | None = None
        self._rest = b""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.settimeout(WAKE_S)
        try:
            self._socket.bind((host, port))
            self._join(host)
        except OSError as exc:
            self._socket.close()
            raise InputError(
                f"cannot listen on udp://{host}:{port}: {exc.strerror}", remedy="a free local port"
            ) from exc

    def _join(self, host: str) -> None:
        """Join the group where the host is a multicast address."""
        packed = socket.inet_aton(socket.gethostbyname(host))
        if 224 <= packed[0] <= 239:
            any_interface = socket.inet_aton("0.0.0.0")  # noqa: S104 - a group is heard on whichever it reaches
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, packed + any_interface)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes of the next datagram."""
        if not self._rest:
            self._rest = self._receive()
        given, self._rest = self._rest[:size], self._rest[size:]
        return given

    def _receive(self) -> bytes:
        """Return the next datagram; once stopped, what waits in the kernel for at most `DRAIN_S`."""
        while self._stopped_at_s is None or time.monotonic() < self._stopped_at_s + DRAIN_S:
            with contextlib.suppress(TimeoutError):
                if data := self._socket.recv(65536):
                    return data
                continue
            if self._stopped_at_s is not None:
                return b""
        return b""

    def stop(self) -> None:
        """End the stream for the reader; what arrived before is still given out."""
        if self._stopped_at_s is None:
            self._stopped_at_s = time.monotonic()

    def close(self) -> None:
        """Give the port back."""
        self.stop()
        self._socket.close()
