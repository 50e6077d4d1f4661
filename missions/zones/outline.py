"""An outline drawn piece by piece, as OpenAir does: corners, arcs, a circle or an airway."""

from typing import Final

from missions.geopoint import GeoPoint
from missions.zones.shapes import arc, bearing_and_distance, circle, corridor, offset

_RADII_DIFFER: Final = 0.1
"""Of the larger: an arc whose ends are so unequally far from its centre is none."""

Arc = tuple[GeoPoint, GeoPoint, GeoPoint, bool]
"""Centre, start, end, clockwise."""


class Outline:
    """Takes pieces in order and closes them to a ring; centre, direction and width hold until they are set again."""

    def __init__(self) -> None:
        self.centre: GeoPoint | None = None
        self.clockwise = True
        self.width_m: float | None = None
        self._pieces: list[GeoPoint | Arc] = []
        self._circle: tuple[GeoPoint, float] | None = None
        self._airway: list[GeoPoint] = []

    def corner(self, place: GeoPoint) -> None:
        """Add a corner."""
        self._pieces.append(place)

    def circle(self, centre: GeoPoint, radius_m: float) -> None:
        """Make the outline a circle."""
        self._circle = (centre, radius_m)

    def airway(self, place: GeoPoint) -> None:
        """Add a corner of an airway's middle line."""
        self._airway.append(place)

    def arc_of_places(self, centre: GeoPoint, start: GeoPoint, end: GeoPoint) -> None:
        """Add an arc between two places.

        Raises:
            ValueError: they are not about equally far from the centre.

        """
        near_m, far_m = sorted(bearing_and_distance(centre, place)[1] for place in (start, end))
        if far_m == 0 or far_m - near_m > _RADII_DIFFER * far_m:
            raise ValueError(f"has ends {near_m:.0f} m and {far_m:.0f} m from its centre")
        self._pieces.append((centre, start, end, self.clockwise))

    def arc_of_angles(self, centre: GeoPoint, radius_m: float, start_deg: float, end_deg: float) -> None:
        """Add an arc between two bearings from true north."""
        start, end = (offset(centre, bearing_deg, radius_m) for bearing_deg in (start_deg, end_deg))
        self._pieces.append((centre, start, end, self.clockwise))

    def ring(self) -> tuple[GeoPoint, ...]:
        """Return the corners of a polygon that contains the outline.

        Raises:
            ValueError: nothing was drawn that has an area, or two things were.

        """
        drawn = [bool(self._pieces), self._circle is not None, bool(self._airway)]
        if sum(drawn) != 1:
            raise ValueError("draws nothing" if not any(drawn) else "mixes corners, circle and airway")
        if self._circle is not None:
            return circle(*self._circle)
        if self._airway:
            if self.width_m is None or len(self._airway) < 2:
                raise ValueError("an airway needs V W= and two DY")
            return corridor(self._airway, self.width_m)
        turns_clockwise = _area_deg2(self._corners(None)) < 0
        corners = self._corners(turns_clockwise)
        if len(set(corners)) < 3:
            raise ValueError(f"has {len(set(corners))} corners")
        return corners

    def _corners(self, turns_clockwise: bool | None) -> tuple[GeoPoint, ...]:
        """Return the corners with each arc outside its circle where the zone lies inside it."""
        corners: list[GeoPoint] = []
        for piece in self._pieces:
            if isinstance(piece, GeoPoint):
                corners.append(piece)
            else:
                centre, start, end, clockwise = piece
                corners += arc(centre, start, end, clockwise=clockwise, outside=clockwise is turns_clockwise)
        return tuple(corners)


def _area_deg2(ring: tuple[GeoPoint, ...]) -> float:
    """Return the signed area in degrees: positive counter-clockwise."""
    after = (*ring[1:], *ring[:1])
    return sum(a.lon_deg * b.lat_deg - b.lon_deg * a.lat_deg for a, b in zip(ring, after, strict=True)) / 2
