// Which key presses count as commands, and whether the person wants single keys at all.
// Imported by every script of the console. It must never act on a key typed into a text field.

const STORED = "adjudge.single_keys";

/** Whether single keys act as commands in this browser (WCAG 2.1.4). */
export function singleKeys() {
  try { return localStorage.getItem(STORED) !== "off"; } catch { return true; }
}

/** Remembers whether single keys act as commands, and shows or hides the keys on the buttons. */
export function setSingleKeys(on) {
  try { localStorage.setItem(STORED, on ? "on" : "off"); } catch { /* A browser without storage keeps the default. */ }
  document.documentElement.classList.toggle("keys-off", !on);
}

/** Whether the person is writing text at this moment. */
export function typing(target) {
  if (!(target instanceof Element)) return false;
  return target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])");
}

/** Calls `act(key, event)` for plain keys pressed outside text fields and dialogs; a truthy answer swallows the key. */
export function onCommand(act) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key === "Enter") return;
    if (typing(event.target) || !singleKeys() || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target instanceof Element && event.target.matches("a, button, summary")) return;
    if (act(event.key, event)) event.preventDefault();
  });
}
