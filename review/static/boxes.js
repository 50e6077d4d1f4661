// Which boxes belong to a picture, and how they are drawn. A picture is known by its stream time, never by a number.

import { colourOf, lastAtOrBefore, load, text } from "./core.js";

const CHUNK_S = 20;
const MARGIN_S = 1.5; // so that a track goes on across the border of two chunks
const SAME_PICTURE_S = 0.004;
const LONGEST_GAP_S = 1.0; // between two states of a track that may be joined
const LIVE_REFRESH_MS = 2000;

/** Tracks by stream time, fetched in chunks as they are needed. */
export class TrackStore {
  constructor(key, onLoaded) {
    this.key = key;
    this.onLoaded = onLoaded;
    this.live = false;
    this.chunks = new Map();
  }

  async want(pts) {
    const index = Math.floor(pts / CHUNK_S);
    await Promise.all([this.#load(index), this.#load(index + 1)]);
  }

  async #load(index) {
    const known = this.chunks.get(index);
    if (known && !(this.live && known.tracks && performance.now() - known.at > LIVE_REFRESH_MS)) return;
    this.chunks.set(index, { tracks: known?.tracks ?? null, at: performance.now() });
    const from = index * CHUNK_S - MARGIN_S;
    const { tracks } = await load(this.key, `tracks?from_s=${from}&to_s=${from + CHUNK_S + 2 * MARGIN_S}`);
    this.chunks.set(index, { tracks, at: performance.now() });
    this.onLoaded();
  }

  /** Whether the tracks of this stream time are here. */
  has(pts) {
    return Boolean(this.chunks.get(Math.floor(pts / CHUNK_S))?.tracks);
  }

  /** Boxes of the picture at this stream time. */
  at(pts) {
    const tracks = this.chunks.get(Math.floor(pts / CHUNK_S))?.tracks ?? [];
    return tracks.map((track) => stateAt(track, pts)).filter(Boolean);
  }
}

/** The state of a track in one picture: its own where it has one, else between its neighbours. */
export function stateAt(track, pts) {
  const states = track.at;
  const index = lastAtOrBefore(states, pts + SAME_PICTURE_S, (state) => state[0]);
  if (index < 0) return null;
  const here = states[index];
  const found = (state, box, between) => ({
    id: track.id, kind: track.kind, box, score: state[5], between, error_m: state[7], speed_m_s: state[8],
  });
  if (Math.abs(here[0] - pts) <= SAME_PICTURE_S) return found(here, here.slice(1, 5), Boolean(here[6]));
  const next = states[index + 1];
  if (!next || next[0] - here[0] > LONGEST_GAP_S) return null;
  const share = (pts - here[0]) / (next[0] - here[0]);
  const box = [1, 2, 3, 4].map((side) => here[side] + share * (next[side] - here[side]));
  return found(here, box, true);
}

/** Draw boxes onto a canvas that lies over the picture; `scale` is canvas pixels per picture pixel. */
export function drawBoxes(context, boxes, { scale, ratio, highlighted, only }) {
  const shown = boxes.filter((box) => highlighted.has(box.id) || !only);
  shown.sort((a, b) => highlighted.has(a.id) - highlighted.has(b.id));
  for (const box of shown) drawBox(context, box, scale, ratio, highlighted.has(box.id));
  return shown.length;
}

function drawBox(context, { box, kind, score, between, speed_m_s }, scale, ratio, strong) {
  const [x1, y1, x2, y2] = box.map((side) => side * scale);
  const colour = colourOf(kind);
  context.save();
  context.lineJoin = "round";
  context.setLineDash(between && !strong ? [5 * ratio, 4 * ratio] : []);
  if (strong) {
    context.fillStyle = `${colour}22`;
    context.fillRect(x1, y1, x2 - x1, y2 - y1);
    context.strokeStyle = "rgba(5, 8, 12, 0.85)";
    context.lineWidth = 5 * ratio;
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
  context.strokeStyle = colour;
  context.globalAlpha = strong ? 1 : 0.75;
  context.lineWidth = (strong ? 2.5 : 1.25) * ratio;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.globalAlpha = 1;
  if (strong) label(context, labelText(kind, score, speed_m_s), x1, y1, colour, ratio);
  context.restore();
}

function labelText(kind, score, speed_m_s) {
  const parts = [text[kind] ?? kind];
  if (score !== null) parts.push(`${Math.round(score * 100)} %`);
  if (speed_m_s !== null && speed_m_s !== undefined) parts.push(`${speed_m_s.toFixed(1)} m/s`);
  return parts.join("  ");
}

function label(context, words, x, y, colour, ratio) {
  context.font = `600 ${12 * ratio}px system-ui, "Noto Sans CJK SC", sans-serif`;
  const width = context.measureText(words).width + 12 * ratio;
  const height = 20 * ratio;
  const left = Math.min(Math.max(x - 1.25 * ratio, 0), context.canvas.width - width);
  const top = y - height - 2 * ratio < 0 ? y + 2 * ratio : y - height - 2 * ratio;
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(left, top, width, height, 4 * ratio);
  context.fill();
  context.fillStyle = "#0b0f14";
  context.textBaseline = "middle";
  context.fillText(words, left + 6 * ratio, top + height / 2 + 0.5 * ratio);
}
