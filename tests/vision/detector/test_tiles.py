"""Tiles: objects stay under their boxes, whatever is done to the picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from missions import InputError
from vision.detector.coco import Picture, load_pictures, read_picture
from vision.detector.sampling import TileSource, picture_weights
from vision.detector.tiles import TILE_PX, make_tile, mosaic


@pytest.fixture
def pictures(drawn_folder: Path) -> tuple[Picture, ...]:
    return load_pictures(drawn_folder)


@pytest.mark.parametrize("view", ["oblique", "nadir"])
def test_an_objects_box_in_a_tile_holds_its_colour(pictures: tuple[Picture, ...], view: str) -> None:
    seen = 0
    for seed in range(40):
        picture = replace(pictures[seed % 4], view=view, modality="grey")  # no hue changes
        tile = make_tile(read_picture(picture), picture, np.random.default_rng(seed))
        assert tile.image.shape == (TILE_PX[1], TILE_PX[0], 3)
        for x1, y1, x2, y2 in tile.labels.boxes_px[tile.labels.kinds == 4]:
            middle = tile.image[int((y1 + y2) / 2), int((x1 + x2) / 2)].astype(int)
            assert middle[2] > middle[0] + 40
            assert middle[2] > middle[1] + 40
            seen += 1
    assert seen >= 5  # a tile shows a quarter of the enlarged picture


def test_an_object_cut_by_the_tile_is_labelled_by_what_is_left_or_left_out(pictures: tuple[Picture, ...]) -> None:
    for seed in range(60):
        labels = make_tile(read_picture(pictures[0]), pictures[0], np.random.default_rng(seed)).labels
        for boxes in (labels.boxes_px, labels.ignored_px):
            assert (boxes >= 0).all()
            assert (boxes <= [*TILE_PX, *TILE_PX]).all()
        assert len(labels.boxes_px) == len(labels.kinds)


def test_a_tile_is_a_function_of_seed_and_number(pictures: tuple[Picture, ...]) -> None:
    weights = picture_weights(pictures)
    once, again = (TileSource(pictures, weights, seed=9) for _ in range(2))
    once.tile(3)
    np.testing.assert_array_equal(once.tile(17).image, again.tile(17).image)
    other = TileSource(pictures, weights, seed=10)
    assert not np.array_equal(once.tile(17).image, other.tile(17).image)


def test_in_a_plain_tile_things_have_the_size_and_colour_that_they_have_in_the_picture(
    pictures: tuple[Picture, ...],
) -> None:
    upright = tuple(replace(picture, view="oblique") for picture in pictures)  # no quarter turns
    tiles = TileSource(upright, picture_weights(upright), seed=9, plain=True)
    image, boxes = read_picture(upright[0]), upright[0].labels.boxes_px  # one thing of each kind, alike in all
    true = {
        int(kind): (box[2:] - box[:2], _middle(image, box))
        for box, kind in zip(boxes, upright[0].labels.kinds, strict=True)
    }
    seen = 0
    for number in range(20):
        tile = tiles.tile(number)
        for box, kind in zip(tile.labels.boxes_px, tile.labels.kinds, strict=True):
            if box.min() > 0 and box[2] < TILE_PX[0] and box[3] < TILE_PX[1]:
                np.testing.assert_allclose(box[2:] - box[:2], true[int(kind)][0], rtol=0.3)
                np.testing.assert_allclose(_middle(tile.image, box), true[int(kind)][1], atol=20)
                seen += 1
    assert seen >= 60


def _middle(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    colour: NDArray[np.uint8] = image[int((box[1] + box[3]) / 2), int((box[0] + box[2]) / 2)]
    return colour


def test_a_mixture_shares_out_by_source_and_favours_rare_kinds(pictures: tuple[Picture, ...], tmp_path: Path) -> None:
    empty = replace(pictures[1].labels, kinds=np.zeros(0, np.int64), boxes_px=np.zeros((0, 4), np.float32))
    mixed = (pictures[0], replace(pictures[1], labels=empty), replace(pictures[2], source="street"))
    file = tmp_path / "mixture.toml"
    file.write_text("other = 0.25\n[sources]\nstreet = 0.75\n[with_kind]\nsmoke = 4.0\n")
    np.testing.assert_allclose(picture_weights(mixed, file), [0.2, 0.05, 0.75])


@pytest.mark.parametrize(
    "text",
    [
        "sources = 3",
        "[sources]\ndrawn = 'many'",
        "[sources]\nelsewhere = 1.0",
        "[",
        "[sources]\na=1\n[with_kind]\nkite=2",
    ],
)
def test_a_file_that_is_no_mixture_is_wrong_input(pictures: tuple[Picture, ...], tmp_path: Path, text: str) -> None:
    file = tmp_path / "mixture.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"mixture\.toml"):
        picture_weights(pictures, file)


def test_four_quarters_make_a_tile_whose_boxes_hold_their_colours(pictures: tuple[Picture, ...]) -> None:
    seen = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        four = [replace(picture, modality="grey") for picture in pictures]
        tile = mosaic([make_tile(read_picture(picture), picture, rng, quarter=True) for picture in four])
        assert tile.image.shape == (TILE_PX[1], TILE_PX[0], 3)
        for x1, y1, x2, y2 in tile.labels.boxes_px[tile.labels.kinds == 4]:
            middle = tile.image[int((y1 + y2) / 2), int((x1 + x2) / 2)].astype(int)
            assert middle[2] > middle[0] + 40
            seen += 1
    assert seen >= 20
