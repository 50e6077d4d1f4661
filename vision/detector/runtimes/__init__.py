"""What runs a network: one module for each runtime, one seam for all of them."""

from vision.detector.runtimes.choice import start
from vision.detector.runtimes.port import NetworkFile, Running, Tensors
from vision.detector.runtimes.present import Present, runtimes_here

__all__ = ["NetworkFile", "Present", "Running", "Tensors", "runtimes_here", "start"]
