"""A second look at what may be smoke or fire, in time: a few seconds of one place, laid over each other.

It tells smoke from fog, steam, dust, exhaust, clouds and sunset, and fire from lamps, reflections and brake lights.
"""

from vision.second_look.look import SecondLook, load_second_look
from vision.second_look.strip import Strip, strip_of

__all__ = ["SecondLook", "Strip", "load_second_look", "strip_of"]
