"""Somebody's ONNX detector: checked against its map when it is loaded, and run behind the same port as ours."""

from vision.detector.foreign.detector import load_foreign
from vision.detector.foreign.draft import draft_map

__all__ = ["draft_map", "load_foreign"]
