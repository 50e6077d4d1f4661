"""Small recordings of known pictures."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def record(path: Path, *, pictures: int, cut_bytes: int = 0, fps: int = 10) -> None:
    """Write fragmented mp4 as the watcher does; `cut_bytes` drops the tail, as a kill would."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(str(path), "w", options=options) as sink:
        stream = sink.add_stream("libx264", rate=fps, options={"g": "5", "bf": "0", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(pictures):
            image = np.full((192, 320, 3), (number * 7) % 255, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    if cut_bytes:
        whole = path.read_bytes()
        path.write_bytes(whole[:-cut_bytes])


def times(path: Path) -> list[float]:
    with av.open(str(path)) as source:
        return [round(float(frame.time), 3) for frame in source.decode(video=0)]
