"""What every page has: head, top bar, language, reviewer, and the escape of everything that comes from outside."""

import getpass
import json
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, unquote, urlencode

from nicegui import ui

from missions.catalogue import LANGUAGES, say
from review.actions import ReviewAction
from review.feed import PatrolFeed, PatrolSet
from review.wording import page_language, script_texts

_COOKIE = "sky-reviewer"
_LANGUAGE_NAMES = {"en": "English", "zh-CN": "简体中文"}
_LOGO = (
    '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13"/>'
    '<path d="M16 5v6M16 21v6M5 16h6M21 16h6"/><circle class="eye" cx="16" cy="16" r="4"/></svg>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the pages of one server share."""

    patrols: PatrolSet
    actions: tuple[ReviewAction, ...]
    language: str | None
    """None: the mission's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One visit of one page."""

    site: Site
    language: str
    chosen: str | None
    """The language asked for in the address; links keep it."""

    def say(self, key: str, **values: object) -> str:
        """Return a sentence of the pages in the visitor's language."""
        return say(f"review.{key}", self.language, **values)

    def link(self, *parts: str, **query: str | None) -> str:
        """Return an address of this site that keeps the language."""
        wanted = {name: value for name, value in {**query, "lang": self.chosen}.items() if value}
        path = "/" + "/".join(quote(part, safe="") for part in parts)
        return f"{path}?{urlencode(wanted)}" if wanted else path


def view_of(site: Site, lang: str | None, feed: PatrolFeed | None = None) -> View:
    """Return the visit: the language asked for, else the server's, else the mission's."""
    fallback = site.language or (feed.language if feed else "en")
    return View(site=site, language=page_language(lang, fallback), chosen=lang if lang in LANGUAGES else None)


def html(content: str, classes: str = "", tag: str = "div") -> ui.html:
    """Add markup of ours; values in it are escaped by who writes it."""
    return ui.html(content, sanitize=False, tag=tag).classes(classes)


def esc(text: object) -> str:
    """Return text that is safe inside markup and attributes."""
    return escape(str(text), quote=True)


def badge(state: str, words: str) -> str:
    """Return the mark of a state."""
    return f'<span class="badge {esc(state)}">{esc(words)}</span>'


def head(view: View, title: str) -> None:
    """Add styles, scripts and their sentences."""
    settings = json.dumps({"language": view.language, "text": script_texts(view.language)}, ensure_ascii=False)
    ui.page_title(f"{title} · {view.say('product')}")
    ui.add_head_html('<link rel="stylesheet" href="/static/review.css">')
    settings = settings.replace("</", "<\\/")
    ui.add_head_html(f'<script type="application/json" id="sky-settings">{settings}</script>')
    ui.add_head_html('<script type="module" src="/static/review.js"></script>')
    ui.query("html").props(f'lang="{view.language}"')
    ui.dark_mode(value=True)
    ui.query(".nicegui-content").classes("sky")


class TopBar:
    """The bar above every page: where you are, who you are, in which language."""

    def __init__(self, view: View, crumbs: list[tuple[str, str | None]], here: tuple[str, ...]) -> None:
        with ui.element("header").classes("top"):
            trail = "".join(
                f'<a href="{esc(address)}">{esc(words)}</a>' if address else f"<span>{esc(words)}</span>"
                for words, address in crumbs
            )
            html(f'<a class="home" href="{esc(view.link())}">{_LOGO}<b>skypatrol</b></a><nav>{trail}</nav>', "trail")
            self.middle = ui.element("div").classes("middle")
            with ui.element("label").classes("who"):
                html(esc(view.say("reviewer")), tag="span")
                self._reviewer = ui.input(value=_known_name()).props('dense borderless debounce="300" maxlength="60"')
                self._reviewer.classes("reviewer")
            html(self._languages(view, here), "languages")
        self._reviewer.on("blur", self._remember)

    @property
    def reviewer(self) -> str:
        """Who decides, as written in the bar."""
        return str(self._reviewer.value or "").strip() or _user_name()

    def _languages(self, view: View, here: tuple[str, ...]) -> str:
        links = []
        for language in LANGUAGES:
            address = esc(View(site=view.site, language=language, chosen=language).link(*here))
            on = ' class="on"' if language == view.language else ""
            links.append(f'<a{on} lang="{language}" href="{address}">{_LANGUAGE_NAMES[language]}</a>')
        return "".join(links)

    def _remember(self) -> None:
        """Keep the reviewer's name in this browser."""
        kept = f"{_COOKIE}={quote(self.reviewer, safe='')}; path=/; max-age=31536000; samesite=lax"
        ui.run_javascript(f"document.cookie = {json.dumps(kept)}")


def _known_name() -> str:
    request = ui.context.client.request
    kept = unquote(request.cookies.get(_COOKIE, "")) if request else ""
    return kept[:60] or _user_name()


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"
