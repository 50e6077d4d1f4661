// The map: roads, fence, planned and flown path, incidents, and the aircraft where the player is. No tiles, no network.

import { Clock, announce, colourOf, element, hear, lastAtOrBefore, load, text } from "./core.js";

const ROAD_WIDTH = { motorway: 6, trunk: 6, primary: 5, secondary: 4, tertiary: 3.5, residential: 3, service: 2 };
const MOST_ROAD_NAMES = 40;
const NAMES_FROM_ZOOM = 15;

class SkyMap {
  constructor(map, L, { key, incident, open, footage }) {
    Object.assign(this, { map, L, key, incidentId: incident, open, footage, flown: [], clock: new Clock([]), marks: new Map() });
    this.incidentLayer = L.layerGroup().addTo(map);
    this.names = L.layerGroup();
    map.attributionControl.setPrefix(false);
    map.attributionControl.addAttribution(text.attribution);
    L.control.scale({ imperial: false }).addTo(map);
    map.on("zoomend", () => this.#showNames());
  }

  async start() {
    const still = await load(this.key, "map");
    this.#drawStill(still);
    await this.refresh();
    this.#fit(still);
    window.addEventListener("sky:changed", () => this.refresh());
    hear("sky:picture", ({ utc }) => this.#follow(utc));
    hear("sky:select", ({ id }) => this.#select(id));
  }

  async refresh() {
    const [{ flown, clock }, { incidents }] = await Promise.all([load(this.key, "flown"), load(this.key, "incidents")]);
    this.flown = flown;
    this.clock = new Clock(clock);
    this.path?.setLatLngs(flown.map((state) => [state[1], state[2]]));
    this.#drawIncidents(incidents);
  }

  #drawStill({ roads, dock, fence, keep_out, sorties }) {
    const { L, map } = this;
    const line = (points, options) => L.polyline(points, { interactive: false, ...options }).addTo(map);
    for (const road of roads) {
      const weight = ROAD_WIDTH[road.class] ?? 2;
      line(road.line, { color: "#39475a", weight, lineCap: "round" });
    }
    this.#nameRoads(roads);
    const area = { fill: false, interactive: false };
    L.polygon(fence, { ...area, color: "#8ea3bd", weight: 1.2, dashArray: "2 6" }).addTo(map);
    for (const zone of keep_out) {
      L.polygon(zone, { ...area, fill: true, color: "#e0566b", fillOpacity: 0.12, weight: 1.2 }).addTo(map);
    }
    for (const sortie of sorties) line(sortie, { color: "#5f7fae", weight: 1.5, dashArray: "1 5" });
    this.path = L.polyline([], { color: "#35c2d6", weight: 2.5, opacity: 0.9 }).addTo(map);
    this.path.on("click", ({ latlng }) => this.#seekTo(latlng));
    L.marker(dock, { icon: icon(L, "dock", "H", 22), interactive: false, keyboard: false }).addTo(map);
  }

  #nameRoads(roads) {
    const longest = new Map();
    for (const road of roads.filter(({ name }) => name)) {
      if (road.line.length > (longest.get(road.name)?.line.length ?? 0)) longest.set(road.name, road);
    }
    for (const road of [...longest.values()].slice(0, MOST_ROAD_NAMES)) {
      const [a, b] = road.line.length > 2 ? [road.line[road.line.length >> 1]].concat([null]) : road.line;
      const middle = b ? [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] : a;
      const mark = icon(this.L, "road-name", road.name, 0);
      this.names.addLayer(this.L.marker(middle, { icon: mark, interactive: false, keyboard: false }));
    }
    this.#showNames();
  }

  #showNames() {
    if (this.map.getZoom() >= NAMES_FROM_ZOOM) this.names.addTo(this.map);
    else this.names.remove();
  }

  #drawIncidents(incidents) {
    const { L } = this;
    this.incidentLayer.clearLayers();
    this.marks.clear();
    for (const incident of incidents.filter(({ place }) => place)) {
      const chosen = incident.id === this.incidentId;
      const colour = colourOf(incident.kind);
      if (incident.error_m && (chosen || !this.incidentId)) {
        const circle = { radius: incident.error_m, color: colour, weight: 1.2, fillOpacity: 0.16, interactive: false };
        L.circle(incident.place, circle).addTo(this.incidentLayer);
      }
      const mark = L.marker(incident.place, {
        icon: icon(L, `incident ${incident.state} ${chosen ? "chosen" : ""}`, "", chosen ? 12 : 14, colour),
        title: [text[incident.kind], incident.road].join(" "),
        zIndexOffset: chosen ? 500 : 0,
      }).addTo(this.incidentLayer);
      mark.on("click", () => this.#openIncident(incident));
      this.marks.set(incident.id, mark);
    }
  }

  #openIncident(incident) {
    if (incident.id === this.incidentId) announce("sky:seek", { pts: incident.opened_pts });
    else window.location.href = this.open.replace("INCIDENT", encodeURIComponent(incident.id));
  }

