"""The reading process: opens one video, decodes it, keeps the footage, hands pictures over; killed when it hangs.

Two threads: this one demuxes and decodes, the other hands over. The parent's end of the pipe closing, for whatever
reason, ends both and finishes the footage.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

import av
import numpy as np

from missions.errors import InputError
from vision.ingest.backlog import Backlog, Waiting
from vision.ingest.credits import CreditSender
from vision.ingest.datagrams import Datagrams
from vision.ingest.demux import open_container, read_container, read_folder
from vision.ingest.messages import ReadingEnded, ReadingFailed, ReadSpec
from vision.ingest.pipes import PipeWriter
from vision.ingest.source import SourceKind, VideoAddress, parse_video

BACKLOG_PICTURES = 3


def read_video(spec: ReadSpec, readings: Connection, commands: Connection) -> None:
    """Run the reading process.

    `commands` carries whole numbers: pictures the parent has finished with, or -1 to stop.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to decide
    av.logging.set_level(av.logging.PANIC)
    try:
        address = parse_video(spec.video)
        datagrams = Datagrams(address.host, address.port) if address.kind is SourceKind.UDP else None
    except InputError as exc:
        _last_words(readings, exc)
        return
    writer = PipeWriter(readings)
    backlog = Backlog(limit=BACKLOG_PICTURES, may_drop=address.may_drop)
    credit = CreditSender(address.credits_host, address.credits_port) if address.credits_port else None
    stopped = threading.Event()
    helpers = [
        threading.Thread(target=_hand_over, args=(backlog, writer), daemon=True),
        threading.Thread(target=_obey, args=(commands, backlog, credit, datagrams, stopped), daemon=True),
    ]
    for helper in helpers:
        helper.start()
    for waiting in _all_readings(address, spec, datagrams, stopped):
        if not backlog.put(waiting):
            stopped.set()
            if datagrams is not None:
                datagrams.stop()
    helpers[0].join()
    if credit is not None:
        credit.close()


def _all_readings(
    address: VideoAddress, spec: ReadSpec, datagrams: Datagrams | None, stopped: threading.Event
) -> Iterator[Waiting]:
    """Yield every reading; the last says how it ended."""
    try:
        if address.kind is SourceKind.FOLDER:
            yield from read_folder(spec, stopped.is_set)
        else:
            with contextlib.closing(open_container(address, spec, datagrams)) as container:
                yield from read_container(container, address, spec, stopped.is_set)
    except InputError as exc:
        yield Waiting(ReadingFailed(what=str(exc), remedy="", is_input=True))
    except (av.FFmpegError, OSError) as exc:
        yield Waiting(ReadingFailed(what=f"the video failed: {exc}", remedy="", is_input=False))
    else:
        if address.live and not stopped.is_set():  # its server went away: worth another try
            yield Waiting(ReadingFailed(what="the stream broke off", remedy="", is_input=False))
            return
        yield Waiting(ReadingEnded(reason="stopped" if stopped.is_set() else "end of video"))


def _last_words(readings: Connection, exc: InputError) -> None:
    with contextlib.suppress(OSError):
        PipeWriter(readings).send(ReadingFailed(what=str(exc), remedy="", is_input=True))


def _hand_over(backlog: Backlog, readings: PipeWriter) -> None:
    """Send messages, and the pixels of wanted pictures behind theirs."""
    with contextlib.suppress(OSError):  # the parent is gone
        while (waiting := backlog.take()) is not None:
            readings.send(waiting.message)
            if waiting.picture is not None:
                image = waiting.picture.to_ndarray(format="bgr24")
                readings.send_bytes(np.ascontiguousarray(image).reshape(-1).data)
            if isinstance(waiting.message, ReadingEnded | ReadingFailed):
                return
    backlog.close()


def _obey(
    commands: Connection,
    backlog: Backlog,
    credit: CreditSender | None,
    datagrams: Datagrams | None,
    stopped: threading.Event,
) -> None:
    """Pass credits on; a stop lets what has arrived come through, a closed pipe lets go of everything."""
    try:
        while (done := commands.recv()) >= 0:
            if credit is not None:
                credit.taken(done)
    except (EOFError, OSError):
        backlog.close()
    stopped.set()
    if datagrams is not None:
        datagrams.stop()
