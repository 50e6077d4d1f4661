"""Boxes of people, two-wheelers, vehicles, smoke and fire from one picture seen from above."""

from vision.detector.runtime import load_detector

__all__ = ["load_detector"]