  #select(id) {
    for (const [key, mark] of this.marks) mark.getElement()?.classList.toggle("selected", key === id);
  }

  #fit({ roads, fence }) {
    const chosen = this.marks.get(this.incidentId);
    this.map.invalidateSize();
    if (chosen) this.map.setView(chosen.getLatLng(), 18, { animate: false });
    else if (fence.length || roads.length) {
      this.map.fitBounds(this.L.latLngBounds(fence.length ? fence : roads.flatMap(({ line }) => line)), { padding: [12, 12], animate: false });
    }
    this.map.getContainer().dataset.ready = "yes";
  }

  #follow(utc_s) {
    const index = utc_s === null ? -1 : lastAtOrBefore(this.flown, utc_s, (state) => state[0]);
    const here = this.flown[Math.max(index, 0)];
    if (utc_s === null || !here || Math.abs(here[0] - utc_s) > 30) return;
    const next = this.flown[index + 1] ?? here;
    const share = next === here ? 0 : Math.min(Math.max((utc_s - here[0]) / (next[0] - here[0]), 0), 1);
    const place = [1, 2].map((axis) => here[axis] + share * (next[axis] - here[axis]));
    this.drone ??= this.#makeDrone(place);
    this.drone.setLatLng(place);
    const shape = this.drone.getElement()?.firstElementChild;
    if (shape) shape.style.transform = `rotate(${here[3]}deg)`;
    const view = this.drone.getElement()?.lastElementChild;
    if (view) view.style.transform = `rotate(${here[6]}deg)`;
    if (this.map.getBounds().pad(-0.05).contains(place)) return;
    const chosen = this.marks.get(this.incidentId)?.getLatLng();
    if (chosen) this.map.fitBounds([chosen, place], { padding: [45, 45], maxZoom: 18, animate: false });
    else this.map.panTo(place, { animate: false });
  }

  #makeDrone(place) {
    const shape = '<svg class="body" viewBox="-12 -12 24 24"><path d="M0-9 6 7 0 4-6 7z"/></svg>';
    const view = '<svg class="view" viewBox="-30 -30 60 60"><path d="M0 0-13-28A31 31 0 0 1 13-28z"/></svg>';
    const made = this.L.divIcon({ className: "sky-mark drone", html: shape + view, iconSize: [26, 26] });
    return this.L.marker(place, { icon: made, interactive: false, keyboard: false, zIndexOffset: 900 }).addTo(this.map);
  }

  #seekTo(latlng) {
    const gap = (state) => (state[1] - latlng.lat) ** 2 + ((state[2] - latlng.lng) * Math.cos((latlng.lat * Math.PI) / 180)) ** 2;
    let best = null;
    for (const state of this.flown) if (best === null || gap(state) < gap(best)) best = state;
    const pts = best && this.clock.pts(best[0]);
    if (pts === null) return;
    if (document.querySelector("sky-player")) announce("sky:seek", { pts });
    else window.location.href = this.footage.replace("PTS", pts.toFixed(2));
  }
}

function icon(L, name, words, size, colour = "") {
  const inner = element("span", "", words);
  if (colour) inner.style.setProperty("--kind", colour);
  return L.divIcon({ className: `sky-mark ${name}`, html: inner, iconSize: [size, size] });
}

/** Wait for the NiceGUI map element, then draw on it. */
export async function attach(id, options) {
  for (let tries = 0; tries < 200; tries += 1) {
    const map = window.getElement?.(id)?.map;
    if (map && window.L) {
      await new SkyMap(map, window.L, options).start();
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
