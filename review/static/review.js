// Loaded by every review page.

import "./grid.js";
import "./incident.js";
import "./player.js";
import { attach } from "./map.js";

window.skyMap = attach;

const CALM_MS = 2000;
let waiting = null;
let told = -CALM_MS;

/** The server says that the archive grew; a patrol in flight may say so many times a second. */
window.skyChanged = () => {
  if (waiting !== null) return;
  waiting = setTimeout(() => {
    waiting = null;
    told = performance.now();
    window.dispatchEvent(new CustomEvent("sky:changed"));
  }, Math.max(0, told + CALM_MS - performance.now()));
};
