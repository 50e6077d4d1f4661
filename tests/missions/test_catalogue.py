"""Both languages say the same things."""

import string
import tomllib
from importlib import resources

import pytest

from missions.catalogue import LANGUAGES, keys, say
from missions.incident import IncidentKind


def _sentences(language: str) -> dict[str, str]:
    text = (resources.files("missions") / "languages" / f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_language_has_every_key() -> None:
    assert len(LANGUAGES) == 2
    assert all(keys(language) == keys("en") for language in LANGUAGES)


@pytest.mark.parametrize("key", sorted(keys("en")))
def test_a_sentence_has_the_same_places_in_both_languages(key: str) -> None:
    english, chinese = (_sentences(language)[key] for language in ("en", "zh-CN"))
    assert english.strip()
    assert chinese.strip()
    assert _places(english) == _places(chinese)


def test_every_kind_of_incident_has_a_name_and_chinese_is_chinese() -> None:
    for kind in IncidentKind:
        assert say(f"incident.{kind}", "en").isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in say(f"incident.{kind}", "zh-CN"))


def test_a_key_nobody_wrote_is_a_bug() -> None:
    with pytest.raises(KeyError):
        say("no.such.key", "en")
