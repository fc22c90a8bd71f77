// The task page: answer by keyboard, keep the lease, keep what was typed, and show at once what the release makes of it.
// Without it the form still works: radio buttons, a list of policies, a note, and a button.
import { onCommand } from "./keys.js";
import { startPicker } from "./picker.js";
import { keepLease } from "./lease.js";
import { keepDraft } from "./draft.js";

const form = document.getElementById("answers");
const findings = [...document.querySelectorAll("[data-finding]")];
const note = document.getElementById("note");
const outcome = document.getElementById("outcome");
const makes = document.getElementById("makes");
const submit = document.getElementById("submit");
const mine = "mine" in form.dataset;
let at = -1;

// ---- moving between findings

function go(index, scroll = true) {
  if (!findings.length) return;
  findings[at]?.classList.remove("current");
  at = Math.max(0, Math.min(findings.length - 1, index));
  findings[at].classList.add("current");
  // Focus follows, so that a screen reader reads the finding and Tab goes on from here.
  const radios = [...findings[at].querySelectorAll("input[type=radio]")];
  (radios.find((radio) => radio.checked) ?? radios[0])?.focus({ preventScroll: true });
  if (scroll) findings[at].scrollIntoView({ block: "nearest" });
}
for (const [index, finding] of findings.entries()) finding.addEventListener("focusin", () => {
  if (index === at) return;
  findings[at]?.classList.remove("current");
  at = index;
  finding.classList.add("current");
});

const answered = (finding) => Boolean(finding.querySelector("input:checked"));

function answer(position) {
  if (at < 0) go(0);
  const finding = findings[at];
  const radio = finding?.querySelectorAll("input[type=radio]")[position];
  if (!radio) return;
  radio.checked = !radio.checked;
  changed();
  if (!radio.checked) return;
  const next = findings.findIndex((f, index) => index > at && !answered(f));
  if (next >= 0) go(next); else radio.focus({ preventScroll: true });
}

function dismissRest() {
  for (const finding of findings.filter((f) => !answered(f))) finding.querySelectorAll("input[type=radio]")[1].checked = true;
  changed();
}

// ---- what the release makes of it: the server says, so that page and decision cannot differ

let asked;
let pause;
function askPreview() {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const reply = await fetch(`/tasks/${form.dataset.task}/preview`, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: asked.signal });
      if (reply.ok) makes.innerHTML = await reply.text(); // The server's own escaped fragment.
    } catch { /* Aborted by a newer answer, or offline: the server decides at submission anyway. */ }
  }, 60);
}

const draft = keepDraft(form, mine);
function changed() {
  askPreview();
  draft.changed();
  submit.firstChild.textContent = outcome.value === "escalate" ? "Escalate " : "Submit ";
}

// ---- the note and the outcome

function escalate() {
  outcome.value = outcome.value === "escalate" ? "" : "escalate";
  changed();
  if (outcome.value) note.focus();
}
const grow = () => { note.style.height = "auto"; note.style.height = `${Math.min(note.scrollHeight + 2, 160)}px`; };

// ---- which words moved the scores: asked for only when somebody wants to know

const words = document.getElementById("words");
words?.addEventListener("click", async (event) => {
  event.preventDefault();
  words.disabled = true;
  try {
    const reply = await fetch(words.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const found = reply.ok && new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("explained");
    // The live region stays, so that a screen reader hears what comes into it.
    if (found) document.getElementById("explained").replaceChildren(...found.childNodes);
  } catch { /* Offline: the button can be pressed again. */ }
  words.disabled = false;
});

// ---- wiring

if (mine) {
  const picker = startPicker(changed, () => go(at));
  keepLease(form, draft);
  form.addEventListener("change", changed);
  note.addEventListener("input", () => { grow(); changed(); });
  note.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); note.blur(); go(at); } });
  outcome.addEventListener("keydown", (event) => { if (event.key === "Escape") { outcome.blur(); go(at); } });
  document.getElementById("escalate").addEventListener("click", escalate);
  document.getElementById("rest").addEventListener("click", dismissRest);
  for (const id of ["escalate", "rest"]) document.getElementById(id).hidden = id === "rest" && !findings.length;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(submit); }
  });

  onCommand((key) => {
    if (/^[1-9]$/.test(key) && !("blind" in form.dataset)) { go(Number(key) - 1); return true; }
    switch (key) {
      case "j": case "ArrowDown": go(at + 1); return true;
      case "k": case "ArrowUp": go(at - 1); return true;
      case "c": answer(0); return true;
      case "d": answer(1); return true;
      case "a": picker?.open(); return Boolean(picker);
      case "o": { const clause = findings[Math.max(at, 0)]?.querySelector("details"); if (clause) clause.open = !clause.open; return true; }
      case "w": note.focus(); return true;
      case "Enter": form.requestSubmit(submit); return true;
      default: return false;
    }
  });
  if (findings.length) go(0, false);
  changed.call(null);
  if (note.value) grow();
}

// ---- sensitive images stay veiled until asked for

function reveal() { for (const figure of document.querySelectorAll("figure:has([data-reveal])")) figure.classList.toggle("veil"); }
for (const button of document.querySelectorAll("[data-reveal]")) button.addEventListener("click", reveal);
onCommand((key) => key === "r" && (reveal(), true));
