"""Rendered scenes kept in a folder, so that another detector can look at the very same pictures, and sooner."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from missions.errors import InputError
from sitl.confusing_scenes import PLUMES, SceneFrame

_QUALITY: Final = 96
Scenes = Iterable[tuple[str, int, Iterable[SceneFrame]]]


def keep(scenes: Scenes, folder: Path) -> Iterator[int]:
    """Write every scene into a file of its own; yields how many there are. What is there already is not drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, number, frames in scenes:
        path = folder / f"{number:05d}-{name}.npz"
        if not path.is_file():
            scratch = path.with_suffix(".part.npz")
            np.savez(scratch, allow_pickle=False, **_arrays(list(frames)))
            scratch.replace(path)
        yield number + 1


def kept(folder: Path) -> Iterator[tuple[str, int, list[SceneFrame]]]:
    """Return the scenes of a folder, in the order they were drawn; they are read one by one.

    Raises:
        InputError: there are none.

    """
    files = sorted(path for path in folder.glob("*-*.npz") if not path.name.endswith(".part.npz"))
    if not files:
        raise InputError("holds no scenes", file=folder, remedy="a folder that scenes were kept in")
    return _read(files)


def _read(files: list[Path]) -> Iterator[tuple[str, int, list[SceneFrame]]]:
    for path in files:
        number, name = path.stem.split("-", 1)
        with np.load(path) as held:
            yield name, int(number), _frames(held)


def _arrays(frames: list[SceneFrame]) -> dict[str, NDArray[Any]]:
    coded = [cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].ravel() for frame in frames]
    truth = [(n, PLUMES.index(kind), *box) for n, frame in enumerate(frames) for kind, box in frame.truth]
    things = [(n, *box) for n, frame in enumerate(frames) for box in frame.things]
    return {
        "coded": np.concatenate(coded),
        "ends": np.cumsum([len(one) for one in coded]),
        "t_s": np.array([frame.t_s for frame in frames]),
        "motion": np.stack([frame.motion for frame in frames]),
        "age_s": np.array([np.nan if frame.plume_age_s is None else frame.plume_age_s for frame in frames]),
        "truth": np.array(truth, float).reshape(-1, 6),
        "things": np.array(things, float).reshape(-1, 5),
    }


def _frames(held: Any) -> list[SceneFrame]:  # noqa: ANN401 - numpy's files have no type of their own
    coded, ends, truth, things = held["coded"], held["ends"], held["truth"], held["things"]
    starts = np.concatenate([[0], ends[:-1]])
    frames = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        age_s = float(held["age_s"][number])
        frames.append(
            SceneFrame(
                image=np.asarray(cv2.imdecode(coded[start:end], cv2.IMREAD_COLOR), np.uint8),
                t_s=float(held["t_s"][number]),
                motion=held["motion"][number],
                truth=tuple((PLUMES[int(row[1])], Box(*row[2:])) for row in truth[truth[:, 0] == number].tolist()),
                confusing=(),
                things=tuple(Box(*row[1:]) for row in things[things[:, 0] == number].tolist()),
                plume_age_s=None if np.isnan(age_s) else age_s,
            )
        )
    return frames
