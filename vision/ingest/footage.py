"""Footage as it came: H.264 packets into a fragmented mp4, never re-encoded; it plays after a kill."""

from pathlib import Path

import av

CODECS = ("h264", "hevc", "mpeg4", "av1")
FRAGMENT_S = 0.5


def free_path(path: Path) -> Path:
    """Return `path`, or its next `-NNN` that is not there yet; nothing recorded is ever overwritten."""
    stem, _, number = path.stem.rpartition("-")
    counted = bool(stem) and number.isdigit()
    base, at = (stem, int(number)) if counted else (path.stem, 1)
    while path.exists():
        at += 1
        path = path.with_name(f"{base}-{at:03d}{path.suffix}")
    return path


class FootageWriter:
    """Writes the packets of one video stream from its first keyframe on.

    Time in the file is presentation time minus `first_pts_s`. Every fragment (a keyframe, or half a second) is on its
    way to the disk when the next begins.
    """

    def __init__(self, path: Path, template: av.VideoStream) -> None:
        self.path = free_path(path)
        self.first_pts_s: float | None = None
        self._first_pts = 0
        self._container = av.open(
            str(self.path),
            "w",
            format="mp4",
            options={
                "movflags": "frag_keyframe+delay_moov+default_base_moof",  # delayed: an edit list keeps B-frame times
                "frag_duration": str(int(FRAGMENT_S * 1e6)),
                "flush_packets": "1",
            },
        )
        self._stream = self._container.add_stream_from_template(template)
        self._last_dts: int | None = None

    def write(self, packet: "av.Packet[av.VideoStream]") -> bool:
        """Keep one packet, which is changed by it; True when it was the first. Those before a keyframe are left out."""
        if packet.pts is None:
            return False
        if packet.dts is None:
            packet.dts = packet.pts  # RTSP begins so; without B-frames they are the same
        begins = self.first_pts_s is None
        if begins:
            if not packet.is_keyframe:
                return False
            self._first_pts = packet.pts
            self.first_pts_s = float(packet.pts * packet.time_base)
        if self._last_dts is not None and packet.dts <= self._last_dts:
            return False  # damaged or repeated; mp4 needs rising times
        self._last_dts = packet.dts
        packet.stream = self._stream
        packet.pts -= self._first_pts
        packet.dts -= self._first_pts
        self._container.mux(packet)
        return begins

    def close(self) -> None:
        """Finish the file."""
        self._container.close()
