"""Somebody's ONNX detector: checked against its map when it is loaded, and run behind the same port as ours."""

from vision.detector.foreign.detector import load_foreign

__all__ = ["load_foreign"]
