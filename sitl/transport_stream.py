"""A small MPEG-TS writer: one H.264 stream and one KLV stream, every picture complete the moment it is written.

FFmpeg's own muxer keeps a packet of one stream back until the other has its next, which would delay metadata by a
picture. Here a picture's metadata go out before the picture, under the same time stamp. KLV is carried as a private
stream with the registration `KLVA`, as FFmpeg and most receivers expect it.
"""

from typing import Final

_PACKET: Final = 188
_VIDEO_PID, _KLV_PID, _PMT_PID, _PAT_PID = 0x100, 0x101, 0x1000, 0x0000
_H264_TYPE, _PRIVATE_TYPE = 0x1B, 0x06
_VIDEO_ID, _PRIVATE_ID = 0xE0, 0xBD
_LEAD_90K: Final = 45_000
"""How long before its picture a clock reference says it is: room for a receiver's buffer, 0.5 s."""


class TransportStream:
    """Turns pictures and metadata into transport packets; `tables` makes it readable from there on."""

    def __init__(self) -> None:
        self._counters: dict[int, int] = {}
        self._pmt = _section(0x02, 1, _pmt_body())
        self._pat = _section(0x00, 1, bytes([0x00, 0x01, 0xE0 | _PMT_PID >> 8, _PMT_PID & 0xFF]))

    def tables(self) -> bytes:
        """Return the two tables that say what the stream holds; written before every keyframe."""
        return self._packets(_PAT_PID, b"\x00" + self._pat) + self._packets(_PMT_PID, b"\x00" + self._pmt)

    def klv(self, data: bytes, pts_90k: int) -> bytes:
        """Return the packets of one metadata packet."""
        return self._packets(_KLV_PID, _pes(_PRIVATE_ID, data, pts_90k))

    def video(self, data: bytes, pts_90k: int, *, keyframe: bool) -> bytes:
        """Return the packets of one coded picture (Annex B), with a clock reference."""
        clock = max(0, pts_90k - _LEAD_90K)
        field = bytes([0x10 | (0x40 if keyframe else 0)]) + _clock_reference(clock)
        return self._packets(_VIDEO_PID, _pes(_VIDEO_ID, data, pts_90k), field)

    def _packets(self, pid: int, payload: bytes, first_field: bytes = b"") -> bytes:
        """Cut a payload into packets; an adaptation field pads the last one and carries `first_field` in the first."""
        out = bytearray()
        at, field = 0, first_field
        while at < len(payload):
            counter = self._counters.get(pid, 0)
            self._counters[pid] = (counter + 1) & 0x0F
            room = _PACKET - 4 - (len(field) + 1 if field else 0)
            piece = payload[at : at + room]
            missing = room - len(piece)
            if missing and pid in {_PAT_PID, _PMT_PID}:
                piece, missing = piece + b"\xff" * missing, 0
            adapted = bool(field) or missing > 0
            out += bytes([0x47, (0x40 if at == 0 else 0) | pid >> 8, pid & 0xFF, (0x30 if adapted else 0x10) | counter])
            if adapted:
                out += _adaptation(field, missing)
            out += piece
            at += len(piece)
            field = b""
        return bytes(out)


def _adaptation(field: bytes, missing: int) -> bytes:
    """Return an adaptation field that also takes up `missing` bytes."""
    if field:
        return bytes([len(field) + missing]) + field + b"\xff" * missing
    if missing == 1:
        return b"\x00"
    return bytes([missing - 1, 0x00]) + b"\xff" * (missing - 2)


def _pes(stream_id: int, data: bytes, pts_90k: int) -> bytes:
    """Return one PES packet; its length is told wherever 16 bits hold it, so that a receiver need not wait."""
    length = 3 + 5 + len(data)
    told = length if length <= 0xFFFF else 0
    pts = pts_90k & 0x1FFFFFFFF
    stamp = bytes(
        [
            0x21 | (pts >> 29 & 0x0E),
            pts >> 22 & 0xFF,
            0x01 | (pts >> 14 & 0xFE),
            pts >> 7 & 0xFF,
            0x01 | (pts << 1 & 0xFE),
        ]
    )
    return b"\x00\x00\x01" + bytes([stream_id]) + told.to_bytes(2, "big") + b"\x84\x80\x05" + stamp + data


def _clock_reference(base_90k: int) -> bytes:
    base = base_90k & 0x1FFFFFFFF
    return (base << 15 | 0x3F << 9).to_bytes(6, "big")


def _pmt_body() -> bytes:
    """Return the program's streams: video, and KLV with its registration."""
    registration = b"\x05\x04KLVA"
    video = bytes([_H264_TYPE, 0xE0 | _VIDEO_PID >> 8, _VIDEO_PID & 0xFF, 0xF0, 0x00])
    klv = bytes([_PRIVATE_TYPE, 0xE0 | _KLV_PID >> 8, _KLV_PID & 0xFF, 0xF0, len(registration)]) + registration
    return bytes([0xE0 | _VIDEO_PID >> 8, _VIDEO_PID & 0xFF, 0xF0, 0x00]) + video + klv


def _section(table: int, number: int, body: bytes) -> bytes:
    """Return a table section with its checksum."""
    length = 5 + len(body) + 4
    head = bytes([table, 0xB0 | length >> 8, length & 0xFF]) + number.to_bytes(2, "big") + b"\xc1\x00\x00"
    whole = head + body
    return whole + _crc32(whole).to_bytes(4, "big")


def _crc32(data: bytes) -> int:
    """Return MPEG-2's CRC: polynomial 0x04C11DB7, from ones, not reflected, not inverted."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc
