// The home page: Enter takes the next task, and the table follows the queues while the page is in view.
import { onCommand } from "./keys.js";

onCommand((key, event) => {
  if (key !== "Enter" || event.target !== document.body && event.target.id !== "main") return false;
  const next = document.querySelector('[data-key="n"]:not(:disabled)');
  next?.click();
  return Boolean(next);
});

// A plain reload every 15 seconds keeps depths honest without a second way of drawing them; never under somebody's hands.
let touched = Date.now();
for (const kind of ["keydown", "pointerdown", "pointermove"]) addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
setInterval(() => {
  const busy = document.querySelector("dialog[open]") || Date.now() - touched < 5_000 || document.activeElement !== document.body;
  if (document.visibilityState === "visible" && !busy) location.reload();
}, 15_000);
