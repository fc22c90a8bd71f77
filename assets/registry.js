// The registry's search: narrows the list while one types. Without a script the whole list stands there.

const form = document.querySelector("[data-registry-search]");
const text = form.querySelector("#q");
const which = form.querySelector("#which");
const told = form.querySelector("[data-registry-count]");
const entries = [...document.querySelectorAll("[data-registry-entry]")];

function narrow() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entries) {
    const content = entry.textContent.toLowerCase();
    const fits = words.every((word) => content.includes(word));
    const used = !which.value || (which.value === "used") === (entry.dataset.used === "true");
    entry.hidden = !(fits && used);
    if (!entry.hidden) shown += 1;
  }
  for (const group of document.querySelectorAll("[data-registry-group]")) {
    group.hidden = !group.querySelector("[data-registry-entry]:not([hidden])");
  }
  told.textContent = `${shown} of ${entries.length}`;
}

form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
text.addEventListener("input", narrow);
which.addEventListener("change", narrow);
narrow();
