// The lease: a heartbeat renews it while the page is in view, closing the tab frees it within seconds, and losing it
// loses no text.

const BEAT_MS = 20_000;

/** Keeps the lease of the task in `form`; `draft` is told when it is lost. */
export function keepLease(form, draft) {
  const path = `/tasks/${form.dataset.task}`;
  const skew = Number(document.body.dataset.now) - Date.now();
  const clock = document.querySelector("[data-lease]");
  const full = Number(form.dataset.leaseMs) || 120_000;
  let until = Number(form.dataset.until);
  let leaving = false;
  let lost = false;

  const proof = () => new URLSearchParams({ csrf: form.elements.csrf.value, token: form.elements.token.value });

  function lose(text) {
    lost = true;
    draft.stop();
    const banner = document.getElementById("lost");
    banner.querySelector("p").textContent = text;
    banner.hidden = false;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    clock.hidden = true;
  }

  async function beat() {
    if (lost || leaving || document.visibilityState !== "visible") return;
    try {
      const reply = await fetch(`${path}/heartbeat`, { method: "POST", body: proof() });
      const body = reply.headers.get("content-type")?.includes("json") ? await reply.json() : {};
      if (reply.ok) { until = body.until; return; }
      if (reply.status >= 500) return; // The server has trouble; the lease still stands, so try again.
      if (reply.status === 401) lose("You are signed out. Sign in again in another tab; what you typed stays here.");
      else lose(body.message ?? "This task is no longer yours. What you typed stays here, and in this browser.");
    } catch { /* Offline: the countdown shows how long the lease still stands. */ }
  }

  function tick() {
    if (lost) return;
    const left = Math.max(0, until - (Date.now() + skew));
    const seconds = Math.ceil(left / 1_000);
    clock.querySelector("[data-left]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    clock.querySelector("circle.left").setAttribute("stroke-dasharray", `${Math.min(100, (left / full) * 100)} 100`);
    clock.classList.toggle("low", left < 30_000);
  }

  setInterval(tick, 500);
  setInterval(beat, BEAT_MS);
  // At once, since a reload has just given the lease a few seconds only; again soon, in case that word came late.
  beat();
  setTimeout(beat, 1_500);
  tick();
  document.addEventListener("visibilitychange", beat);
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target.method === "post") leaving = true; });
  // A closed tab frees the task at once; a sent form does not, since the server is about to answer it.
  addEventListener("pagehide", () => { if (!leaving && !lost) navigator.sendBeacon(`${path}/leave`, proof()); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
