// What every script of the review pages shares.

const settings = JSON.parse(document.getElementById("sky-settings").textContent);

export const text = settings.text;
export const language = settings.language;

export const colours = {
  fire: "#ff6a55",
  smoke: "#f2b04c",
  stopped_vehicle: "#6cb2ff",
  vehicle: "#7fd1ff",
  two_wheeler: "#b79bff",
  person: "#7fe3a8",
};

export const colourOf = (kind) => colours[kind] ?? "#cfd8e3";

export const dataUrl = (key, what) => `/data/${encodeURIComponent(key)}/${what}`;

export async function load(key, what) {
  const response = await fetch(dataUrl(key, what));
  if (!response.ok) throw new Error(`${what}: ${response.status}`);
  return response.json();
}

export function element(tag, className = "", content = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content) made.textContent = content;
  return made;
}

/** Patrol time, from UTC seconds: 20:28:23, with tenths where asked. */
export function clockText(utc_s, tenths = false) {
  const iso = new Date(Math.floor(utc_s * 10) * 100).toISOString();
  return iso.slice(11, tenths ? 21 : 19);
}

/** Stream time from the start of the footage: 1:05.4 */
export function spanText(seconds) {
  const whole = Math.max(0, seconds);
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${(whole - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}

/** Index of the last entry whose value is <= x; -1 before the first. */
export function lastAtOrBefore(entries, x, value = (entry) => entry) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(entries[middle]) <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Stream time to patrol time and back, from pairs that the tracks carry. */
export class Clock {
  constructor(pairs) {
    this.pairs = pairs;
  }

  utc(pts) {
    return this.#convert(pts, 0, 1);
  }

  pts(utc_s) {
    return this.#convert(utc_s, 1, 0);
  }

  #convert(x, from, to) {
    const pairs = this.pairs;
    if (!pairs.length) return null;
    const index = Math.max(0, lastAtOrBefore(pairs, x, (pair) => pair[from]));
    const next = pairs[index + 1];
    const here = pairs[index];
    if (!next || x < here[from]) return here[to] + x - here[from];
    const share = (x - here[from]) / (next[from] - here[from]);
    return here[to] + share * (next[to] - here[to]);
  }
}

export const typing = (event) => /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;

const newest = new Map();

export function announce(name, detail) {
  newest.set(name, detail);
  window.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Hear every announcement of a name, and the newest one that was made before. */
export function hear(name, run) {
  window.addEventListener(name, (event) => run(event.detail));
  if (newest.has(name)) run(newest.get(name));
}
