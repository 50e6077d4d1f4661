"""What several tests of the whole application read."""

from pathlib import Path

import av
import numpy as np
import pytest


@pytest.fixture(scope="session")
def grey_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of H.264 in which nothing is to be seen."""
    path = tmp_path_factory.mktemp("video") / "grey.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((180, 320, 3), 128, np.uint8), format="bgr24")))
        out.mux(stream.encode(None))
    return path
