// What every page owes to people who use a keyboard alone, a screen reader, or weak eyes. Returns complaints.
// Run by `Browser::audit` as the body of a function.
const complaints = [];
const say = (what, element) => complaints.push(`${what}: ${element?.outerHTML?.replace(/\s+/g, " ").slice(0, 120) ?? ""}`);
const visible = (e) => e.checkVisibility?.({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length > 0;
const all = (css, root = document) => [...root.querySelectorAll(css)];

if (!document.documentElement.lang) say("the page names no language");
if (!document.title.trim()) say("the page has no title");
if (all("h1").length !== 1) say(`the page has ${all("h1").length} first headings`);
if (all("main").length !== 1) say("the page has not one main part");
if (!document.querySelector("meta[name=viewport]")) say("the page does not fit small screens");

let level = 0;
for (const heading of all("h1, h2, h3, h4, h5, h6").filter(visible)) {
  const now = Number(heading.tagName[1]);
  if (level && now > level + 1) say(`a heading leaps from ${level} to ${now}`, heading);
  level = now;
}

const ids = new Map();
for (const e of all("[id]")) ids.set(e.id, (ids.get(e.id) ?? 0) + 1);
for (const [id, n] of ids) if (n > 1) say(`${n} elements are called ${id}`);
for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
  for (const e of all(`[${attribute}]`)) {
    for (const id of e.getAttribute(attribute).split(/\s+/)) if (!document.getElementById(id)) say(`${attribute} names nothing`, e);
  }
}

const named = (e) => Boolean(
  e.getAttribute("aria-label")?.trim()
  || (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).some((id) => document.getElementById(id)?.textContent.trim())
  || e.labels?.length && [...e.labels].some((label) => label.textContent.trim())
  || /^(A|BUTTON|SUMMARY)$/.test(e.tagName) && (e.textContent.trim() || e.querySelector("img[alt], [aria-label]"))
  || e.title?.trim());
for (const e of all("a[href], button, summary, input:not([type=hidden]), select, textarea")) if (!named(e)) say("a control has no name", e);
for (const e of all("img")) if (!e.hasAttribute("alt")) say("an image has no text", e);
for (const e of all("svg")) if (e.getAttribute("aria-hidden") !== "true" && !named(e)) say("a drawing has no text", e);
for (const e of all("[tabindex]")) if (Number(e.getAttribute("tabindex")) > 0) say("an element jumps the tab order", e);
for (const e of all("table")) if (!e.querySelector("th")) say("a table has no headings", e);
for (const e of all("[onclick], [style*='javascript:'], a[href^='javascript:']")) say("script inside an element", e);

// Contrast of text against what lies behind it (WCAG 1.4.3), where both are plain colours.
const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
const luminance = ([r, g, b]) => {
  const linear = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const behind = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.backgroundImage !== "none") return null;
    const colour = channels(style.backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
    if (colour[3] > 0) return null;
  }
  return [255, 255, 255];
};
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const plain = (colour) => {
  if (/^rgba?\(/.test(colour)) return channels(colour);
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (texts.nextNode()) {
  const e = texts.currentNode.parentElement;
  if (!texts.currentNode.textContent.trim() || seen.has(e) || !visible(e) || e.closest("[disabled], [aria-hidden=true], fieldset:disabled, script, option")) continue;
  seen.add(e);
  const style = getComputedStyle(e);
  const ground = behind(e);
  const ink = plain(style.color);
  if (!ground || ink[3] !== undefined && ink[3] < 1) continue;
  const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
  const ratio = (light + 0.05) / (dark + 0.05);
  const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700;
  if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)} of ${style.color} on ${ground}`, e);
}

// Everything comes from this server.
for (const entry of performance.getEntriesByType("resource")) {
  if (!entry.name.startsWith(location.origin) && !entry.name.startsWith("data:")) say(`loads from elsewhere: ${entry.name}`);
}
return complaints;
