import csv
import time
from collections import Counter, defaultdict
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from vision_streams import texture

from missions.detection import Box, Detection
from vision.between import tracks_between
from vision.camera_motion import CameraMotion
from vision.tracking import Tracker


def a_thing(box: tuple[float, float, float, float], kind: str = "vehicle", score: float = 0.8) -> Detection:
    return Detection(kind=kind, score=score, box_px=Box(*box))


def ground(right_px: int, down_px: int = 0) -> np.ndarray:
    """A 640x360 view of the texture, moved."""
    rows, columns = (np.arange(360) + down_px) % 1024, (np.arange(640) + right_px) % 1024
    return np.ascontiguousarray(texture()[np.ix_(rows, columns)])


def test_the_motion_of_the_background_is_found_and_a_large_mover_does_not_disturb_it() -> None:
    motion = CameraMotion()
    for step in range(3):
        picture = ground(12 * step, 4 * step)
        mover = (40 + 90 * step, 100, 240 + 90 * step, 260)
        picture[mover[1] : mover[3], mover[0] : mover[2]] = cv2.resize(texture()[:160, :200], (200, 160))
        found = motion.estimate(picture, np.array([mover], float))
    assert motion.sure
    assert found[:, 2] == pytest.approx([-12.0, -4.0], abs=0.6)
    assert found[:, :2] == pytest.approx(np.eye(2), abs=0.01)


def test_a_picture_without_texture_says_that_its_motion_is_not_known() -> None:
    motion = CameraMotion()
    blank = np.full((360, 640, 3), 128, np.uint8)
    motion.estimate(blank)
    found = motion.estimate(blank)
    assert not motion.sure
    assert found == pytest.approx(np.eye(2, 3))


def test_objects_keep_their_numbers_while_the_camera_turns_fast() -> None:
    tracker = Tracker(look_hz=5.0)
    numbers: dict[str, set[int]] = defaultdict(set)
    for step in range(14):
        shift = 60 * step if step < 7 else 60 * 7 - 60 * (step - 7)  # 300 px/s, and back
        boxes = [(700.0 - shift, 80.0, 724.0 - shift, 92.0), (560.0 - shift, 200.0, 584.0 - shift, 212.0)]
        for tracked in tracker.update(ground(shift), [a_thing(box) for box in boxes], step / 5):
            numbers["upper" if tracked.source.box_px.y1 < 150 else "lower"].add(tracked.track_id)
    assert len(numbers["upper"]) == 1
    assert len(numbers["lower"]) == 1
    assert numbers["upper"] != numbers["lower"]


def test_smoke_never_takes_the_number_of_the_vehicle_beneath_it() -> None:
    tracker = Tracker(look_hz=5.0)
    numbers: dict[str, set[int]] = defaultdict(set)
    for step in range(8):
        box = (300.0, 150.0, 340.0, 180.0)
        for tracked in tracker.update(ground(0), [a_thing(box), a_thing(box, "smoke")], step / 5):
            numbers[tracked.kind].add(tracked.track_id)
    assert len(numbers["vehicle"] | numbers["smoke"]) == 2


def test_a_kind_that_flickers_is_what_most_pictures_say() -> None:
    tracker = Tracker(look_hz=5.0)
    kinds: list[str] = []
    for step in range(20):
        kind = "two_wheeler" if step % 4 == 3 else "person"
        kinds += [t.kind for t in tracker.update(ground(0), [a_thing((300, 150, 312, 170), kind)], step / 5)]
    assert set(kinds[4:]) == {"person"}


def followed(clip: Path, *, look_every: int, fps: float) -> tuple[int, int, float]:
    """Feed true boxes as detections; returns (tracks followed over half their length by one number, tracks, ms)."""
    truth: dict[int, list[tuple[int, Box]]] = defaultdict(list)
    for row in csv.reader((clip / "gt.txt").read_text().splitlines()):
        frame, number, x, y, w, h = (float(cell) for cell in row[:6])
        truth[int(frame)].append((int(number), Box(x, y, x + w, y + h)))
    tracker, got, spent_s = Tracker(look_hz=fps / look_every), defaultdict(list), []
    for frame, picture in enumerate(pictures(clip), 1):
        if (frame - 1) % look_every:
            continue
        detections = [a_thing(box) for _, box in truth[frame]]
        seen = {id(d): number for d, (number, _) in zip(detections, truth[frame], strict=True)}
        begun_s = time.perf_counter()
        found = {seen[id(t.source)]: t.track_id for t in tracker.update(picture, detections, frame / fps)}
        spent_s.append(time.perf_counter() - begun_s)
        for number, _ in truth[frame]:
            got[number].append(found.get(number))
    over_half = sum(
        Counter(n for n in numbers if n).most_common(1)[0][1] >= len(numbers) / 2 if any(numbers) else False
        for numbers in got.values()
        if len(numbers) >= 3
    )
    return over_half, sum(len(n) >= 3 for n in got.values()), 1000 * float(np.median(spent_s))


def pictures(clip: Path) -> list[np.ndarray]:
    if (clip / "video.mp4").is_file():
        with av.open(str(clip / "video.mp4")) as container:
            return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return [np.asarray(cv2.imread(str(file))) for file in sorted((clip / "frames").iterdir())]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("clip", "look_every", "fps", "least"),
    [
        pytest.param("oblique_road", 5, 23.976, 18, id="oblique road, 4.8 Hz"),
        pytest.param("kit_munich_street02", 1, 2.0, 34, id="moving camera, 2 Hz"),
        pytest.param("kit_street_mos155_179", 1, 2.0, 45, id="moving camera, 2 Hz, another"),
    ],
)
def test_true_boxes_of_real_clips_are_followed(
    shared_data: Path, clip: str, look_every: int, fps: float, least: int
) -> None:
    over_half, all_of_them, ms = followed(shared_data / "vision" / "clips" / clip, look_every=look_every, fps=fps)
    print(f"{clip}: {over_half} of {all_of_them} true tracks followed over half their length; {ms:.1f} ms")  # noqa: T201 - measured
    assert over_half >= least


def test_between_two_looks_boxes_are_on_the_straight_way() -> None:
    from scenes import vehicle

    before, after = vehicle(1, (0.0, 0.0), at_s=0.0), vehicle(1, (4.0, 0.0), at_s=1.0)
    (middle,) = tracks_between([before], [after, vehicle(2, (9.0, 9.0), at_s=1.0)], pts_s=0.5, captured_utc_s=100.5)
    assert middle.interpolated
    assert middle.captured_utc_s == 100.5
    assert before.on_map is not None
    assert after.on_map is not None
    assert middle.on_map is not None
    west, east = before.on_map.position.lon_deg, after.on_map.position.lon_deg
    assert middle.on_map.position.lon_deg == pytest.approx((west + east) / 2, abs=1e-9)
