"""One opened stream: packets to pictures and metadata in the order of presentation, and footage on the side."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.codec.context import Flags

from missions.errors import InputError
from vision.ingest.backlog import Waiting
from vision.ingest.datagrams import Datagrams
from vision.ingest.footage import CODECS, FootageWriter
from vision.ingest.messages import FootageBegun, KlvRead, Note, PictureRead, ReadSpec, StreamOpened
from vision.ingest.source import PICTURE_SUFFIXES, SourceKind, VideoAddress

# Not `nobuffer`: it throws away the pictures that were read to recognise the stream, the first keyframe among them.
# `fpsprobesize` 0: recognising must not wait for 20 pictures, a world with credits sends 8.
LIVE_OPTIONS = {"probesize": "500000", "analyzeduration": "500000", "fpsprobesize": "0"}
KLV_WAIT_PICTURES = 2
"""Pictures that may be held back until the metadata of their time has come."""


def open_container(address: VideoAddress, spec: ReadSpec, datagrams: Datagrams | None) -> av.container.InputContainer:
    """Open the video.

    Raises:
        InputError: it isn't one.

    """
    try:
        if datagrams is not None:
            container = av.open(datagrams, "r", format="mpegts", options=LIVE_OPTIONS, buffer_size=4096)
        elif address.kind is SourceKind.RTSP:
            options = {**LIVE_OPTIONS, "rtsp_transport": "tcp", "timeout": str(int(spec.open_timeout_s * 1e6))}
            container = av.open(address.url, "r", options=options)
        else:
            container = av.open(address.url, "r")
    except (av.FFmpegError, OSError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise InputError(f"not a video: {reason}", file=spec.video, remedy="mp4, mov, mkv or ts") from exc
    if not container.streams.video:
        container.close()
        raise InputError("holds no video stream", file=spec.video, remedy="mp4, mov, mkv or ts with pictures")
    return container


class LookClock:
    """Chooses the pictures to look at: the first at or after each tick of `look_hz`, whatever the frame rate."""

    def __init__(self, look_hz: float) -> None:
        self._period_s = 1.0 / look_hz
        self._next_s: float | None = None

    def wants(self, pts_s: float) -> bool:
        """Whether this picture is looked at; half a millisecond early counts as on time."""
        if self._next_s is None or abs(pts_s - self._next_s) > 10.0 * self._period_s + 1.0:
            self._next_s = pts_s  # the first picture, or the stream's times jumped
        if pts_s < self._next_s - 5e-4:
            return False
        behind = int((pts_s + 5e-4 - self._next_s) / self._period_s)
        self._next_s += (behind + 1) * self._period_s
        return True


class Synchroniser:
    """Holds pictures until the metadata of their time has come, for at most `KLV_WAIT_PICTURES` pictures."""

    def __init__(self, *, has_klv: bool) -> None:
        self._has_klv = has_klv
        self._newest_klv_s = float("-inf")
        self._held: deque[Waiting] = deque()

    def add(self, waiting: Waiting) -> Iterator[Waiting]:
        """Take one message and give out what is ready."""
        if isinstance(waiting.message, KlvRead):
            self._newest_klv_s = max(self._newest_klv_s, waiting.message.pts_s)
            yield waiting
        else:
            self._held.append(waiting)
        while self._held and self._ready(self._held[0]):
            yield self._held.popleft()

    def flush(self) -> Iterator[Waiting]:
        """Give out what is held."""
        while self._held:
            yield self._held.popleft()

    def _ready(self, waiting: Waiting) -> bool:
        if not self._has_klv or not isinstance(waiting.message, PictureRead):
            return True
        return waiting.message.pts_s <= self._newest_klv_s + 1e-3 or len(self._held) > KLV_WAIT_PICTURES


def read_container(
    container: av.container.InputContainer, address: VideoAddress, spec: ReadSpec, stopped: Callable[[], bool]
) -> Iterator[Waiting]:
    """Yield everything the stream holds until it ends or `stopped` says so; footage is kept on the way."""
    video = container.streams.video[0]
    klv = [stream for stream in container.streams.data if stream.name == "klv"]
    context = video.codec_context
    if address.live:  # frame threads would hold back one picture each
        context.thread_type, context.thread_count = "SLICE", 1
        context.flags |= Flags.low_delay
    else:
        context.thread_type, context.thread_count = "AUTO", 2
    yield Waiting(StreamOpened(codec=context.name, width_px=context.width, height_px=context.height, has_klv=bool(klv)))
    footage, note = _open_footage(spec.footage, video)
    if note is not None:
        yield Waiting(note)
    sync, looks = Synchroniser(has_klv=bool(klv)), LookClock(spec.look_hz)
    try:
        for packet in container.demux(video, *klv):
            if stopped() and address.kind is not SourceKind.UDP:  # a UDP source ends itself, with what had arrived
                break
            if packet.stream.type == "data":
                if packet.size and packet.pts is not None:
                    yield from sync.add(
                        Waiting(KlvRead(pts_s=float(packet.pts * packet.time_base), data=bytes(packet)))
                    )
                continue
            pictures = cast("av.Packet[av.VideoStream]", packet)
            for picture in _decode(pictures):
                yield from sync.add(_picture(picture, looks))
            if footage is not None and pictures.size and footage.write(pictures):
                yield Waiting(FootageBegun(path=footage.path, first_pts_s=footage.first_pts_s or 0.0))
        yield from sync.flush()
    finally:
        if footage is not None:
            footage.close()


def _decode(packet: "av.Packet[av.VideoStream]") -> list[av.VideoFrame]:
    """Return the pictures a packet completes; a damaged packet completes none."""
    try:
        return [frame for frame in packet.decode() if frame.pts is not None]
    except av.InvalidDataError:
        return []


def _picture(picture: av.VideoFrame, looks: LookClock) -> Waiting:
    assert picture.pts is not None
    assert picture.time_base is not None
    pts_s = float(picture.pts * picture.time_base)
    if not looks.wants(pts_s):
        return Waiting(PictureRead(pts_s=pts_s, shape=None))
    return Waiting(PictureRead(pts_s=pts_s, shape=(picture.height, picture.width, 3)), picture)


def _open_footage(path: Path | None, video: av.VideoStream) -> tuple[FootageWriter | None, Note | None]:
    if path is None:
        return None, None
    if video.codec_context.name not in CODECS:
        return None, Note(text=f"no footage is kept: {video.codec_context.name} does not fit into mp4")
    writer = FootageWriter(path, video)
    if video.codec_context.name != "h264":
        return writer, Note(text=f"footage is {video.codec_context.name}, which not every browser plays")
    return writer, None


def read_folder(spec: ReadSpec, stopped: Callable[[], bool]) -> Iterator[Waiting]:
    """Yield the pictures of a folder, by name, at `folder_fps`."""
    files = sorted(entry for entry in Path(spec.video).iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES)
    looks = LookClock(spec.look_hz)
    for number, file in enumerate(files):
        if stopped():
            return
        read = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
        if read is None:
            raise InputError("not a picture", file=file, remedy="remove or replace it")
        image = np.asarray(read, np.uint8)
        if number == 0:
            yield Waiting(
                StreamOpened(codec="pictures", width_px=image.shape[1], height_px=image.shape[0], has_klv=False)
            )
            if spec.footage is not None:
                yield Waiting(Note(text="no footage is kept of a folder of pictures"))
        pts_s = number / spec.folder_fps
        wanted = looks.wants(pts_s)
        picture = av.VideoFrame.from_ndarray(image, format="bgr24") if wanted else None
        yield Waiting(PictureRead(pts_s=pts_s, shape=image.shape if wanted else None), picture)
