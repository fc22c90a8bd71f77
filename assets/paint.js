// A text area with line numbers, colours and marked problems behind it. The text area stays what it is: the layers are
// hidden from assistive technology and follow its scrolling. Used by the rule editor.

/** Longer texts stay plain: colouring them would make typing slow. */
const LONGEST = 200_000;

const TOML = /(#[^\n]*)|('''[\s\S]*?(?:'''|$(?![\s\S]))|"""[\s\S]*?(?:"""|$(?![\s\S])))|("(?:\\.|[^"\\\n])*"?|'[^'\n]*'?)|(^[ \t]*\[\[?[^\]\n]*\]\]?)|(^[ \t]*[A-Za-z_][\w-]*(?=\s*=))|(\b(?:true|false)\b|\b\d[\d_.]*\b)/gm;
const CEL = /("(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(&&|\|\||[!=<>]=?|[-+*/%?:])/g;

export class Painted {
  constructor(box, words) {
    this.box = box;
    this.path = box.dataset.path;
    this.text = box.querySelector("textarea");
    this.fields = new Set(words.fields.map((w) => w.name));
    this.functions = new Set(words.functions.map((w) => w.name));
    this.problems = [];
    this.layers = ["gutter", "paint", "marks"].map((name) => {
      const layer = document.createElement("pre");
      layer.className = name;
      layer.setAttribute("aria-hidden", "true");
      box.prepend(layer);
      return layer;
    });
    this.text.addEventListener("input", () => this.later());
    this.text.addEventListener("scroll", () => this.follow());
    this.draw();
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  follow() {
    const [gutter, paint, marks] = this.layers;
    gutter.scrollTop = this.text.scrollTop;
    for (const layer of [marks, paint]) { layer.scrollTop = this.text.scrollTop; layer.scrollLeft = this.text.scrollLeft; }
  }

  draw() {
    const value = this.text.value;
    const plain = value.length > LONGEST;
    this.box.classList.toggle("painted", !plain);
    if (plain) return;
    const [gutter, paint, marks] = this.layers;
    const wrong = new Set(this.problems.map((p) => p.line));
    gutter.replaceChildren(...value.split("\n").map((_, i) => {
      const line = document.createElement("span");
      line.textContent = `${wrong.has(i + 1) ? "▸" : ""}${i + 1}\n`;
      if (wrong.has(i + 1)) line.className = "wrong";
      return line;
    }));
    paint.replaceChildren(...this.coloured(value), "\n ");
    marks.replaceChildren(...this.underlined(value), "\n ");
    this.follow();
  }

  coloured(value) {
    const parts = [];
    const span = (kind, text) => {
      const s = document.createElement("span");
      s.className = kind;
      s.textContent = text;
      parts.push(s);
    };
    if (!this.path.endsWith(".toml")) {
      for (const line of value.split(/(?<=\n)/)) {
        if (/^\s*#/.test(line)) span("t-comment", line);
        else if (/^\s*!/.test(line)) span("t-key", line);
        else parts.push(line);
      }
      return parts;
    }
    let end = 0;
    let key = "";
    for (const found of value.matchAll(TOML)) {
      parts.push(value.slice(end, found.index));
      end = found.index + found[0].length;
      const [whole, comment, long, short, header, name] = found;
      if (comment) span("t-comment", whole);
      else if (long || short) {
        if (key === "when") this.condition(whole, span, parts); else span("t-string", whole);
      } else if (header) { span("t-header", whole); key = ""; }
      else if (name) { span("t-key", whole); key = whole.trim(); }
      else span("t-number", whole);
    }
    parts.push(value.slice(end));
    return parts;
  }

  /** A condition with its quotes: names that are known look otherwise than those that are not. */
  condition(whole, span, parts) {
    const quote = /^('''|"""|'|")/.exec(whole)[0];
    span("t-string", quote);
    const closed = whole.length >= 2 * quote.length && whole.endsWith(quote);
    const inside = whole.slice(quote.length, closed ? -quote.length : undefined);
    let end = 0;
    for (const found of inside.matchAll(CEL)) {
      parts.push(inside.slice(end, found.index));
      end = found.index + found[0].length;
      const [text, string, number, name] = found;
      if (string) span("t-string", text);
      else if (number) span("t-number", text);
      else if (name) {
        const called = /^\s*\(/.test(inside.slice(end));
        if (["in", "true", "false"].includes(name)) span("t-word", text);
        else if (this.fields.has(name)) span("t-field", text);
        else if (called && this.functions.has(name.split(".").at(-1)) || name === "has") span("t-function", text);
        else parts.push(text);
      } else span("t-operator", text);
    }
    parts.push(inside.slice(end));
    if (closed) span("t-string", quote);
  }

  underlined(value) {
    const parts = [];
    let end = 0;
    const ranges = this.problems.map((p) => this.range(p.line, p.column, p.length)).sort((a, b) => a[0] - b[0]);
    for (const [from, to] of ranges) {
      if (from < end) continue;
      parts.push(value.slice(end, from));
      const s = document.createElement("span");
      s.className = "wrong";
      s.textContent = value.slice(from, to) || " ";
      parts.push(s);
      end = to;
    }
    parts.push(value.slice(end));
    return parts;
  }

  /** Offsets of a place. Lines count from 1, columns in characters, which are not always one unit of the text. */
  range(line, column, length) {
    const lines = this.text.value.split("\n");
    const at = Math.min(line, lines.length) - 1;
    const start = lines.slice(0, at).reduce((n, l) => n + l.length + 1, 0);
    const letters = Array.from(lines[at] ?? "");
    const from = start + letters.slice(0, column - 1).join("").length;
    return [from, from + letters.slice(column - 1, column - 1 + length).join("").length];
  }

  mark(problems) {
    this.problems = problems;
    this.text.setAttribute("aria-invalid", String(problems.length > 0));
    this.draw();
  }

  /** Selects a place and brings it into view. */
  select(line, column, length) {
    const [from, to] = this.range(line, column, length);
    this.text.focus();
    this.text.setSelectionRange(from, to);
    const height = parseFloat(getComputedStyle(this.text).lineHeight);
    this.text.scrollTop = Math.max(0, (line - 4) * height);
    this.follow();
  }

  /** Selects the first problem after the caret, or the first of all; says whether there is one. */
  nextProblem() {
    if (!this.problems.length) return false;
    const places = this.problems.map((p) => ({ p, from: this.range(p.line, p.column, p.length)[0] })).sort((a, b) => a.from - b.from);
    const next = places.find((x) => x.from > this.text.selectionStart) ?? places[0];
    this.select(next.p.line, next.p.column, next.p.length);
    return true;
  }

  /** Types over the selection, so that the browser's own undo takes it back. */
  type(text) {
    this.text.focus();
    if (!document.execCommand("insertText", false, text)) {
      this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
      this.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }
}
