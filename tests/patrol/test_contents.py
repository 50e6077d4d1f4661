"""The table of contents is read at every start of `patrol`."""

import subprocess
import sys

HEAVY = ("av", "cv2", "dronekit", "openvino", "scipy", "shapely", "sqlalchemy", "torch")


def test_the_contents_do_not_wait_for_what_only_some_commands_need() -> None:
    code = f"import sys, patrol.contents; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
