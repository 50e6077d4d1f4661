"""`patrol review`: the pages over an archive, or a folder of archives."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from missions.catalogue import LANGUAGES
from missions.errors import InputError
from patrol.console import stderr, stdout

ReviewedArg = Annotated[Path, typer.Argument(help="An archive, or a folder of archives.")]
HostOption = Annotated[str, typer.Option("--host", help="Address to serve on; 127.0.0.1 is this machine only.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help=f"{' or '.join(LANGUAGES)}; default: the mission's.")
]
OpenOption = Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser of this machine.")]


def review(
    archive: ReviewedArg = Path("patrols"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 0,
    language: LanguageOption = None,
    open_page: OpenOption = True,
) -> int:
    """Serve the review pages of ARCHIVE until interrupted."""
    from archive import list_archives

    if language is not None and language not in LANGUAGES:
        raise InputError(f"no language {language!r}", field="--language", remedy=" or ".join(LANGUAGES))
    if not list_archives(archive):
        raise InputError("holds no archive", file=archive, remedy="a patrol's archive, or a folder of archives")
    from review import serve

    def ready(url: str) -> None:
        stdout.print(f"review: {url}", soft_wrap=True)
        stderr.print("Ctrl-C ends it", style="dim")
        if open_page:
            webbrowser.open(url)

    serve(archive, host=host, port=port, language=language, on_ready=ready)
    return 130  # there is no other end than Ctrl-C
