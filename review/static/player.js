// <sky-player>: footage with the boxes of exactly the picture that is shown, at any frame rate.

import { Clock, announce, clockText, dataUrl, element, lastAtOrBefore, load, spanText, text, typing } from "./core.js";
import { TrackStore, drawBoxes } from "./boxes.js";
import { Timeline } from "./timeline.js";

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  back: "M18 6v12l-8.5-6zM6 6h2.5v12H6z",
  on: "M6 6v12l8.5-6zM15.5 6H18v12h-2.5z",
};
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const MODES = ["boxes_all", "boxes_one", "boxes_none"];

class SkyPlayer extends HTMLElement {
  connectedCallback() {
    if (this.video) return;
    this.key = this.dataset.key;
    this.incidentId = this.dataset.incident;
    this.firstPts = 0;
    this.pictures = [];
    this.incidents = [];
    this.mode = "boxes_all";
    this.store = new TrackStore(this.key, () => this.#paint());
    this.#build();
    this.#listen();
    this.#start().catch(() => this.#empty());
  }

  disconnectedCallback() {
    this.abort?.abort();
    this.video?.pause();
  }

  #build() {
    const stage = this.appendChild(element("div", "stage"));
    this.video = stage.appendChild(element("video"));
    Object.assign(this.video, { muted: true, playsInline: true, preload: "auto", disablePictureInPicture: true });
    this.canvas = stage.appendChild(element("canvas"));
    this.notice = stage.appendChild(element("div", "notice"));
    this.stamp = stage.appendChild(element("div", "stamp"));
    const bar = this.appendChild(element("div", "bar"));
    const button = (name, icon, run) => {
      const made = bar.appendChild(element("button", `control ${name}`));
      made.title = text[name];
      made.setAttribute("aria-label", text[name]);
      made.innerHTML = `<svg viewBox="0 0 24 24"><path d="${ICONS[icon]}"/></svg>`;
      made.addEventListener("click", run);
      return made;
    };
    button("step_back", "back", () => this.step(-1));
    this.playButton = button("play", "play", () => this.toggle());
    button("step_on", "on", () => this.step(1));
    this.moment = bar.appendChild(element("button", "control wide moment", text.moment_short));
    this.moment.title = text.moment;
    this.moment.hidden = !this.incidentId;
    this.moment.addEventListener("click", () => this.toMoment());
    this.time = bar.appendChild(element("span", "time"));
    bar.appendChild(element("span", "gap"));
    this.speedButton = bar.appendChild(element("button", "control wide", "1×"));
    this.speedButton.title = text.speed;
    this.speedButton.addEventListener("click", () => this.#nextSpeed());
    this.modeButton = bar.appendChild(element("button", "control wide", text[this.mode]));
    this.modeButton.title = text.boxes;
    this.modeButton.addEventListener("click", () => this.#nextMode());
    this.timeline = new Timeline(this.appendChild(element("div", "timeline")), {
      onSeek: (pts) => this.seek(pts),
      onOpen: (incident) => this.#openOrSeek(incident),
    });
  }

  #listen() {
    this.abort = new AbortController();
    const options = { signal: this.abort.signal };
    const video = this.video;
    video.addEventListener("play", () => this.#icon(), options);
    video.addEventListener("pause", () => this.#icon(), options);
    video.addEventListener("durationchange", () => this.#showTimeline(), options);
    video.addEventListener("error", () => this.#reopen(), options);
    video.addEventListener("ended", () => this.#goOn(), options);
    video.addEventListener("click", () => this.toggle(), options);
    window.addEventListener("keydown", (event) => this.#key(event), options);
    window.addEventListener("sky:changed", () => this.refresh(), options);
    window.addEventListener("sky:seek", (event) => this.seek(event.detail.pts), options);
    new ResizeObserver(() => this.#paint()).observe(this.canvas);
    const onPicture = (_now, { mediaTime }) => {
      this.#shown(this.#nearestPicture(this.firstPts + mediaTime));
      video.requestVideoFrameCallback(onPicture);
    };
    video.requestVideoFrameCallback(onPicture);
    // A busy browser may leave out the callback of a single picture; after a seek no other would follow and set it right.
    video.addEventListener("seeked", () => requestAnimationFrame(() => requestAnimationFrame(() => this.#settle())), options);
  }

  #shown(pts) {
    this.pts = pts;
    this.#paint();
    this.store.want(pts).catch(() => {});
    announce("sky:picture", { pts, utc: this.clock?.utc(pts) ?? null });
  }

  #settle() {
    if (!this.video.paused || this.video.seeking) return;
    const pts = this.pictures[Math.max(0, lastAtOrBefore(this.pictures, this.firstPts + this.video.currentTime + 1e-4))];
    if (pts !== undefined && pts !== this.pts) this.#shown(pts);
  }

  async #start() {
    await this.refresh();
    if (!this.pictures.length) throw new Error("no pictures");
    await this.#open();
    this.toMoment();
  }

  /** Open the footage as it is now: of a running patrol there is more every time. */
  async #open() {
    this.video.src = dataUrl(this.key, `footage.mp4?v=${encodeURIComponent(this.version)}`);
    this.opened = this.version;
    await new Promise((done, failed) => {
      this.video.addEventListener("loadedmetadata", done, { once: true });
      this.video.addEventListener("error", failed, { once: true });
    });
    this.#showTimeline();
  }

  /** The file was replaced under the player, as when a patrol closes; or it cannot be played. */
  async #reopen() {
    const pts = this.pts;
    await this.#loadPictures();
    if (this.version === this.opened || !this.pictures.length) this.#empty();
    else if (await this.#open().then(() => true, () => false)) this.seek(pts ?? this.firstPts);
  }

  async #goOn() {
    if (!this.store.live) return;
    const pts = this.pts;
    await this.#loadPictures();
    if (this.version === this.opened) return;
    await this.#open();
    this.seek(pts);
    this.video.play().catch(() => {});
  }

  async #loadPictures() {
    const { first_pts_s, pts, version } = await load(this.key, "frames");
    Object.assign(this, { firstPts: first_pts_s, pictures: pts, version });
  }

  async refresh() {
    const [{ incidents, live }, { clock }] = await Promise.all([load(this.key, "incidents"), load(this.key, "flown")]);
    if (live || live !== this.store.live || !this.pictures.length) await this.#loadPictures();
    this.incidents = incidents;
    this.clock = new Clock(clock);
    this.store.live = live;
    this.#showTimeline();
    this.#paint();
  }

  get incident() {
    return this.incidents.find((incident) => incident.id === this.incidentId);
  }

  get #end() {
    const last = this.pictures.at(-1) ?? this.firstPts + 1;
    return last > this.firstPts ? last : this.firstPts + (Number.isFinite(this.video.duration) ? this.video.duration : 1);
  }

  #showTimeline() {
    this.timeline.show([this.firstPts, this.#end], this.incidents, this.incidentId, this.clock);
  }

  // The picture -------------------------------------------------------------------------------------------------

  #nearestPicture(pts) {
    const index = lastAtOrBefore(this.pictures, pts);
    const [before, after] = [this.pictures[index], this.pictures[index + 1]];
    if (before === undefined) return after ?? pts;
    return after !== undefined && after - pts < pts - before ? after : before;
  }

  #paint() {
    const { video, canvas } = this;
    if (this.pts === undefined || !video.videoWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const incident = this.incident;
    const highlighted = new Set(incident?.tracks ?? []);
    const scale = width / video.videoWidth;
    let boxes = this.mode === "boxes_none" ? [] : this.store.at(this.pts);
    const known = this.store.has(this.pts) && this.mode !== "boxes_none";
    if (incident && known && !boxes.some((box) => highlighted.has(box.id))) {
      boxes = [...boxes, ...openingBox(incident, this.pts)];
      highlighted.add("opening");
    }
    const drawn = drawBoxes(context, boxes, { scale, ratio, highlighted, only: this.mode === "boxes_one" });
    Object.assign(this.dataset, { pts: this.pts, drawn });
    this.#showTime();
  }

  #showTime() {
    const utc_s = this.clock?.utc(this.pts);
    this.time.textContent = `${spanText(this.pts - this.firstPts)} / ${spanText(this.#end - this.firstPts)}`;
    this.stamp.textContent = utc_s === null || utc_s === undefined ? "" : `${clockText(utc_s, true)} UTC`;
    this.timeline.move(this.pts);
  }

  // What a reviewer does ----------------------------------------------------------------------------------------

  async seek(pts) {
    if (this.store.live && this.version !== this.opened && pts > this.firstPts + this.video.duration) await this.#open();
    const index = lastAtOrBefore(this.pictures, pts + 1e-4);
    const here = this.pictures[Math.max(index, 0)];
    const next = this.pictures[Math.max(index, 0) + 1];
    // A little into the picture: exactly on its edge the decoder may show the one before.
    const into = next === undefined ? 0.002 : Math.min(0.4 * (next - here), 0.01);
    this.video.currentTime = Math.max(0, (here === undefined ? pts : here + into) - this.firstPts);
  }

  step(pictures) {
    this.video.pause();
    const index = lastAtOrBefore(this.pictures, (this.pts ?? this.firstPts) + 1e-4);
    const wanted = this.pictures[Math.min(Math.max(index + pictures, 0), this.pictures.length - 1)];
    if (wanted !== undefined) this.seek(wanted);
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  toMoment() {
    const incident = this.incident;
    this.seek(incident?.opened_pts ?? (Number(this.dataset.at) || this.firstPts));
  }

  #openOrSeek(incident) {
    if (incident.id === this.incidentId || !this.dataset.open) this.seek(incident.opened_pts);
    else window.location.href = this.dataset.open.replace("INCIDENT", encodeURIComponent(incident.id));
  }

  #nextSpeed() {
    const speed = SPEEDS[(SPEEDS.indexOf(this.video.playbackRate) + 1) % SPEEDS.length];
    this.video.playbackRate = speed;
    this.speedButton.textContent = `${speed}×`;
  }

  #nextMode() {
    this.mode = MODES[(MODES.indexOf(this.mode) + 1) % MODES.length];
    this.modeButton.textContent = text[this.mode];
    this.#paint();
  }

  #key(event) {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      m: () => this.toMoment(),
      b: () => this.#nextMode(),
    }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  #icon() {
    const icon = ICONS[this.video.paused ? "play" : "pause"];
    this.playButton.querySelector("path").setAttribute("d", icon);
  }

  #empty() {
    this.notice.textContent = text.no_footage;
    this.classList.add("empty");
  }
}

/** The box that opened the incident, in its own picture, where no track of it is known. */
function openingBox(incident, pts) {
  if (Math.abs(pts - incident.opened_pts) > 0.06) return [];
  return [{ id: "opening", kind: incident.kind, box: incident.box, score: null, between: false, speed_m_s: null }];
}

customElements.define("sky-player", SkyPlayer);
