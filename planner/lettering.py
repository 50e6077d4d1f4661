"""Fonts for pictures: Latin and Chinese where the machine has them, and never a box where it has not."""

from functools import cache
from pathlib import Path
from typing import Final

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties

_LATIN: Final = "DejaVu Sans"  # comes with matplotlib
_CHINESE: Final = ("NotoSansCJK", "NotoSansSC", "SourceHanSans", "wqy-microhei", "wqy-zenhei", "DroidSansFallback")
"""File names, in the order of preference."""


@cache
def families() -> tuple[str, ...]:
    """Return the font families to try for each character, in order."""
    found: dict[str, str] = {}
    for file in sorted(font_manager.findSystemFonts()):
        stem = Path(file).stem
        wanted = next((name for name in _CHINESE if stem.startswith(name)), None)
        if wanted and wanted not in found and "Bold" not in stem:
            found[wanted] = file
    for name in _CHINESE:
        if name in found:
            font_manager.fontManager.addfont(found[name])
            return _LATIN, FontProperties(fname=found[name]).get_name()
    return (_LATIN,)


@cache
def _known_characters() -> frozenset[int]:
    known: set[int] = set()
    for family in families():
        face = font_manager.get_font(font_manager.findfont(family))
        known.update(face.get_charmap())
    return frozenset(known)


def legible(text: str) -> str:
    """Return the text without the characters no font here can draw; empty where nothing is left."""
    known = _known_characters()
    return " ".join("".join(letter for letter in text if ord(letter) in known).split())


def lettering(size_pt: float, *, bold: bool = False) -> FontProperties:
    """Return the font of a size."""
    return FontProperties(family=list(families()), size=size_pt, weight="bold" if bold else "normal")
