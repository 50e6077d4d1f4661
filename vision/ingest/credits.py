"""Telling a simulated world how many pictures are done with, so that it never runs ahead of us.

Datagrams `"<session> <taken>"`: a random word per reader, and the pictures it has finished with; sent after each one,
and again while idle, so that a lost datagram heals.
"""

import contextlib
import secrets
import socket
import threading

REPEAT_S = 0.5


class CreditSender:
    """Sends credits from a thread of its own until closed."""

    def __init__(self, host: str, port: int) -> None:
        self.session = secrets.token_hex(4)
        self._address = (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._taken = 0
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._repeat, name="credits", daemon=True)
        self._thread.start()

    def taken(self, count: int) -> None:
        """Say how many pictures are finished with by now."""
        with self._wake:
            self._taken = count
            self._wake.notify()

    def close(self) -> None:
        """Stop sending."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join(timeout=2 * REPEAT_S)
        self._socket.close()

    def _repeat(self) -> None:
        while True:
            with self._wake:
                if self._closed:
                    return
                taken = self._taken
            with contextlib.suppress(OSError):  # nobody listens yet: the next one may be heard
                self._socket.sendto(f"{self.session} {taken}".encode(), self._address)
            with self._wake:
                if self._taken == taken and not self._closed:
                    self._wake.wait(REPEAT_S)
