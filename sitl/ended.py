"""The end of a process that was started here."""

import subprocess


def end_process(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Ask a process to finish; make it after `timeout_s` of wall time."""
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
