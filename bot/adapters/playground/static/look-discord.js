// Draws a Discord message from its payload, as the Discord adapter would send it.

import { el } from "./dom.js";

const ROW = 1, BUTTON = 2, DISPLAY = 10, GALLERY = 12, CONTAINER = 17;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

// `press` is called with the place of the button on the card, `who` names a person by their id.
export function drawDiscord(payload, press, who = (id) => id) {
  const page = { press, who };
  const content = payload.content ? lines(payload.content, page) : [];
  return el("div", { class: "discord-message" }, content, (payload.components ?? []).map((part) => drawPart(part, page)));
}

function drawPart(part, page) {
  const draw = PARTS[part.type];
  // Nothing is dropped in silence: what cannot be drawn is shown as it is.
  return draw ? draw(part, page) : el("pre", {}, JSON.stringify(part, null, 2));
}

// One entry for each kind of component the renderer can send.
const PARTS = {
  [CONTAINER]: (part, page) => el("div", { class: "discord-container" }, part.components.map((inner) => drawPart(inner, page))),
  [DISPLAY]: (part, page) => el("div", { class: "discord-text" }, lines(part.content, page)),
  [ROW]: (part, page) => el("div", { class: "row discord-row" }, part.components.map((inner) => drawPart(inner, page))),
  [BUTTON]: (part, page) => drawButton(part, page),
  [GALLERY]: (part) => part.items.map((item) => el("p", { class: "quiet" }, `Picture: ${item.description ?? ""}`)),
};

function drawButton(button, page) {
  const place = Number(button.custom_id);
  const style = STYLES[button.style] ?? "secondary";
  const press = Number.isNaN(place) ? () => {} : () => page.press(place);
  return el("button", { type: "button", class: `discord-button discord-${style}`, onclick: press }, button.label);
}

// A text: a heading, small print, a quotation or a paragraph for each line.
function lines(text, page) {
  return text.split("\n").map((line) => {
    if (line.startsWith("## ")) return el("h3", { class: "discord-header" }, marked(line.slice(3), page));
    if (line.startsWith("-# ")) return el("p", { class: "quiet discord-small" }, marked(line.slice(3), page));
    if (line.startsWith("> ")) return el("blockquote", {}, marked(line.slice(2), page));
    return el("p", {}, marked(line, page));
  });
}

const MARKS = /\\([^0-9A-Za-z\s])|<t:(\d+):([fR])>|<@(\d+)>|\*\*((?:\\.|[^*\\])+)\*\*/gs;

// Discord's own marks: escapes, moments, people, bold. All else is text.
function marked(line, page) {
  const parts = [];
  let from = 0;
  for (const found of line.matchAll(MARKS)) {
    parts.push(line.slice(from, found.index), markedPart(found, page));
    from = found.index + found[0].length;
  }
  return [...parts, line.slice(from)];
}

function markedPart(found, page) {
  const [, escaped, seconds, format, person, bold] = found;
  if (escaped) return escaped;
  if (seconds) return el("time", {}, format === "R" ? fromNow(Number(seconds)) : moment(Number(seconds)));
  if (person) return el("span", { class: "discord-mention" }, `@${page.who(person)}`);
  return el("b", {}, marked(bold, page));
}

function moment(seconds) {
  return new Date(seconds * 1000).toLocaleString(undefined, { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function fromNow(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(away) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(away / length), unit);
}
