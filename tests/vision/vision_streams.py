# ruff: noqa: D102 - helpers of tests are named for what they do
"""Streams for tests: real MPEG-TS with H.264 and ST 0601 beside it, made and sent by the test itself."""

import contextlib
import io
import math
import socket
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, PinholeCamera, enu_from_camera, pixels_from_enu
from missions.formats import st0601
from missions.geopoint import GeoPoint
from sitl.loopback import free_port

FPS = 10
START_UTC_S = 1_780_000_000.0
FRAME = LocalFrame(lat_deg=30.4577, lon_deg=114.4140)
CAMERA = PinholeCamera.from_hfov(width_px=640, height_px=360, hfov_deg=70.0)
HEIGHT_M = 60.0
GROUND_AMSL_M = 32.0
PITCH_DEG = -60.0


def texture() -> NDArray[np.uint8]:
    """Return 1024 x 1024 px of ground with something to hold on to."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(60, 180, (64, 64, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (1024, 1024), interpolation=cv2.INTER_CUBIC), np.uint8)


class Flight:
    """A camera that flies east at a constant speed, and the picture it sees at any time; exact, no errors."""

    def __init__(
        self, *, speed_m_s: float = 6.0, azimuth_deg: float = 90.0, boils_at_m: tuple[float, float] | None = None
    ) -> None:
        self.speed_m_s, self.azimuth_deg = speed_m_s, azimuth_deg
        self._boils_at_m = boils_at_m
        self._ground = texture()
        grid = np.mgrid[0:360, 0:640].transpose(1, 2, 0).reshape(-1, 2)[:, ::-1].astype(float)
        turn = enu_from_camera(azimuth_deg=azimuth_deg, pitch_deg=PITCH_DEG)
        rays = np.column_stack([(grid - np.array(CAMERA.centre_px)) / CAMERA.focal_px, np.ones(len(grid))]) @ turn.T
        self._reach_m = -HEIGHT_M / rays[:, 2:3] * rays[:, :2]

    def origin_m(self, at_s: float) -> NDArray[np.float64]:
        """Return the camera's place, ENU with up above the ground."""
        return np.array([self.speed_m_s * at_s, 0.0, HEIGHT_M])

    def picture(self, at_s: float) -> NDArray[np.uint8]:
        """Return a 640x360 BGR picture of the textured ground, and of what boils like smoke on it."""
        places = self.origin_m(at_s)[:2] + self._reach_m
        east, north = (places.T * 4.0 % 1024.0).astype(np.float32).reshape(2, 360, 640)
        ground = cv2.remap(self._ground, east, north, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        image = np.asarray(ground, np.uint8)
        if self._boils_at_m is not None:
            u, v = (round(side) for side in self.pixel(self._boils_at_m, at_s))
            part = image[max(v - 20, 0) : max(v + 4, 0), max(u - 12, 0) : max(u + 12, 0)]
            puffs = np.random.default_rng(round(at_s * FPS)).integers(110, 230, (4, 4, 1), dtype=np.uint8)
            part[:] = puffs.repeat(6, 0).repeat(6, 1)[: part.shape[0], : part.shape[1]]
        return image

    def pixel(self, place_m: tuple[float, float], at_s: float) -> tuple[float, float]:
        """Return where a place on the ground is in the picture."""
        uv = pixels_from_enu(
            np.array([[*place_m, 0.0]]),
            CAMERA,
            origin_enu_m=self.origin_m(at_s),
            azimuth_deg=self.azimuth_deg,
            pitch_deg=PITCH_DEG,
        )[0]
        return float(uv[0]), float(uv[1])

    def klv(self, at_s: float) -> bytes:
        """Return the metadata of that time."""
        origin_m, reach_m = self.origin_m(at_s)[:2], HEIGHT_M / math.tan(math.radians(-PITCH_DEG))
        turn = math.radians(self.azimuth_deg)
        lat, lon, _ = FRAME.enu_to_geodetic(origin_m)[0]
        centre = FRAME.enu_to_geodetic(origin_m + reach_m * np.array([math.sin(turn), math.cos(turn)]))[0]
        return st0601.encode(
            st0601.Klv(
                captured_utc_s=START_UTC_S + at_s,
                platform_heading_deg=self.azimuth_deg,
                platform_pitch_deg=0.0,
                platform_roll_deg=0.0,
                sensor_lat_deg=float(lat),
                sensor_lon_deg=float(lon),
                sensor_amsl_m=GROUND_AMSL_M + HEIGHT_M,
                hfov_deg=70.0,
                vfov_deg=math.degrees(2 * math.atan(180 / CAMERA.focal_px)),
                sensor_azimuth_deg=0.0,
                sensor_elevation_deg=PITCH_DEG,
                sensor_roll_deg=0.0,
                frame_centre_lat_deg=float(centre[0]),
                frame_centre_lon_deg=float(centre[1]),
                frame_centre_amsl_m=GROUND_AMSL_M,
            )
        )


def place_of(point: GeoPoint) -> NDArray[np.float64]:
    """Return east, north metres of a WGS84 position in the flight's frame."""
    return FRAME.geodetic_to_enu(point.lat_deg, point.lon_deg)[0, :2]


class Pieces(io.RawIOBase):
    """Collects what a muxer writes, picture by picture."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._open = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes is all PyAV writes
        self._open += bytes(data)
        return len(data)

    def cut(self) -> None:
        """Begin the next piece."""
        self.pieces.append(self._open)
        self._open = b""


def transport_stream(flight: Flight, seconds: float, *, klv: bool = True) -> list[bytes]:
    """Return MPEG-TS, one piece per picture, as the contract of the downlink has it: GOP 5, zero latency."""
    out = Pieces()
    container = av.open(out, "w", format="mpegts", options={"flush_packets": "1"})
    video = container.add_stream("libx264", rate=FPS)
    video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
    video.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "5"}
    data = container.add_data_stream("klv") if klv else None
    for number in range(round(seconds * FPS)):
        at_s = number / FPS
        if data is not None:
            packet = av.Packet(flight.klv(at_s))
            packet.stream, packet.time_base = data, Fraction(1, 90000)
            packet.pts = packet.dts = number * 9000
            container.mux(packet)
        frame = av.VideoFrame.from_ndarray(flight.picture(at_s), format="bgr24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        container.mux(video.encode(frame))
        out.cut()
    container.mux(video.encode(None))
    container.close()
    out.cut()
    return out.pieces


def write_stream(path: Path, pieces: list[bytes]) -> Path:
    """Write a stream to a file."""
    path.write_bytes(b"".join(pieces))
    return path


class CreditedSender:
    """Plays a simulated world: sends a picture only while `sent - taken` is at most `ahead`; a thread of its own."""

    def __init__(self, pieces: list[bytes], *, ahead: int = 8) -> None:
        self.port, self._pieces, self._ahead = free_port(), pieces, ahead
        self._credits = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._credits.bind(("127.0.0.1", 0))
        self._credits.settimeout(0.02)
        self.credits_port = int(self._credits.getsockname()[1])
        self.sessions: list[str] = []
        self.sent = self.taken = self.most_ahead = 0
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"udp://127.0.0.1:{self.port}?credits=127.0.0.1:{self.credits_port}"

    @property
    def all_sent(self) -> bool:
        return self.sent >= len(self._pieces)

    def close(self) -> None:
        self.closed.set()
        self._thread.join(2.0)
        self._credits.close()

    def _run(self) -> None:
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        begun = 0
        while not self.closed.is_set():
            if self._hear():  # a new reader: its count starts here, at the next keyframe; live, nothing comes twice
                self.sent += -self.sent % 5
                begun = self.sent
            while self.sessions and not self.all_sent and self.sent - begun - self.taken < self._ahead:
                piece = self._pieces[self.sent]
                for at in range(0, len(piece), 1316):
                    out.sendto(piece[at : at + 1316], ("127.0.0.1", self.port))
                self.sent += 1
                self.most_ahead = max(self.most_ahead, self.sent - begun - self.taken)
        out.close()

    def _hear(self) -> bool:
        """Take one datagram; True where it is a new reader's first."""
        try:
            session, taken = self._credits.recv(100).decode().split()
        except TimeoutError:
            return False
        new = session not in self.sessions
        if new:
            self.sessions.append(session)
        self.taken = int(taken)
        return new


def _somebody_listens(out: socket.socket) -> bool:
    """Whether the connected UDP port is open: on this machine the kernel tells when it isn't."""
    try:
        out.send(b"")
        time.sleep(0.01)
        out.send(b"")
    except ConnectionRefusedError:
        return False
    return True


class PacedSender:
    """Sends a stream at its own pace, from when somebody listens until closed; `pause` makes it silent."""

    def __init__(self, pieces: list[bytes], *, port: int | None = None, speed: float = 1.0) -> None:
        self.port = port or free_port()
        self.pause, self.closed = threading.Event(), threading.Event()
        self._pieces, self._gap_s = pieces, 1.0 / FPS / speed
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"udp://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.closed.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.connect(("127.0.0.1", self.port))
            while not self.closed.is_set() and not _somebody_listens(out):
                time.sleep(0.02)
            for piece in self._pieces:
                while self.pause.is_set() and not self.closed.is_set():
                    time.sleep(0.02)
                if self.closed.is_set():
                    return
                with contextlib.suppress(ConnectionRefusedError):  # the reader went away
                    for at in range(0, len(piece), 1316):
                        out.send(piece[at : at + 1316])
                time.sleep(self._gap_s)
