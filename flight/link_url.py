"""Addresses of vehicles: `udpin:HOST:PORT`, `udpout:HOST:PORT`, `tcp:HOST:PORT`, `serial:/dev/ttyX:BAUD`."""

from dataclasses import dataclass, field

from missions import InputError

SCHEMES = ("udpin", "udpout", "tcp", "serial")
LINK_FORMS = "udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or serial:/dev/ttyX:BAUD"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUrl:
    """A parsed address. `number` is the port, or the baud rate of a serial line."""

    scheme: str
    place: str
    number: int
    option: str = field(default="--link", compare=False)
    """Where it was given, for errors."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.place}:{self.number}"


def parse_link_url(text: str, option: str = "--link") -> LinkUrl:
    """Read an address.

    Raises:
        InputError: saying what would be right.

    """
    scheme, _, rest = text.partition(":")
    place, colon, number = rest.rpartition(":")
    if scheme not in SCHEMES or not colon or not place or not number.isdecimal():
        raise InputError(f"{text!r} is not a link", field=option, remedy=LINK_FORMS)
    value = int(number)
    if scheme != "serial" and not 0 < value < 65536:
        raise InputError(f"{text!r} has no port between 1 and 65535", field=option, remedy=LINK_FORMS)
    return LinkUrl(scheme=scheme, place=place.strip("[]"), number=value, option=option)
