"""Sets of labelled pictures nobody trained on: rendered ones, real flames on real streets of `val`, clips' pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from missions.detection import Box
from patrol.console import progress_bar
from sitl.training_frames import rendered_frames
from vision.detector.classes import CATEGORIES, CATEGORY_OF_KIND, KINDS
from vision.detector.clip_truth import load_clip_truth
from vision.detector.coco import Picture, load_pictures, read_picture, write_pictures
from vision.detector.flames import FlameCutouts
from vision.detector.judged import Image
from vision.detector.labels import Labels
from vision.stills import looked_at

RENDERED_SEED: Final = 7777
"""Not a seed of any training; worlds, textures, looks and plumes all come from it."""
_BURNING_SEED: Final = 8
CLIPS: Final = {"oblique_road": 1.0, "house_fire": 0.5, "parking_person_bicycle_car": 2.0}
"""Clips of which no picture is in train or val, and how many pictures of a second are taken."""


def rendered(folder: Path, count: int) -> Path:
    """Return a folder of rendered pictures, made where it is absent."""
    if not (folder / "annotations.json").is_file():
        frames = ((frame.image, frame.boxes) for frame in rendered_frames(RENDERED_SEED, count))
        with progress_bar() as bar:
            task = bar.add_task("rendering", total=count, status="")
            for number in write_pictures(frames, folder, source="rendered"):
                bar.update(task, completed=number, status=f"{number}/{count}")
    return folder


def burning_streets(folder: Path, val: Path) -> Path:
    """Return a folder of real streets of `val` with real flames of `val` on them; neither was trained on."""
    if (folder / "annotations.json").is_file():
        return folder
    pictures = [picture for picture in load_pictures(val) if picture.modality == "rgb"]
    flames = FlameCutouts(pictures, lambda number: read_picture(pictures[number]))
    fire, rng = KINDS.index("fire"), np.random.default_rng(_BURNING_SEED)

    def made() -> Iterator[tuple[Image, Picture, Labels]]:
        for picture in pictures:
            if picture.view == "mixed" or (picture.labels.kinds == fire).any() or not picture.labels.labelled[fire]:
                continue
            image, labels = flames.put_on(read_picture(picture), picture.labels, rng, scale=1.0)
            if labels is not picture.labels:
                yield image, picture, labels

    _write(folder, ((image, labels, "burning_streets", picture.view) for image, picture, labels in made()))
    return folder


def clip_pictures(folder: Path, clips: Path) -> Path:
    """Return a folder of pictures of the clips whose contents are known and that no training has."""
    if (folder / "annotations.json").is_file():
        return folder

    def made() -> Iterator[tuple[Image, Labels, str, str]]:
        for name, hz in CLIPS.items():
            video = clips / name / "video.mp4"
            truth = load_clip_truth(video)
            for still in looked_at(video, hz):
                yield still.image, truth.labels(still.frame), name, "oblique"

    _write(folder, made())
    return folder


def _write(folder: Path, pictures: Iterator[tuple[Image, Labels, str, str]]) -> None:
    """Write pictures with federated labels; annotations.json comes last."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (image, labels, source, view) in enumerate(pictures, 1):
        name = f"{source}-{number:04d}.png"
        cv2.imwrite(str(folder / "images" / name), image)
        images.append(
            {
                "id": number,
                "file_name": name,
                "width": image.shape[1],
                "height": image.shape[0],
                "source": source,
                "modality": "rgb",
                "view": view,
                "labelled_classes": [kind for kind, known in zip(KINDS, labels.labelled, strict=True) if known],
                "ignore": [_xywh(Box(*map(float, box))) for box in labels.ignored_px],
            }
        )
        for box, kind in zip(labels.boxes_px, labels.kinds, strict=True):
            xywh = _inside(Box(*map(float, box)), image)
            category = CATEGORY_OF_KIND[KINDS[int(kind)]]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": category, "bbox": xywh, "iscrowd": 0}
            )
    categories = [{"id": number, "name": name} for number, name in CATEGORIES]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(document), encoding="utf-8")


def _xywh(box: Box) -> list[float]:
    return [box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1]


def _inside(box: Box, image: Image) -> list[float]:
    height, width = image.shape[:2]
    x1, x2 = (min(max(x, 0.0), float(width)) for x in (box.x1, box.x2))
    y1, y2 = (min(max(y, 0.0), float(height)) for y in (box.y1, box.y2))
    return _xywh(Box(x1, y1, x2, y2))
