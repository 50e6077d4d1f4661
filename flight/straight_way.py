"""Whether an aircraft may fly straight from one place to another by its plan's zones."""

from geo import LocalFrame
from missions import GeoPoint, Plan, Zone


def in_the_way(plan: Plan, here: GeoPoint, there: GeoPoint) -> str | None:
    """Return what forbids the straight flight: a no-fly zone, or the fence; None where nothing does."""
    import shapely

    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)

    def area(zone: Zone) -> shapely.Polygon:
        corners = frame.geodetic_to_enu([c.lat_deg for c in zone.corners], [c.lon_deg for c in zone.corners])
        return shapely.Polygon(corners[:, :2])

    ends = frame.geodetic_to_enu([here.lat_deg, there.lat_deg], [here.lon_deg, there.lon_deg])
    line = shapely.LineString(ends[:, :2])
    for zone in plan.keep_out:
        if line.intersects(area(zone)):
            return f"the straight way there crosses no-fly zone {zone.zone_id}"
    if not area(plan.fence).covers(line):
        return "the straight way there leaves the fence"
    return None
