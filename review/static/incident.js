// Keys of the incident page; the player and the map listen for their own.

import { typing } from "./core.js";

function onKey(event) {
  if (event.key === "Escape" && typing(event)) event.target.blur();
  else if (!typing(event) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const target = { c: ".verdict .confirm", d: ".verdict .dismiss", j: "a.next", k: "a.previous", Escape: "a.back" }[event.key];
    if (target) document.querySelector(target)?.click();
  }
}

window.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-seek]");
  if (link) window.dispatchEvent(new CustomEvent("sky:seek", { detail: { pts: Number(link.dataset.seek) } }));
});
