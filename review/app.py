"""The review application: pages and data routes over a folder of archives, and the server for them."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from starlette.responses import Response

from missions.errors import InputError
from review.actions import ReviewAction
from review.data_routes import DataRoutes
from review.feed import PatrolSet
from review.pages.footage_page import footage_page
from review.pages.grid import grid_page
from review.pages.incident_page import incident_page
from review.pages.patrol_list import patrol_list_page
from review.pages.shell import Site, TopBar, esc, head, html, view_of

_STATIC = Path(__file__).parent / "static"
_CLOSE_S = 5


def create_app(folder: Path, *, actions: Sequence[ReviewAction] = (), language: str | None = None) -> FastAPI:
    """Return the application over an archive, or over a folder of archives; `language` None follows each mission.

    NiceGUI keeps its pages in one place per process: the newest application of a process is the one that is served.

    Raises:
        InputError: there is no such folder, or the archive in it is damaged.
    """
    site = Site(patrols=PatrolSet(folder), actions=tuple(actions), language=language)
    app = FastAPI(title="skypatrol review", openapi_url=None)
    app.include_router(DataRoutes(site.patrols).router())
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    _add_pages(site)
    ui.run_with(
        app,
        title="skypatrol review",
        favicon=_STATIC / "favicon.svg",
        dark=True,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=10.0,
    )
    return app


def _add_pages(site: Site) -> None:
    @ui.page("/")
    def patrols(lang: str | None = None) -> Response | None:
        if site.patrols.single:
            (feed,) = site.patrols.feeds()
            return RedirectResponse(view_of(site, lang).link("p", feed.key))
        patrol_list_page(site, lang)
        return None

    @ui.page("/p/{key}")
    def patrol(key: str, lang: str | None = None) -> None:
        feed = site.patrols.feed(key)
        if feed is None:
            _missing(site, lang)
        else:
            grid_page(site, feed, lang)

    @ui.page("/p/{key}/footage")
    def footage(key: str, at: float | None = None, lang: str | None = None) -> None:
        feed = site.patrols.feed(key)
        if feed is None:
            _missing(site, lang)
        else:
            footage_page(site, feed, at, lang)

    @ui.page("/p/{key}/i/{incident_id}")
    def incident(key: str, incident_id: str, lang: str | None = None) -> None:
        feed = site.patrols.feed(key)
        if feed is not None:
            feed.poll()
        file = feed.file(incident_id) if feed else None
        if feed is None or file is None:
            _missing(site, lang)
        else:
            incident_page(site, feed, file, lang)


def _missing(site: Site, lang: str | None) -> None:
    view = view_of(site, lang)
    head(view, view.say("product"))
    TopBar(view, [(view.say("patrols"), view.link())], ())
    html(esc(view.say("missing")), "title nothing")
    ui.context.client.status_code = 404


class _Server(uvicorn.Server):
    """Leaves signals to the command that serves, and says when pages are answered."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_async(
    folder: Path,
    *,
    actions: Sequence[ReviewAction] = (),
    language: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], object] = lambda _url: None,
) -> None:
    """Serve until cancelled; port 0 takes a free one, and `on_ready` gets the address once pages are answered.

    Raises:
        InputError: the folder is none, or the port is taken.
    """
    app = create_app(folder, actions=actions, language=language)
    listener = _listen(host, port)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_CLOSE_S, ws_ping_interval=20)
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if server.started:
            shown = f"[{host}]" if ":" in host else host
            on_ready(f"http://{shown}:{listener.getsockname()[1]}/")
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        await asyncio.wait([task], timeout=_CLOSE_S + 2)
        listener.close()


def serve(
    folder: Path,
    *,
    actions: Sequence[ReviewAction] = (),
    language: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], object] = lambda _url: None,
) -> None:
    """Serve until interrupted. See `serve_async`."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_async(folder, actions=actions, language=language, host=host, port=port, on_ready=on_ready))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        remedy = "another --port, or 0 for a free one"
        raise InputError(f"{host}:{port} cannot be served: {exc.strerror}", remedy=remedy) from exc
    return listener
