"""Make `import cv2` work here: where a system library it links is absent, put the headless wheel in its place.

`opencv-python` links libGL, libglib, libgthread and libxcb, which a bare server lacks. `opencv-python-headless` of the
same version holds the same code without windows, and we open none. Never both: they share their files.
"""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version


def _import_error() -> str | None:
    """Return why a fresh interpreter cannot import cv2, None where it can."""
    trial = subprocess.run([sys.executable, "-c", "import cv2"], capture_output=True, text=True, check=False)
    return None if trial.returncode == 0 else trial.stderr.strip().splitlines()[-1]


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def main() -> int:
    """Return 0 where cv2 can be imported at the end."""
    problem = _import_error()
    if problem is None:
        return 0
    try:
        installed = version("opencv-python")
    except PackageNotFoundError:
        sys.stderr.write(f"opencv-python is not installed: {problem}\n")
        return 1
    sys.stderr.write(
        f"import cv2 fails here ({problem});\n"
        f"opencv-python-headless {installed} takes its place: the same code, without windows\n"
    )
    _pip("uninstall", "--yes", "opencv-python")
    _pip("install", "--no-deps", f"opencv-python-headless=={installed}")
    problem = _import_error()
    if problem is not None:
        sys.stderr.write(f"still: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
