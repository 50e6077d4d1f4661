"""The model card keeps its prose and gets its figures anew."""

from dataclasses import replace
from pathlib import Path

from missions import Box, Detection
from vision.detector.card import BEGIN, END, section, with_tables
from vision.detector.classes import KINDS
from vision.detector.coco import load_pictures
from vision.detector.evaluation import Evaluation, evaluate
from vision.detector.judged import Judged
from vision.detector.weights import open_weights


def evaluation(folder: Path) -> Evaluation:
    """Two pictures in colour and two thermal ones, of which all boxes were found."""
    judged = []
    for number, picture in enumerate(load_pictures(folder)):
        said = [
            Detection(kind=KINDS[kind], score=0.9, box_px=Box(*(float(edge) for edge in box)))
            for box, kind in zip(picture.labels.boxes_px, picture.labels.kinds, strict=True)
        ]
        judged.append(Judged(picture=replace(picture, modality="thermal" if number % 2 else "rgb"), detections=said))
    return evaluate(judged, in_haze=judged[::2])


def test_what_stands_between_the_marks_is_replaced_and_nothing_else(drawn_folder: Path, plain_weights: Path) -> None:
    card = f"# net\n\nprose\n\n{BEGIN}\n\nold figures\n\n{END}\n\nmore prose\n"
    text = with_tables(card, open_weights(plain_weights), {"drawn": evaluation(drawn_folder)})
    assert text.startswith("# net\n\nprose\n")
    assert text.endswith("more prose\n")
    assert "old figures" not in text
    assert "| vehicle | 4 | 4 | 1.000 | 1.000 |" in text
    assert with_tables(text, open_weights(plain_weights), {"drawn": evaluation(drawn_folder)}) == text


def test_people_and_two_wheelers_in_colour_have_rows_of_their_own(drawn_folder: Path) -> None:
    text = section("drawn", evaluation(drawn_folder))
    for row in ("| person, rgb | 2 | 2 |", "| person, thermal | 2 | 2 |", "| two_wheeler, rgb | 2 | 2 |"):
        assert row in text
    assert "| haze |" in text
    assert "| car | rgb | 2 | 2 | 1.00 |" in text
