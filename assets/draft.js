// What a person typed outlives a reload, a lost lease and a lost connection: on the server, and in this browser.

const KEPT = 50;
const SKIPPED = new Set(["csrf", "token", "screening", "queue"]);

/** Keeps the form's answers as a draft. `changed` is to be called after every change, `stop` once the lease is lost. */
export function keepDraft(form, mine) {
  const place = `adjudge.draft.${form.dataset.task}`;
  const typed = () => new URLSearchParams([...new FormData(form)].filter(([name]) => !SKIPPED.has(name)));
  const blank = typed().toString();
  let timer;
  let stopped = !mine;

  const storage = (act) => { try { return act(localStorage); } catch { return null; } };

  storage((s) => {
    const others = Object.keys(s).filter((key) => key.startsWith("adjudge.draft.") && key !== place);
    for (const key of others.slice(0, -KEPT)) s.removeItem(key);
  });

  // A draft that only this browser has: the connection was lost before the server had it.
  const kept = storage((s) => s.getItem(place));
  if (mine && kept && kept !== blank) {
    for (const [name, value] of new URLSearchParams(kept)) {
      for (const field of form.elements) {
        if (field.name !== name) continue;
        if (field.type === "radio" || field.type === "checkbox") { if (field.value === value) field.checked = true; }
        else if (field.type !== "hidden") field.value = value;
      }
    }
  }

  function save() {
    if (stopped) return;
    fetch(`/tasks/${form.dataset.task}/draft`, { method: "POST", body: new URLSearchParams(new FormData(form)) })
      .then((reply) => { if (reply.ok) storage((s) => s.removeItem(place)); })
      .catch(() => { /* Offline: the browser's copy stays. */ });
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // This browser's copy stays: an answer that is undone, or never arrives, comes back with its words.
    stopped = true;
    clearTimeout(timer);
  });

  return {
    changed() {
      const now = typed().toString();
      if (now === blank && !timer) return;
      storage((s) => s.setItem(place, now));
      if (stopped) return;
      clearTimeout(timer);
      timer = setTimeout(save, 800);
    },
    stop() { stopped = true; clearTimeout(timer); },
  };
}
