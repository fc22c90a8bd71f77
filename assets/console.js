// What every page does: times in the viewer's zone, keys on buttons, the key help, and undo bars that count down.
import { onCommand, setSingleKeys, singleKeys, typing } from "./keys.js";

// The server's clock decides; the browser's may be wrong.
const skew = Number(document.body.dataset.now) - Date.now();
const serverNow = () => Date.now() + skew;

const relative = new Intl.RelativeTimeFormat("en", { style: "narrow" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000]];

function tellTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = Date.parse(time.dateTime);
    const distance = at - serverNow();
    const [unit, size] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? UNITS.at(-1);
    time.textContent = Math.abs(distance) < 5_000 ? "now" : relative.format(Math.trunc(distance / size), unit);
    time.title = absolute.format(at);
  }
}
tellTimes();
setInterval(tellTimes, 10_000);

for (const bar of document.querySelectorAll("[data-undo]")) {
  const until = Number(bar.dataset.until);
  const count = bar.querySelector("[data-countdown]");
  const tick = () => {
    const left = Math.ceil((until - serverNow()) / 1_000);
    if (left <= 0) { bar.remove(); return; }
    count.textContent = `${left} s`;
    setTimeout(tick, 250);
  };
  tick();
}

const help = document.getElementById("help");
const single = document.getElementById("single-keys");
setSingleKeys(singleKeys());
const showHelp = () => { help.showModal(); help.querySelector("form button").focus(); };
if (help) {
  single.checked = singleKeys();
  single.addEventListener("change", () => setSingleKeys(single.checked));
  for (const button of document.querySelectorAll("[data-help]")) {
    button.hidden = false;
    button.addEventListener("click", showHelp);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || typing(event.target) || event.defaultPrevented) return;
    event.preventDefault();
    if (help.open) help.close(); else showHelp();
  });
}

onCommand((key) => {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([hidden], [disabled])`);
  if (!button || button.matches(":disabled") || button.closest("dialog")) return false;
  if (button.matches("input, textarea, select")) button.focus(); else button.click();
  return true;
});

// A form is sent once: a second stroke while the page changes must not take or answer a second task.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
