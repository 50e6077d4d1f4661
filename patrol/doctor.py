"""What is installed here, what is missing, and what each missing part would give."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing skypatrol can use."""

    name: str
    found: str | None
    """Version or place; None where it is missing."""
    gives: str
    needed: bool
    """Whether a patrol cannot run without it."""
    remedy: str


def examine() -> tuple[Part, ...]:
    """Return every part, needed ones first."""
    return (
        _python(),
        _package("numpy", "arithmetic", "make setup"),
        _opencv(),
        _package("torch", "training; loading weights before OpenVINO runs them", "make setup"),
        _package("openvino", "the detector on a CPU", "make setup"),
        _package("av", "video in and out", "make setup"),
        _package("pymavlink", "talking to aircraft", "make setup"),
        _package("numba", "planning", "make setup"),
        _package("trackers", "tracking", "make setup"),
        _package("nicegui", "the review page", "make setup"),
        _package("apprise", "alerts to phones, mail and group chats", "make setup"),
        _package("dronekit", "DroneKit scripts on our link", "make setup"),
        *_runtimes(),
        _program("arducopter", "patrols on ArduPilot's own simulator", "patrol sitl get", _arducopter),
        _program("chromium", "tests of the review page", "apt-get install chromium", lambda: shutil.which("chromium")),
        _program(
            "GStreamer RTSP server",
            "tests of RTSP video",
            "apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi",
            _gst_rtsp,
        ),
        _program(
            "a Chinese font",
            "road names on maps",
            "apt-get install fonts-noto-cjk",
            _chinese_font,
        ),
    )


def _python() -> Part:
    good = sys.version_info >= (3, 11)
    return Part(
        name="Python",
        found=sys.version.split()[0] if good else None,
        gives="everything",
        needed=True,
        remedy="Python 3.11 or newer",
    )


def _package(name: str, gives: str, remedy: str) -> Part:
    try:
        found = version(name) if find_spec(name) else None
    except PackageNotFoundError:
        found = None
    return Part(name=name, found=found, gives=gives, needed=True, remedy=remedy)


def _runtimes() -> tuple[Part, ...]:
    from vision.detector.runtimes import runtimes_here

    return tuple(
        Part(name=f"runtime {one.runtime}", found=one.found, gives=one.gives, needed=False, remedy=one.remedy)
        for one in runtimes_here()
    )


def _opencv() -> Part:
    """Which of the two wheels is here, and whether it loads: a missing system library shows only on import."""
    found = None
    for wheel in ("opencv-python", "opencv-python-headless"):
        try:
            found = f"{wheel} {version(wheel)}"
        except PackageNotFoundError:
            continue
    if found and subprocess.run([sys.executable, "-c", "import cv2"], capture_output=True, check=False).returncode:
        found = None
    return Part(name="OpenCV", found=found, gives="image work", needed=True, remedy="make setup")


def _program(name: str, gives: str, remedy: str, look: Callable[[], str | None]) -> Part:
    return Part(name=name, found=look(), gives=gives, needed=False, remedy=remedy)


def _arducopter() -> str | None:
    from missions.errors import InputError
    from patrol.arducopter_here import arducopter_here

    try:
        return str(arducopter_here())
    except InputError:
        return None


def _gst_rtsp() -> str | None:
    system_python = "/usr/bin/python3"
    code = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if not Path(system_python).exists():
        return None
    trial = subprocess.run([system_python, "-c", code], capture_output=True, check=False)
    return "installed" if trial.returncode == 0 else None


def _chinese_font() -> str | None:
    from matplotlib import font_manager

    names = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in sorted(names) if "CJK" in name or "WenQuanYi" in name), None)
