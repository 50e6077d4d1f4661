// The strip under the player: the whole patrol, its incidents, and where the player is. Wheel zooms, drag seeks.

import { clockText, colourOf, element, spanText } from "./core.js";

const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const LEAST_SPAN_S = 5;
const LANE_PX = 18;
const MOST_ROWS = 3;

export class Timeline {
  constructor(root, { onSeek, onOpen }) {
    this.root = root;
    this.onSeek = onSeek;
    this.onOpen = onOpen;
    this.range = [0, 1];
    this.view = [0, 1];
    this.incidents = [];
    this.clock = null;
    this.ticks = root.appendChild(element("div", "ticks"));
    this.lane = root.appendChild(element("div", "lane"));
    this.cursor = root.appendChild(element("div", "cursor"));
    this.hint = root.appendChild(element("div", "hint"));
    root.addEventListener("pointerdown", (event) => this.#drag(event));
    root.addEventListener("pointermove", (event) => this.#hover(event));
    root.addEventListener("pointerleave", () => this.hint.classList.remove("on"));
    root.addEventListener("wheel", (event) => this.#zoom(event), { passive: false });
    root.addEventListener("dblclick", () => this.fit());
    new ResizeObserver(() => this.draw()).observe(root);
  }

  show(range, incidents, chosen, clock) {
    const whole = this.view[0] === this.range[0] && this.view[1] === this.range[1];
    this.range = range;
    if (whole) this.view = [...range];
    this.incidents = incidents;
    this.chosen = chosen;
    this.clock = clock;
    this.draw();
  }

  fit() {
    this.view = [...this.range];
    this.draw();
  }

  move(pts) {
    this.pts = pts;
    const share = this.#share(pts);
    this.cursor.style.left = `${100 * share}%`;
    this.cursor.hidden = share < 0 || share > 1;
  }

  draw() {
    const [from, to] = this.view;
    this.ticks.replaceChildren();
    this.lane.replaceChildren();
    const width = this.root.clientWidth || 600;
    const step = STEPS_S.find((s) => ((to - from) / s) * 90 < width) ?? 7200;
    const offset = this.clock?.utc(from) ?? from; // round patrol times, where patrol time is known
    for (let at = Math.ceil(offset / step) * step; at <= offset + to - from; at += step) {
      const pts = from + at - offset;
      if (this.#share(pts) * width < 26 || (1 - this.#share(pts)) * width < 26) continue;
      const tick = this.ticks.appendChild(element("span", "", this.#time(pts)));
      tick.style.left = `${100 * this.#share(pts)}%`;
    }
    const rows = rowsOf(this.incidents);
    const high = LANE_PX / (1 + Math.max(0, ...rows.values()));
    for (const incident of this.incidents) this.lane.appendChild(this.#mark(incident, rows.get(incident.id) * high, high));
    if (this.pts !== undefined) this.move(this.pts);
  }

  #mark(incident, top, high) {
    const mark = element("button", `mark ${incident.state}`);
    const from = this.#share(incident.first_pts);
    const to = this.#share(incident.last_pts);
    mark.style.left = `${100 * from}%`;
    mark.style.width = `max(6px, ${100 * (to - from)}%)`;
    mark.style.top = `${top}px`;
    mark.style.height = `${high - 1}px`;
    mark.style.setProperty("--kind", colourOf(incident.kind));
    mark.classList.toggle("chosen", incident.id === this.chosen);
    mark.title = `${incident.road} ${this.#time(incident.opened_pts)}`;
    mark.addEventListener("pointerdown", (event) => event.stopPropagation());
    mark.addEventListener("click", () => this.onOpen(incident));
    return mark;
  }

  #time(pts) {
    const utc_s = this.clock?.utc(pts);
    return utc_s === null || utc_s === undefined ? spanText(pts - this.range[0]) : clockText(utc_s + 1e-6);
  }

  #share(pts) {
    return (pts - this.view[0]) / (this.view[1] - this.view[0] || 1);
  }

  #ptsUnder(event) {
    const box = this.root.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return this.view[0] + share * (this.view[1] - this.view[0]);
  }

  #drag(event) {
    this.root.setPointerCapture(event.pointerId);
    const seek = (at) => this.onSeek(this.#ptsUnder(at));
    seek(event);
    const stop = () => {
      this.root.removeEventListener("pointermove", seek);
      this.root.removeEventListener("pointerup", stop);
      this.root.removeEventListener("pointercancel", stop);
    };
    this.root.addEventListener("pointermove", seek);
    this.root.addEventListener("pointerup", stop);
    this.root.addEventListener("pointercancel", stop);
  }

  #hover(event) {
    const pts = this.#ptsUnder(event);
    this.hint.textContent = this.#time(pts);
    this.hint.style.left = `${100 * this.#share(pts)}%`;
    this.hint.classList.add("on");
  }

  #zoom(event) {
    event.preventDefault();
    const at = this.#ptsUnder(event);
    const [from, to] = this.view;
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    const span = Math.min(Math.max((to - from) * factor, LEAST_SPAN_S), this.range[1] - this.range[0]);
    const share = (at - from) / (to - from);
    const start = Math.min(Math.max(at - share * span, this.range[0]), this.range[1] - span);
    this.view = [start, start + span];
    this.draw();
  }
}

/** Rows for incidents that overlap in time, so that none hides another; beyond three they share the last. */
function rowsOf(incidents) {
  const ends = [];
  const rows = new Map();
  for (const incident of [...incidents].sort((a, b) => a.first_pts - b.first_pts)) {
    let row = ends.findIndex((end) => end <= incident.first_pts);
    if (row < 0) row = Math.min(ends.length, MOST_ROWS - 1);
    ends[row] = Math.max(ends[row] ?? 0, incident.last_pts);
    rows.set(incident.id, row);
  }
  return rows;
}
