// The picker of policies to add: a list of check boxes that works without a script, with a filter and keys on top.

/** Enhances the picker on the page; `changed` is called after every change, `back` to put the focus where the person
    worked before. Answers null where the page has none. */
export function startPicker(changed, back) {
  const picker = document.getElementById("picker");
  if (!picker) return null;
  const filter = document.getElementById("picker-filter");
  const chips = document.getElementById("added");
  const rows = [...picker.querySelectorAll("li")];
  const shown = () => rows.filter((row) => !row.hidden);
  let at = 0;
  filter.hidden = false;

  function mark(index) {
    const visible = shown();
    at = Math.max(0, Math.min(visible.length - 1, index));
    for (const row of rows) row.classList.toggle("at", row === visible[at]);
    if (visible[at]) filter.setAttribute("aria-activedescendant", visible[at].id);
    visible[at]?.scrollIntoView({ block: "nearest" });
  }

  function drawChips() {
    chips.replaceChildren(...rows.map((row) => row.querySelector("input")).filter((box) => box.checked).map((box) => {
      const item = document.createElement("li");
      const remove = document.createElement("button");
      const name = box.parentElement.textContent.trim().replace(/\s+/g, " ");
      item.append(`Added: ${name}`);
      remove.type = "button";
      remove.className = "plain";
      remove.textContent = "✕";
      remove.setAttribute("aria-label", `Take back: ${name}`);
      remove.addEventListener("click", () => { box.checked = false; drawChips(); changed(); });
      item.append(remove);
      return item;
    }));
  }

  function close() {
    picker.open = false;
    filter.blur();
    back();
  }

  rows.forEach((row, index) => { row.id = `picker-row-${index}`; });
  picker.addEventListener("change", drawChips);
  picker.addEventListener("toggle", () => { if (picker.open) { filter.focus(); mark(0); } });
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    mark(0);
  });
  filter.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      const box = shown()[at]?.querySelector("input");
      if (box) { box.checked = !box.checked; drawChips(); changed(); }
      filter.value = "";
      for (const row of rows) row.hidden = false;
      close();
    } else return;
    event.preventDefault();
  });
  drawChips();
  return { open() { picker.open = true; filter.focus(); mark(0); } };
}
