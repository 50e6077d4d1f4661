// The incident grid: keyboard, and previews that play under the pointer.

import { announce, dataUrl, typing } from "./core.js";

const PREVIEW_LEAD_S = 1.0;
const PREVIEW_S = 6.0;
let selectedId = null;

const cards = () => [...document.querySelectorAll(".card[data-id]")];

function select(id, { scroll = true } = {}) {
  selectedId = id;
  for (const card of cards()) {
    const on = card.dataset.id === id;
    card.classList.toggle("selected", on);
    if (on && scroll) card.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
  announce("sky:select", { id });
}

function move(by) {
  const all = cards();
  if (!all.length) return;
  const index = all.findIndex((card) => card.dataset.id === selectedId);
  const next = index < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(index + by, 0), all.length - 1);
  select(all[next].dataset.id);
}

function decide(which) {
  const all = cards();
  const index = all.findIndex((card) => card.dataset.id === selectedId);
  if (index < 0) return;
  const neighbour = all[index + 1] ?? all[index - 1];
  all[index].querySelector(`.quick .${which}`)?.click();
  if (neighbour) select(neighbour.dataset.id);
}

function onKey(event) {
  if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || !document.querySelector(".grid")) return;
  const run = {
    j: () => move(1), ArrowRight: () => move(1), ArrowDown: () => move(1),
    k: () => move(-1), ArrowLeft: () => move(-1), ArrowUp: () => move(-1),
    Enter: () => document.querySelector(".card.selected a.open")?.click(),
    c: () => decide("confirm"), d: () => decide("dismiss"),
  }[event.key];
  if (!run) return;
  event.preventDefault();
  run();
}

function preview(card) {
  const thumb = card.querySelector(".thumb");
  if (!thumb || thumb.querySelector("video")) return;
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto" });
  const start = Math.max(0, Number(card.dataset.first) - Number(card.dataset.footage) - PREVIEW_LEAD_S);
  video.src = dataUrl(card.dataset.key, "footage.mp4");
  video.addEventListener("loadedmetadata", () => {
    crop(video, cutAround(card.dataset.box.split(",").map(Number), video.videoWidth, video.videoHeight));
    video.currentTime = start;
    video.play().catch(() => {});
  });
  video.addEventListener("playing", () => video.classList.add("on"));
  video.addEventListener("timeupdate", () => {
    if (video.currentTime > start + PREVIEW_S) video.currentTime = start;
  });
  thumb.append(video);
}

/** The cut that `review/thumbnails.py` makes, so that picture and preview show the same. */
function cutAround([x1, y1, x2, y2], width, height) {
  const wide = Math.min(Math.max(400, 5 * (x2 - x1), (5 * (y2 - y1) * 16) / 9 / 2), width, (height * 16) / 9);
  const high = (wide * 9) / 16;
  const left = Math.min(Math.max((x1 + x2) / 2 - wide / 2, 0), width - wide);
  const top = Math.min(Math.max((y1 + y2) / 2 - high / 2, 0), height - high);
  return [left, top, left + wide];
}

/** Show the part of the picture that the thumbnail shows. */
function crop(video, [left, top, right]) {
  const scale = video.videoWidth / (right - left);
  video.style.width = `${100 * scale}%`;
  video.style.left = `${(-100 * left) / (right - left)}%`;
  video.style.top = `${(-100 * top) / (((right - left) * 9) / 16)}%`;
}

function endPreview(card) {
  const video = card.querySelector(".thumb video");
  if (!video) return;
  video.pause();
  video.removeAttribute("src");
  video.load();
  video.remove();
}

document.addEventListener("pointerover", (event) => {
  const card = event.target.closest?.(".card[data-id]");
  if (!card || card.contains(event.relatedTarget)) return;
  select(card.dataset.id, { scroll: false });
  card.timer = setTimeout(() => preview(card), 250);
});
document.addEventListener("pointerout", (event) => {
  const card = event.target.closest?.(".card[data-id]");
  if (!card || card.contains(event.relatedTarget)) return;
  clearTimeout(card.timer);
  endPreview(card);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".quick button");
  const id = button?.closest(".card")?.dataset.id;
  if (id) window.emitEvent("sky_decide", { id, decision: button.dataset.decision });
});
window.addEventListener("keydown", onKey);
new MutationObserver(() => {
  if (!selectedId || document.querySelector(".card.selected")) return;
  if (cards().some((card) => card.dataset.id === selectedId)) select(selectedId, { scroll: false });
}).observe(document.documentElement, { childList: true, subtree: true });
