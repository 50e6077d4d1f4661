"""Every sentence a user of alerts and pages reads, in English and 简体中文, from one catalogue."""

import tomllib
from functools import cache
from importlib import resources

LANGUAGES = ("en", "zh-CN")


@cache
def _sentences(language: str) -> dict[str, str]:
    text = (resources.files("missions") / "languages" / f"{language}.toml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in tomllib.loads(text).items()}


def say(key: str, language: str, /, **values: object) -> str:
    """Return the sentence of the catalogue with its places filled in.

    Raises:
        KeyError: the catalogue lacks the key; a test keeps both languages complete.

    """
    return _sentences(language)[key].format(**values)


def keys(language: str) -> frozenset[str]:
    """Return the keys a language has."""
    return frozenset(_sentences(language))
