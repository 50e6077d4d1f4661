"""COCO folders in and out; what is wrong in them is said in one line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from missions import Box, InputError
from vision.detector.classes import KINDS
from vision.detector.coco import load_pictures, read_picture, write_pictures

IMAGE = np.full((48, 64, 3), 80, np.uint8)


def folder_of(tmp_path: Path, **changes: object) -> Path:
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.jpg"), IMAGE)
    image = {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48, "labelled_classes": ["car", "smoke"]}
    document = {
        "images": [{**image, "ignore": [[0, 0, 8, 8]]}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 4, "bbox": [10, 20, 30, 10]}],
        "categories": [{"id": 4, "name": "car"}, {"id": 8, "name": "smoke"}, {"id": 77, "name": "kite"}],
    }
    (tmp_path / "annotations.json").write_text(json.dumps({**document, **changes}))
    return tmp_path


def test_pictures_come_back_as_they_were_written(tmp_path: Path) -> None:
    frames = [(IMAGE, [("person", Box(1, 2, 11, 22)), ("smoke", Box(0, 0, 64, 48))]), (IMAGE, [])]
    assert list(write_pictures(frames, tmp_path, source="drawn")) == [1, 2]
    first, second = load_pictures(tmp_path)
    np.testing.assert_allclose(first.labels.boxes_px, [[1, 2, 11, 22], [0, 0, 64, 48]])
    assert [KINDS[kind] for kind in first.labels.kinds] == ["person", "smoke"]
    assert first.labels.labelled.all()
    assert len(second.labels.boxes_px) == 0
    np.testing.assert_allclose(read_picture(first), IMAGE, atol=3)


def test_finer_classes_are_merged_and_labels_are_federated(tmp_path: Path) -> None:
    (picture,) = load_pictures(folder_of(tmp_path))
    assert [KINDS[kind] for kind in picture.labels.kinds] == ["vehicle"]
    assert [KINDS[i] for i in np.flatnonzero(picture.labels.labelled)] == ["vehicle", "smoke"]
    np.testing.assert_allclose(picture.labels.ignored_px, [[0, 0, 8, 8]])


def annotation(**changes: object) -> dict[str, object]:
    return {"annotations": [{"id": 31, "image_id": 1, "category_id": 4, "bbox": [0, 0, 3, 1], **changes}]}


def image(**changes: object) -> dict[str, object]:
    return {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48, **changes}]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(annotation(bbox=[50, 0, 30, 10]), "annotation 31.*outside its picture of 64x48", id="outside"),
        pytest.param(annotation(category_id=5), "annotation 31.*category_id 5", id="category"),
        pytest.param(annotation(image_id=9), "annotation 31.*no picture: image_id 9", id="picture"),
        pytest.param(annotation(bbox=["x"]), "annotation 31.*is no box", id="box"),
        pytest.param(annotation(bbox=[1, 1, -4, 2]), "annotation 31.*is no box", id="negative"),
        pytest.param(annotation(bbox=[1, float("nan"), 4, 2]), "annotation 31.*is no box", id="not a number"),
        pytest.param({"images": [{"id": 1}]}, "image 1: has no file_name", id="no size"),
        pytest.param(image(height=0), r"image a\.jpg: has no size", id="empty picture"),
        pytest.param({"images": 2 * image()["images"]}, r"image a\.jpg: id 1 stands twice", id="twice"),  # type: ignore[operator]
        pytest.param(image(labelled_classes=["cars"]), "a.jpg.*labelled_classes names 'cars'", id="labelled"),
        pytest.param(
            {"categories": [{"id": 4, "name": ""}]}, "category 4: is a class without a name", id="empty class"
        ),
        pytest.param({"categories": 3}, "not COCO annotations", id="no list"),
    ],
)
def test_wrong_annotations_are_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        load_pictures(folder_of(tmp_path, **changes))
    assert "annotations.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_annotations_or_with_broken_ones_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_pictures(tmp_path)
    (tmp_path / "annotations.json").write_text('{"images": [')
    with pytest.raises(InputError, match="not readable as JSON"):
        load_pictures(tmp_path)


def test_a_corrupt_picture_and_one_of_another_size_are_wrong_input(tmp_path: Path) -> None:
    (picture,) = load_pictures(folder_of(tmp_path))
    picture.path.write_bytes(picture.path.read_bytes()[:40])
    with pytest.raises(InputError, match="not a readable picture"):
        read_picture(picture)
    cv2.imwrite(str(picture.path), IMAGE[:20])
    with pytest.raises(InputError, match="64x20, annotated as 64x48"):
        read_picture(picture)


def test_a_picture_that_was_cut_off_is_wrong_input_although_a_decoder_fills_it_up(tmp_path: Path) -> None:
    (picture,) = load_pictures(folder_of(tmp_path))
    cv2.imwrite(str(picture.path), np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8))
    picture.path.write_bytes(picture.path.read_bytes()[:-900])
    with pytest.raises(InputError, match="its end is missing"):
        read_picture(picture)
    picture.path.unlink()
    with pytest.raises(InputError, match=r"a\.jpg: cannot be read"):
        read_picture(picture)


def test_what_a_model_proposed_and_nobody_looked_at_is_no_label(tmp_path: Path) -> None:
    proposed = {"id": 1, "image_id": 1, "category_id": 4, "bbox": [10, 20, 30, 10], "proposal": True, "score": 0.4}
    (picture,) = load_pictures(folder_of(tmp_path, annotations=[proposed]))
    assert len(picture.labels.boxes_px) == len(picture.categories) == 0


def test_boxes_keep_the_names_of_their_finer_classes(tmp_path: Path) -> None:
    (picture,) = load_pictures(folder_of(tmp_path))
    assert picture.categories == ("car",)


def test_names_of_classes_may_be_written_with_capitals_hyphens_and_spaces(tmp_path: Path) -> None:
    categories = [{"id": 4, "name": "Two-Wheeler"}]
    folder = folder_of(tmp_path, categories=categories, **image(labelled_classes=["two wheeler"]))
    (picture,) = load_pictures(folder)
    assert picture.categories == ("two_wheeler",)
    assert [KINDS[index] for index in np.flatnonzero(picture.labels.labelled)] == ["two_wheeler"]
