"""Terrain files: heights against a plane, against rasterio's own sampling of real ones, and refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from missions import GeoPoint, InputError
from missions.terrain import Terrain, load_terrain, terrain_bounds_deg

BOX = (30.49, 114.39, 30.51, 114.41)
WriteTiff = Callable[..., Path]


def _write(path: Path, heights: np.ndarray, *, crs: Any = "EPSG:4326", transform: Affine, **profile: Any) -> Path:
    rows, columns = heights.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype=heights.dtype, crs=crs,
        transform=transform, **profile,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return path


def _plane(lon: Any, lat: Any) -> Any:
    return 100.0 + 4000.0 * (lon - 114.40) + 2500.0 * (lat - 30.50)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Terrain:
    """A tilted plane in steps of 0.0005 degrees, read of a larger file."""
    transform = Affine(0.0005, 0.0, 114.35, 0.0, -0.0005, 30.55)
    column, row = np.meshgrid(np.arange(200) + 0.5, np.arange(200) + 0.5)
    heights = _plane(114.35 + 0.0005 * column, 30.55 - 0.0005 * row).astype("float32")
    path = _write(tmp_path_factory.mktemp("dem") / "plane.tif", heights, transform=transform)
    terrain = load_terrain(path, bounds_deg=BOX)
    terrain.highest_m(30.5, 114.4)  # the first question loads pyproj and scipy
    return terrain


@settings(deadline=None)
@given(st.floats(30.491, 30.509), st.floats(114.391, 114.409))
def test_a_plane_is_met_exactly_and_the_highest_ground_near_by_is_a_cell_or_two_away(
    plane: Terrain, lat: float, lon: float
) -> None:
    ground, highest = plane.ground_m(lat, lon)[0], plane.highest_m(lat, lon)[0]
    assert ground == pytest.approx(_plane(lon, lat), abs=1e-3)
    assert plane.lowest_m(lat, lon)[0] == ground
    assert 0.5 * 0.0005 * 6500 - 1e-3 <= highest - ground <= 1.5 * 0.0005 * 6500 + 1e-3
    assert plane.highest_m(lat, lon, cells=2)[0] > highest


def test_only_the_part_of_the_patrol_is_read(plane: Terrain) -> None:
    assert max(plane.top_m.shape) <= 50  # 40 cells of the box, and four round them
    assert plane.cell_m == pytest.approx(0.0005 * 111_320 * np.cos(np.radians(30.5)), rel=1e-3)
    assert np.isnan(plane.ground_m(30.54, 114.44))


def test_a_projected_and_turned_grid_gives_the_same_heights(tmp_path: Path) -> None:
    """UTM zone 50, its rows turned by 30 degrees: asked by latitude and longitude all the same."""
    from pyproj import Transformer

    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True)
    east, north = to_utm.transform(114.40, 30.50)
    cos, sin = 20 * np.cos(np.radians(30)), 20 * np.sin(np.radians(30))
    transform = Affine(cos, sin, east - 150 * (cos + sin), sin, -cos, north - 150 * (sin - cos))
    column, row = np.meshgrid(np.arange(300) + 0.5, np.arange(300) + 0.5)
    x, y = transform.c + cos * column + sin * row, transform.f + sin * column - cos * row
    lon, lat = to_utm.transform(x, y, direction="INVERSE")
    path = _write(tmp_path / "utm.tif", _plane(lon, lat).astype("float32"), crs="EPSG:32650", transform=transform)
    terrain = load_terrain(path, bounds_deg=BOX)
    assert terrain.cell_m == pytest.approx(20.0, rel=1e-3)
    assert terrain.ground_m([30.495, 30.503], [114.396, 114.404]) == pytest.approx(
        _plane(np.array([114.396, 114.404]), np.array([30.495, 30.503])), abs=0.01
    )


def test_feet_scale_and_missing_heights_are_understood(tmp_path: Path) -> None:
    heights = np.full((40, 40), 1000, "int16")
    heights[:, 20:] = -9999
    transform = Affine(0.001, 0.0, 114.38, 0.0, -0.001, 30.52)
    path = _write(tmp_path / "feet.tif", heights, transform=transform, nodata=-9999)
    with rasterio.open(path, "r+") as raster:
        raster.units, raster.scales = ("ft",), (0.1,)
    terrain = load_terrain(path, bounds_deg=BOX)
    assert terrain.ground_m(30.5, 114.395)[0] == pytest.approx(30.48)
    assert np.isnan(terrain.ground_m(30.5, 114.405)[0])
    assert np.isnan(terrain.highest_m(30.5, 114.405)[0])
    assert terrain.ground_m(30.5, 114.3999)[0] == pytest.approx(30.48)  # the last known cell, to its border


def test_a_grid_too_fine_to_keep_is_joined_to_its_highest_and_lowest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heights = np.random.default_rng(5).uniform(0, 50, (400, 400)).astype("float32")
    path = _write(tmp_path / "fine.tif", heights, transform=Affine(0.0001, 0.0, 114.38, 0.0, -0.0001, 30.52))
    monkeypatch.setattr("missions.terrain.read._MOST_CELLS", 10_000)
    terrain = load_terrain(path, bounds_deg=BOX)
    assert terrain.top_m.size <= 10_100
    monkeypatch.undo()
    fine = load_terrain(path, bounds_deg=BOX)
    lat, lon = np.meshgrid(np.linspace(30.491, 30.509, 60), np.linspace(114.391, 114.409, 60))
    own = fine.ground_m(lat.ravel(), lon.ravel())
    assert (terrain.highest_m(lat.ravel(), lon.ravel()) >= own - 1e-4).all()
    assert (terrain.bottom_m <= terrain.top_m).all()


def test_an_srtm_tile_is_placed_by_its_name(tmp_path: Path) -> None:
    heights = np.zeros((1201, 1201), ">i2")
    heights[600, 600] = 77  # the tile's middle post
    (tmp_path / "N30E114.hgt").write_bytes(heights.tobytes())
    terrain = load_terrain(tmp_path / "N30E114.hgt", bounds_deg=(30.49, 114.49, 30.51, 114.51))
    assert terrain.ground_m(30.5, 114.5)[0] == pytest.approx(77.0)
    assert terrain.ground_m(30.5 + 1 / 1200, 114.5)[0] == pytest.approx(0.0, abs=1e-6)
    assert terrain.cell_m == pytest.approx(80.0, rel=0.01)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["elevation1.tif", "elevation2.tif"])
def test_real_heights_agree_with_the_cells_they_stand_in(shared_data: Path, name: str) -> None:
    path = shared_data / "roads" / "elevation" / name
    with rasterio.open(path) as raster:
        band = raster.read(1, masked=True)
        rows, columns = np.nonzero(~np.ma.getmaskarray(band))
        lon, lat = raster.xy(rows, columns)
        west, south, east, north = raster.bounds
    terrain = load_terrain(path, bounds_deg=(south, west, north, east))
    assert terrain.ground_m(lat, lon) == pytest.approx(band[rows, columns].astype(float), abs=1e-3)
    assert (terrain.highest_m(lat, lon) >= band[rows, columns]).all()
    assert 20 < terrain.cell_m < 31


def _damaged(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _bands(path: Path) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=9, height=9, count=3, dtype="uint8", crs="EPSG:4326",
        transform=Affine(0.01, 0, 114.35, 0, -0.01, 30.55),
    ) as raster:  # fmt: skip
        raster.write(np.zeros((3, 9, 9), "uint8"))


TRANSFORM = Affine(0.001, 0.0, 114.38, 0.0, -0.001, 30.52)
FLAT = np.zeros((40, 40), "float32")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda p: p.write_bytes(b""), "is no terrain file of a known type", id="empty"),
        pytest.param(lambda p: p.write_text("# roads"), "is no terrain file of a known type", id="text"),
        pytest.param(lambda p: p.write_bytes(b"II*\0" + b"\0" * 40), "is no terrain file", id="a TIFF's start alone"),
        pytest.param(lambda p: (_write(p, FLAT, transform=TRANSFORM), _damaged(p)), "is damaged|is no", id="half"),
        pytest.param(_bands, "has 3 bands", id="a picture"),
        pytest.param(lambda p: _write(p, FLAT, crs=None, transform=TRANSFORM), r"no CRS", id="no place"),
        pytest.param(
            lambda p: _write(p, FLAT, transform=Affine(0.001, 0, 10, 0, -0.001, 50)), "covers 49.96", id="elsewhere"
        ),
        pytest.param(
            lambda p: _write(p, FLAT, transform=TRANSFORM, nodata=0.0), "knows no height where", id="nothing known"
        ),
    ],
)
def test_what_is_no_terrain_is_refused_in_one_line(
    tmp_path: Path, make: Callable[[Path], object], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dem.tif"
    make(path)
    with pytest.raises(InputError, match=message) as caught:
        load_terrain(path, bounds_deg=BOX)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert capfd.readouterr().err == ""


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        load_terrain(tmp_path / "none.tif", bounds_deg=BOX)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_after_a_tiffs_start_make_a_traceback(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tif"
    path.write_bytes(b"II*\0" + tail)
    with pytest.raises(InputError):
        load_terrain(path, bounds_deg=BOX)


def test_the_box_of_places_has_a_margin_in_metres() -> None:
    place = GeoPoint(lat_deg=60.0, lon_deg=10.0)
    south, west, north, east = terrain_bounds_deg([place], margin_m=1110.0)
    assert (north - south) == pytest.approx(0.02)
    assert (east - west) == pytest.approx(0.04, rel=0.01)  # a degree of longitude is half as long there


@pytest.mark.shared
def test_two_hundred_damaged_copies_of_a_real_file_are_read_or_refused_in_one_line(
    shared_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = (shared_data / "roads" / "elevation" / "elevation1.tif").read_bytes()
    dice, path, refused = np.random.default_rng(3), tmp_path / "dem.tif", 0
    for _ in range(200):
        content = bytearray(whole)
        for at in dice.integers(0, min(len(whole), 600), dice.integers(1, 6)):
            content[at] = dice.integers(0, 256)
        path.write_bytes(bytes(content[: dice.integers(1, len(content) + 1)] if dice.random() < 0.3 else content))
        try:
            load_terrain(path, bounds_deg=(37.791, -122.409, 37.800, -122.403))
        except InputError as exc:
            assert "\n" not in str(exc)  # noqa: PT017 - some damage does no harm
            refused += 1
    assert 40 < refused <= 200
    assert capfd.readouterr().err == ""
