"""An evaluation on one page: its tables and pictures of the worst cases, in one file that needs nothing else."""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from vision.detector.card import section
from vision.detector.classes import KINDS
from vision.detector.evaluation import Evaluation
from vision.detector.judged import Judged
from vision.detector.worst import Case, cut_jpeg, worst_false_alarms, worst_misses

_EACH: Final = 8
"""Misses, and false alarms, of each kind."""
_MISSES: Final = (
    "Objects that no detection of score 0.1 covered (IoU 0.5), the largest first. White: what is there; coloured: what "
    "was said; thick: the case."
)
_ALARMS: Final = "Detections of something that is not there, the surest first."
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 0.75rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } h3 { font-size: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9em; }
th, td { border-bottom: 1px solid var(--line); padding: 0.2rem 0.55rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.cases { display: grid; gap: 0.6rem; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
figure { margin: 0; } img { width: 100%; height: auto; display: block; border-radius: 4px; }
figcaption, .quiet { color: var(--quiet); font-size: 0.82em; overflow-wrap: anywhere; }
"""


def report_html(title: str, weights: str, evaluation: Evaluation, judged: Sequence[Judged]) -> str:
    """Return the page.

    Args:
        title: what was measured, such as the folder's name.
        weights: which weights, in words.
        evaluation: the figures.
        judged: the pictures they come from, to cut the cases from.

    """
    misses = [case for kind in range(len(KINDS)) for case in worst_misses(judged, kind, _EACH)]
    alarms = [case for kind in range(len(KINDS)) for case in worst_false_alarms(judged, kind, _EACH)]
    by_path = {one.picture.path: one for one in judged}
    parts = [
        f"<h1>{escape(title)}</h1>",
        _quiet(f"{weights}; {len(judged)} pictures."),
        *_tables(section(title, evaluation)),
        "<h2>Worst misses</h2>",
        _quiet(_MISSES),
        *_gallery(misses, by_path, "best nearby"),
        "<h2>Worst false alarms</h2>",
        _quiet(_ALARMS),
        *_gallery(alarms, by_path, "score"),
    ]
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    )
    return head + "\n".join(parts) + "</body></html>\n"


def _quiet(text: str) -> str:
    return f'<p class="quiet">{escape(text)}</p>'


def _gallery(cases: Sequence[Case], by_path: dict[Path, Judged], word: str) -> Iterator[str]:
    for kind in KINDS:
        mine = [case for case in cases if case.kind == kind]
        if not mine:
            continue
        yield f'<h3>{escape(kind)}</h3><div class="cases">'
        for case in mine:
            picture = base64.b64encode(cut_jpeg(case, by_path[case.picture.path])).decode()
            wide, high = case.box_px.x2 - case.box_px.x1, case.box_px.y2 - case.box_px.y1
            said = f"{case.picture.source}/{case.picture.path.name}, {wide:.0f}x{high:.0f} px, {word} {case.score:.2f}"
            yield (
                f'<figure><img alt="{escape(kind)}" width="320" height="240" loading="lazy" '
                f'src="data:image/jpeg;base64,{picture}"><figcaption>{escape(said)}</figcaption></figure>'
            )
        yield "</div>"


def _tables(markdown: str) -> Iterator[str]:
    """Yield the Markdown that `card.section` writes, headings, paragraphs and tables, as HTML."""
    for block in markdown.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if not lines:
            continue
        if lines[0].startswith("### "):
            continue  # the page has its title
        if lines[0].startswith("|"):
            yield '<div class="wide"><table>' + "".join(
                _row(line, "th" if n == 0 else "td") for n, line in _rows(lines)
            )
            yield "</table></div>"
        else:
            yield f"<p>{escape(' '.join(lines))}</p>"


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    yield 0, lines[0]
    yield from enumerate(lines[2:], 1)  # the second says where the columns are


def _row(line: str, tag: str) -> str:
    cells = line.strip().strip("|").split("|")
    return "<tr>" + "".join(f"<{tag}>{escape(cell.strip())}</{tag}>" for cell in cells) + "</tr>"
