"""Children behind pipes that are read without ever waiting for the rest of a message: a writer may hang in the middle.

`multiprocessing`'s own reader waits for a whole message once it has begun, so that a hanging child hangs its parent.
"""

import contextlib
import fcntl
import multiprocessing
import os
import pickle
import select
import signal
import struct
import time
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

_LENGTH = struct.Struct("<Q")
PIPE_BYTES = 1 << 20

Spec = TypeVar("Spec")


class PipeWriter:
    """Writes whole messages; waits for the reader when the pipe is full."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        with contextlib.suppress(OSError, AttributeError):  # only Linux can; fewer, larger steps for pictures
            fcntl.fcntl(connection.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def send(self, value: object) -> None:
        """Write one value."""
        self.send_bytes(pickle.dumps(value))

    def send_bytes(self, data: bytes | memoryview) -> None:
        """Write raw bytes as one message.

        Raises:
            OSError: nobody reads any more.

        """
        for part in (memoryview(_LENGTH.pack(len(data))), memoryview(data)):
            at = 0
            while at < len(part):
                at += os.write(self._connection.fileno(), part[at:])

    def close(self) -> None:
        """Close this end."""
        self._connection.close()


class PipeReader:
    """Gives whole messages as they become complete."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        os.set_blocking(connection.fileno(), False)
        self._buffer, self._is_length = bytearray(_LENGTH.size), True
        self._rest = memoryview(self._buffer)

    def fileno(self) -> int:
        """Return the descriptor, readable when something waits."""
        return self._connection.fileno()

    def wait(self, timeout_s: float) -> bool:
        """Return whether something to read came within the time; also true at the end."""
        return bool(select.select([self._connection], [], [], timeout_s)[0])

    def take_bytes(self) -> bytearray | None:
        """Return the next message if all of it is there, without waiting.

        Raises:
            EOFError: the writer is gone.

        """
        while True:
            try:
                count = os.readv(self._connection.fileno(), [self._rest])
            except BlockingIOError:
                return None
            if count == 0:
                raise EOFError
            self._rest = self._rest[count:]
            if len(self._rest):
                continue
            done, was_length = self._buffer, self._is_length
            if not was_length:
                self._begin(_LENGTH.size, is_length=True)
                return done
            self._begin(_LENGTH.unpack(done)[0], is_length=False)

    def take(self) -> Any:  # noqa: ANN401 - what the writer sent
        """Return the next value if all of it is there, else None, without waiting."""
        data = self.take_bytes()
        return None if data is None else pickle.loads(data)  # noqa: S301 - from a process we started

    def wait_bytes(self, timeout_s: float) -> bytearray | None:
        """Return the next message, or None if it isn't complete in time."""
        deadline_s = time.monotonic() + timeout_s
        while (data := self.take_bytes()) is None:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not self.wait(left_s):
                return None
        return data

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def _begin(self, size: int, *, is_length: bool) -> None:
        self._buffer, self._is_length = bytearray(size), is_length
        self._rest = memoryview(self._buffer)


def start_child(
    target: Callable[[Spec, Connection, Connection], None], spec: Spec, *, name: str, daemon: bool
) -> tuple[BaseProcess, PipeReader, Connection]:
    """Start `target(spec, messages, commands)` in a fresh interpreter; return it, its messages and the way to it.

    A terminal sends Ctrl-C to every process of the command. It is the parent's to decide, and the child is started
    with it held back: it could not ignore it before its imports are done.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, messages = spawn.Pipe(duplex=False)
    commands, to_child = spawn.Pipe(duplex=False)
    process = spawn.Process(target=target, args=(spec, messages, commands), name=name, daemon=daemon)
    resource_tracker.ensure_running()  # else it is started below, and takes the mask away
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    messages.close()
    commands.close()
    return process, PipeReader(ours), to_child
