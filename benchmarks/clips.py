"""Watch every shared clip, annotate it, and lay out pictures of each to be looked at.

`python benchmarks/clips.py [OUT] [--data FOLDER] [--detector nano]`; pictures made from shared data are not committed,
so OUT is ignored by git or lies elsewhere. Prints one row of a table per clip; docs/clips.md says what was seen.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from typer.testing import CliRunner

from patrol.contents import app

_COLUMNS, _ROWS, _TILE_PX = 3, 4, 480


def main() -> None:
    """Annotate, print, lay out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("build/clips"))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SKYPATROL_DATA", "../shared/data")))
    parser.add_argument("--detector", default="nano")
    parser.add_argument("--detect-hz", default="5")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    folders = sorted(entry.parent for entry in (options.data / "vision" / "clips").glob("*/meta.json"))
    print("| clip | seconds | looked at | detections | tracks | incidents | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for folder in folders:
        video = folder / "video.mp4" if (folder / "video.mp4").is_file() else folder / "frames"
        mp4 = options.out / f"{folder.name}.mp4"
        begin_s = time.process_time()
        said = watched(video, mp4, options.detector, options.detect_hz)
        (options.out / f"{folder.name}.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
        print(row(folder.name, said, time.process_time() - begin_s), flush=True)
        for number, sheet in enumerate(sheets(mp4)):
            cv2.imwrite(str(options.out / f"{folder.name}-{number}.jpg"), sheet)


def watched(video: Path, mp4: Path, detector: str, detect_hz: str) -> dict[str, Any]:
    """Return what `patrol watch --annotate --json` says of a video."""
    arguments = ["watch", str(video), "--annotate", str(mp4), "--json", "--detector", detector]
    result = CliRunner().invoke(app, [*arguments, "--detect-hz", detect_hz])
    if result.exit_code:
        raise SystemExit(f"{video}: {result.output or result.exception}")
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def row(name: str, said: dict[str, Any], cpu_s: float) -> str:
    """Return the clip's row of the table."""
    found = ", ".join(f"{count} {kind}" for kind, count in said["detections"].items()) or "none"
    tracks = ", ".join(f"{count} {kind}" for kind, count in said["tracks"].items()) or "none"
    opened = ", ".join(f"{i['kind']} at {i['opened_pts_s']:.1f} s" for i in said["incidents"]) or "none"
    return f"| {name} | {said['seconds']:.1f} | {said['looked']} | {found} | {tracks} | {opened} | {cpu_s:.0f} |"


def sheets(mp4: Path) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Return sheets of twelve pictures each, evenly spread over the annotated video, two sheets at most."""
    with av.open(str(mp4)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    wanted = np.linspace(0, len(frames) - 1, min(len(frames), 2 * _COLUMNS * _ROWS)).astype(int)
    height = round(_TILE_PX * frames[0].shape[0] / frames[0].shape[1])
    tiles = [cv2.resize(frames[n], (_TILE_PX, height), interpolation=cv2.INTER_AREA) for n in wanted]
    made = []
    for start in range(0, len(tiles), _COLUMNS * _ROWS):
        part = tiles[start : start + _COLUMNS * _ROWS]
        part += [np.zeros_like(tiles[0])] * (-len(part) % _COLUMNS)
        made.append(np.vstack([np.hstack(part[n : n + _COLUMNS]) for n in range(0, len(part), _COLUMNS)]))
    return made


if __name__ == "__main__":
    main()
