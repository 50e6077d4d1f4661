// Loaded by every review page.

import "./grid.js";
import "./incident.js";
import "./player.js";
import { attach } from "./map.js";

window.skyMap = attach;
window.skyChanged = () => window.dispatchEvent(new CustomEvent("sky:changed"));
