"""Where pages fetch their data: footage with ranges, pictures, tracks, map. None of it goes through websockets."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse

from archive import Archive
from review.drawing import Drawing
from review.feed import IncidentFile, PatrolFeed, PatrolSet
from review.footage import footage_pictures
from review.geometry import incidents_json, tracks_json
from review.thumbnails import thumbnail_jpeg

_MOST_TRACK_SECONDS = 120.0
_NO_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90"><rect width="160" height="90" fill="#0d131a"/>'
    '<g fill="none" stroke="#324050" stroke-width="2"><rect x="62" y="33" width="36" height="24" rx="3"/>'
    '<circle cx="80" cy="45" r="6"/><path d="M60 62 100 28"/></g></svg>'
)


class DataRoutes:
    """The routes under `/data/<patrol>/`. None is `async`, so that they run in threads and hold no page up."""

    def __init__(self, patrols: PatrolSet) -> None:
        self._patrols = patrols
        self._drawings: dict[str, Drawing] = {}

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/data/{key}")
        router.get("/footage.mp4")(self.footage)
        router.get("/thumbnails/{incident_id}.jpg")(self.thumbnail)
        router.get("/frames")(self.frames)
        router.get("/tracks")(self.tracks)
        router.get("/map")(self.map)
        router.get("/flown")(self.flown)
        router.get("/incidents")(self.incidents)
        return router

    def footage(self, key: str) -> FileResponse:
        """Serve the footage, whole or by ranges."""
        return FileResponse(self._footage_path(key), media_type="video/mp4", headers={"Cache-Control": "no-cache"})

    def thumbnail(self, key: str, incident_id: str) -> Response:
        """Serve the picture of an incident."""
        feed = self._feed(key)
        jpeg = thumbnail_jpeg(feed.archive, self._file(key, incident_id).incident, feed.picture_width_px)
        if jpeg is None:
            return Response(_NO_PICTURE, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=60"})

    def frames(self, key: str) -> dict[str, Any]:
        """Return the stream time of every picture of the footage, so that a player steps and draws frame by frame."""
        pictures = footage_pictures(self._archive(key))
        return {"first_pts_s": pictures.first_pts_s, "pts": pictures.pts_s, "version": pictures.version}

    def tracks(self, key: str, from_s: float = 0.0, to_s: float = 20.0) -> dict[str, Any]:
        """Return the tracks of a span of footage."""
        to_s = min(to_s, from_s + _MOST_TRACK_SECONDS)
        return {"from_s": from_s, "to_s": to_s, "tracks": tracks_json(self._archive(key).tracks(from_s, to_s))}

    def map(self, key: str) -> dict[str, Any]:
        """Return what of the map stands still: roads, fence, planned legs."""
        return self._drawing(key).still()

    def flown(self, key: str) -> dict[str, Any]:
        """Return the flown path, and how stream time and patrol time belong together."""
        return self._drawing(key).moving()

    def incidents(self, key: str) -> dict[str, Any]:
        """Return what timeline and map mark."""
        feed = self._feed(key)
        return {"incidents": incidents_json(feed.files()), "live": feed.live}

    def _feed(self, key: str) -> PatrolFeed:
        feed = self._patrols.feed(key)
        if feed is None:
            raise HTTPException(404, f"no patrol {key}")
        return feed

    def _drawing(self, key: str) -> Drawing:
        return self._drawings.setdefault(key, Drawing(self._feed(key)))

    def _archive(self, key: str) -> Archive:
        return self._feed(key).archive

    def _file(self, key: str, incident_id: str) -> IncidentFile:
        file = self._feed(key).file(incident_id)
        if file is None:
            raise HTTPException(404, f"no incident {incident_id}")
        return file

    def _footage_path(self, key: str) -> Path:
        path = self._archive(key).footage_path
        if path is None or not path.is_file():
            raise HTTPException(404, "no footage yet")
        return path
