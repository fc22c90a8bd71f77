// The rule editor: checks while one types, saves and tries without leaving the page, and wires keys, problems and
// completion together. Without it the page's buttons do the same with whole pages. It must never lose what was typed.
import { Completion } from "./complete.js";
import { Painted } from "./paint.js";

const PAUSE = 350;
const form = document.querySelector("[data-editor-form]");
const address = `/drafts/${form.dataset.draft}`;
const words = JSON.parse(form.dataset.vocabulary);
const results = document.querySelector("[data-results-place]");
const tried = document.querySelector("[data-tried-place]");
const saved = document.querySelector("[data-saved]");
const editors = [...document.querySelectorAll("[data-editor]")].map((box) => new Painted(box, words));
const writable = editors.some((e) => !e.text.readOnly);
let dirty = false;
let hasTried = Boolean(tried?.querySelector("[data-tried]"));
let pause = 0;
const running = {};

/** Sends the form as it stands; of two requests for one thing only the later one's answer counts. */
async function send(what, extra = {}) {
  running[what]?.abort();
  const abort = new AbortController();
  running[what] = abort;
  const fields = new URLSearchParams(new FormData(form));
  fields.set("rule", ruleAtCaret());
  for (const [name, value] of Object.entries(extra)) fields.set(name, value);
  try {
    const answer = await fetch(`${address}/${what}`, { method: "POST", body: fields, signal: abort.signal });
    const html = await answer.text();
    if (running[what] !== abort) return null;
    return { answer, html };
  } catch (error) {
    if (error.name !== "AbortError") tell("The server cannot be reached. Your text is still here.");
    return null;
  }
}

function tell(text) { saved.textContent = text; }

/** Puts a part in its place, unless it says what stands there: a live region should not repeat itself. */
function put(place, html) {
  if (place.dataset.said === html) return;
  place.dataset.said = html;
  place.innerHTML = html;
}

function mark() {
  const problems = [...results.querySelectorAll("[data-problem]")].map((item) => ({
    path: item.dataset.path, line: Number(item.dataset.line), column: Number(item.dataset.column), length: Number(item.dataset.length),
  }));
  for (const editor of editors) editor.mark(problems.filter((p) => p.path === editor.path));
  for (const fix of results.querySelectorAll("[data-fix]")) {
    fix.hidden = !writable || !editors.some((e) => e.path === fix.closest("[data-problem]").dataset.path);
  }
}

async function check() {
  const got = await send("check", { part: "yes" });
  if (!got?.answer.ok) return;
  put(results, got.html);
  mark();
  if (hasTried && results.querySelector("[data-results]")?.dataset.problems === "0") attempt();
}

async function attempt() {
  if (!tried) return;
  hasTried = true;
  const got = await send("try", { part: "yes" });
  if (got?.answer.ok) put(tried, got.html);
}

async function save() {
  if (!writable) return;
  clearTimeout(pause);
  tell("Saving…");
  const before = editors.map((e) => e.text.value).join("\u0000");
  const got = await send("file", { part: "yes" });
  if (!got) return;
  if (!got.html.includes("data-results")) { tell("It was not saved. Reload the page in another tab, and copy your text there."); return; }
  put(results, got.html);
  mark();
  if (!got.answer.ok) { tell("Not saved."); return; }
  const version = results.querySelector("[data-results]").dataset.version;
  for (const field of document.querySelectorAll("input[name=version]")) field.value = version;
  dirty = before !== editors.map((e) => e.text.value).join("\u0000");
  tell(dirty ? "Saved; you typed more since." : "Saved.");
}

/** The name of the rule that the caret is in, as the file writes it. */
function ruleAtCaret() {
  const editor = editors[0];
  if (!editor) return "";
  const { value, selectionStart } = editor.text;
  const start = value.lastIndexOf("[[rule]]", selectionStart);
  if (start < 0) return "";
  const end = value.indexOf("[[rule]]", start + 8);
  return /^\s*name\s*=\s*["']([a-z0-9_]+)["']/m.exec(value.slice(start, end < 0 ? undefined : end))?.[1] ?? "";
}

for (const editor of editors) {
  const completion = editor.path.endsWith("rules.toml") && writable ? new Completion(editor, words) : null;
  editor.text.addEventListener("input", () => {
    dirty = true;
    tell("Not saved yet.");
    clearTimeout(pause);
    pause = setTimeout(check, PAUSE);
  });
  editor.text.addEventListener("keydown", (event) => {
    if (completion?.key(event)) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing && writable) {
      const line = editor.text.value.slice(0, editor.text.selectionStart).split("\n").at(-1);
      const indent = /^[ \t]*/.exec(line)[0];
      if (!indent) return;
      event.preventDefault();
      editor.type(`\n${indent}`);
    }
  });
}

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "s") { event.preventDefault(); save(); }
  else if (command && event.key === "Enter") { event.preventDefault(); attempt(); }
  else if (event.key === "F8") {
    const at = editors.find((e) => e.text === document.activeElement) ?? editors[0];
    if (at?.nextProblem()) event.preventDefault();
  }
});

form.addEventListener("submit", async (event) => {
  // The console marks a form as sent; this one is sent again and again.
  const by = event.submitter;
  if (by?.matches("[data-import]")) { dirty = false; return; }
  event.preventDefault();
  if (by?.matches("[data-check]")) check();
  else if (by?.matches("[data-try]")) attempt();
  else if (by?.matches("[data-search]")) search();
  else save();
}, { capture: true });

/** Finds other ads to try on; the whole page comes, and only its choices are taken over. */
async function search() {
  for (const box of form.querySelectorAll("[data-choices] input")) box.checked = false;
  const got = await send("try");
  if (!got?.answer.ok) return;
  const page = new DOMParser().parseFromString(got.html, "text/html");
  form.querySelector("[data-choices]").replaceWith(page.querySelector("[data-choices]"));
  hasTried = true;
  put(tried, page.querySelector("[data-tried-place]").innerHTML);
}
form.querySelector("#q")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); search(); }
});

document.addEventListener("click", (event) => {
  const problem = event.target.closest?.("[data-problem]");
  const editor = problem && editors.find((e) => e.path === problem.dataset.path);
  if (!editor) return;
  const [line, column, length] = [problem.dataset.line, problem.dataset.column, problem.dataset.length].map(Number);
  const fix = event.target.closest("[data-fix]");
  if (!fix && !event.target.closest("[data-goto]")) return;
  event.preventDefault();
  editor.select(line, column, length);
  if (fix) editor.type(fix.dataset.fix);
});

const file = form.querySelector("[data-file]");
if (file) {
  file.closest("[data-pick]").hidden = false;
  file.addEventListener("change", async () => {
    if (file.files[0]) form.elements.paste.value = await file.files[0].text();
  });
}

window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

mark();
for (const editor of editors) {
  if (editor.text.dataset.line) editor.select(Number(editor.text.dataset.line), 1, 0);
}
