// Completion in the rule editor: fields, functions, lists and policies at the caret. The keyboard is enough, and a
// screen reader hears which one is chosen. It must never take a key while it is closed, but Ctrl+Space.

const MOST = 12;

export class Completion {
  constructor(editor, words) {
    this.editor = editor;
    this.text = editor.text;
    this.words = words;
    this.takes = new Map(words.functions.filter((f) => f.takes).map((f) => [f.name, f.takes]));
    this.list = document.createElement("ul");
    this.list.className = "completions";
    this.list.id = `${this.text.id}-completions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Completions");
    this.list.hidden = true;
    editor.box.append(this.list);
    this.text.setAttribute("aria-autocomplete", "list");
    this.text.setAttribute("aria-controls", this.list.id);
    this.text.addEventListener("input", () => this.update(false));
    this.text.addEventListener("blur", () => this.close());
    this.text.addEventListener("scroll", () => this.close());
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) { event.preventDefault(); this.at = [...this.list.children].indexOf(item); this.take(); }
    });
  }

  /** What the caret stands in: the letters typed so far, and which words fit there. */
  context() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const named = /([A-Za-z_]\w*)\(\s*["'](\w*)$/.exec(line);
    if (named) {
      const takes = this.takes.get(named[1]);
      const words = takes === "list" ? this.words.lists : takes === "head" ? this.words.policies : [];
      return { typed: named[2], words };
    }
    const typed = /[A-Za-z_][\w.]*$/.exec(line)?.[0] ?? "";
    return { typed, words: [...this.words.fields, ...this.words.functions] };
  }

  update(asked) {
    const { typed, words } = this.context();
    const wanted = typed.toLowerCase();
    if (!asked && (wanted.length < 2 || !this.inCondition())) return this.close();
    const rank = (word) => {
      const name = word.name.toLowerCase();
      if (name.startsWith(wanted)) return 0;
      if (name.split(/[._]/).some((part) => part.startsWith(wanted))) return 1;
      return name.includes(wanted) ? 2 : 3;
    };
    const fits = words.map((word) => [rank(word), word]).filter(([r]) => r < 3);
    fits.sort((a, b) => a[0] - b[0] || a[1].name.localeCompare(b[1].name));
    this.found = fits.slice(0, MOST).map(([, word]) => word);
    if (!this.found.length || !asked && this.found.length === 1 && this.found[0].name === typed) return this.close();
    this.typed = typed;
    this.at = 0;
    this.show();
  }

  /** Whether the caret is within the text of a `when`. */
  inCondition() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const start = Math.max(before.lastIndexOf("\nwhen"), before.startsWith("when") ? 0 : -1);
    if (start < 0) return false;
    const since = before.slice(start + 1);
    const opened = /=\s*('''|"""|'|")/.exec(since);
    if (!opened) return false;
    const rest = since.slice(opened.index + opened[0].length);
    return opened[1].length === 3 ? !rest.includes(opened[1]) : !rest.includes("\n");
  }

  show() {
    this.list.replaceChildren(...this.found.map((word, i) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${i}`;
      item.setAttribute("role", "option");
      const name = document.createElement("code");
      name.textContent = word.name;
      const detail = document.createElement("span");
      detail.className = "quiet";
      detail.textContent = word.detail;
      item.append(name, " ", detail);
      if (word.doc) item.title = word.doc;
      return item;
    }));
    this.place();
    this.list.hidden = false;
    this.choose(0);
  }

  place() {
    const style = getComputedStyle(this.text);
    const before = this.text.value.slice(0, this.text.selectionStart).split("\n");
    const height = parseFloat(style.lineHeight);
    this.width ??= this.letter(style);
    const left = parseFloat(style.paddingLeft) + (before.at(-1).length - this.typed.length) * this.width - this.text.scrollLeft;
    const top = this.text.offsetTop + parseFloat(style.paddingTop) + before.length * height - this.text.scrollTop;
    this.list.style.left = `${Math.max(0, Math.min(left, this.text.clientWidth - 260))}px`;
    this.list.style.top = `${top + 4}px`;
  }

  letter(style) {
    const probe = document.createElement("span");
    probe.textContent = "x".repeat(50);
    probe.style.font = style.font;
    probe.style.position = "absolute";
    probe.style.visibility = "hidden";
    document.body.append(probe);
    const width = probe.getBoundingClientRect().width / 50;
    probe.remove();
    return width;
  }

  choose(step) {
    const items = [...this.list.children];
    this.at = (this.at + step + items.length) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === this.at)));
    items[this.at].scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", items[this.at].id);
  }

  take() {
    const word = this.found[this.at];
    const end = this.text.selectionStart;
    this.text.setSelectionRange(end - this.typed.length, end);
    const call = word.takes !== undefined || this.words.functions.includes(word) && !word.method;
    this.close();
    this.editor.type(call ? `${word.name}(` : word.name);
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.text.removeAttribute("aria-activedescendant");
  }

  /** Handles a key; says whether it did. */
  key(event) {
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); this.update(true); return true; }
    if (this.list.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.choose(step);
    else if (event.key === "Enter" || event.key === "Tab") this.take();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }
}
