"""The five kinds the detector tells apart, and how the finer classes of data sets merge into them."""

from typing import Final

KINDS: Final = ("person", "two_wheeler", "vehicle", "smoke", "fire")
"""Order of the network's outputs."""

KIND_OF_CATEGORY: Final = {
    "pedestrian": 0,
    "person": 0,
    "bicycle": 1,
    "motorcycle": 1,
    "two_wheeler": 1,
    "car": 2,
    "van": 2,
    "truck": 2,
    "bus": 2,
    "vehicle": 2,
    "smoke": 3,
    "fire": 4,
}
"""Category name in a COCO file to index in KINDS."""

AMORPHOUS: Final = frozenset({KINDS.index("smoke"), KINDS.index("fire")})
"""Kinds without a shape: any piece of one is one."""

CATEGORIES: Final = (
    (1, "pedestrian"),
    (2, "bicycle"),
    (3, "motorcycle"),
    (4, "car"),
    (5, "van"),
    (6, "truck"),
    (7, "bus"),
    (8, "smoke"),
    (9, "fire"),
)
"""COCO ids and names of the files that skypatrol writes."""

CATEGORY_OF_KIND: Final = {"person": 1, "two_wheeler": 3, "vehicle": 4, "smoke": 8, "fire": 9}
"""COCO id under which a box of a merged kind is written."""
