"""Roads by name: the whole name, one language of a bilingual one, or another name the file gives."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from missions.roads.network import Road

PART_OF_NAME: Final = "part of name"
_HAN_RUN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+(?:[\s\d]*[\u3400-\u9fff\uf900-\ufaff]+)*")


class NameMatch(NamedTuple):
    """A wanted name, and by what it was found."""

    wanted: str
    tag: str
    """`name`, `part of name`, or the tag of another name: `name:en`, `alt_name`, `ref`."""
    value: str
    roads: int


def matched(road: Road, wanted: str) -> tuple[str, str] | None:
    """Return the tag and the value by which a road bears the wanted name, without regard to case; None if not."""
    return next(((tag, value) for tag, value in _names(road) if _plain(value) == _plain(wanted)), None)


def name_matches(roads: Iterable[Road], names: Sequence[str]) -> tuple[NameMatch, ...]:
    """Return by what each wanted name was found, the commonest first."""
    found: Counter[tuple[str, str, str]] = Counter()
    for road in roads:
        found.update((wanted, *match) for wanted in names if (match := matched(road, wanted)) is not None)
    return tuple(NameMatch(*key, roads=count) for key, count in found.most_common())


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _names(road: Road) -> Iterator[tuple[str, str]]:
    yield "name", road.name
    yield from ((PART_OF_NAME, part) for part in _languages(road.name))
    for tag, value in road.other_names:
        yield from ((tag, part.strip()) for part in value.split(";"))


def _languages(name: str) -> list[str]:
    """Return the Chinese and the other part of a bilingual name; nothing for a name of one language."""
    han = _HAN_RUN.findall(name)
    rest = " ".join(_HAN_RUN.sub(" ", name).split()).strip(" ()（）/-")
    return [*han, rest] if han and rest else []
