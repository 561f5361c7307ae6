// Draws a Discord message from its payload, as the Discord adapter would send it.

import { el } from "./dom.js";
import { fromNow, moment } from "./times.js";

const ROW = 1;
const BUTTON = 2;
const SECTION = 9;
const DISPLAY = 10;
const GALLERY = 12;
const SEPARATOR = 14;
const CONTAINER = 17;

const STYLES = { 1: "primary", 4: "danger" };

// `press` is called with the place of the button on the card, `who` names a person by their id.
export function drawDiscord(payload, press, who = (id) => id) {
  const page = { press, who };
  const words = payload.content ? lines(payload.content, page) : [];
  return el("div", { class: "discord-message" }, words, payload.components.map((part) => drawPart(part, page)));
}

function drawPart(part, page) {
  const draw = PARTS[part.type];
  // Nothing is dropped in silence: what cannot be drawn is shown as it is.
  return draw ? draw(part, page) : el("pre", {}, JSON.stringify(part, null, 2));
}

// One entry for each kind of component the renderer can send.
const PARTS = {
  [CONTAINER]: (part, page) =>
    el("div", { class: "discord-container" }, part.components.map((inner) => drawPart(inner, page))),
  [SECTION]: (part, page) =>
    el("div", {}, part.components.map((inner) => drawPart(inner, page)), drawPart(part.accessory, page)),
  [DISPLAY]: (part, page) => el("div", {}, lines(part.content, page)),
  [GALLERY]: (part) => part.items.map((item) => el("p", { class: "quiet" }, `Picture: ${item.description}`)),
  [SEPARATOR]: () => el("hr"),
  [ROW]: (part, page) => el("div", { class: "row" }, part.components.map((inner) => drawPart(inner, page))),
  [BUTTON]: drawButton,
};

// The adapter's own button “Show my words” stands on no card, so it has no number.
function drawButton(button, page) {
  const place = Number(button.custom_id);
  const attributes = {
    type: "button",
    class: `discord-button ${STYLES[button.style] ?? ""}`,
    "data-key": `button:${button.label}`,
    onclick: () => Number.isNaN(place) || page.press(place),
  };
  return el("button", attributes, button.label);
}

function lines(content, page) {
  return content.split("\n").map((line) => drawLine(line, page));
}

function drawLine(line, page) {
  if (line.startsWith("## ")) return el("h3", {}, marked(line.slice(3), page));
  if (line.startsWith("-# ")) return el("p", { class: "quiet" }, marked(line.slice(3), page));
  if (line.startsWith("> ")) return el("blockquote", { class: "discord-quote" }, marked(line.slice(2), page));
  return line.trim() && el("p", {}, marked(line, page));
}

const MARKS = /\\([^0-9A-Za-z\s])|<t:(\d+):(\w)>|<@!?(\w+)>|\*\*((?:\\.|[^*])+)\*\*/g;

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

function markedPart([, escaped, seconds, how, person, bold], page) {
  if (escaped) return escaped;
  if (seconds) return drawMoment(new Date(Number(seconds) * 1000).toISOString(), how);
  return person ? el("span", { class: "mention" }, `@${page.who(person)}`) : el("b", {}, marked(bold, page));
}

function drawMoment(iso, how) {
  const relative = how === "R";
  const attributes = { datetime: iso, "data-at": iso, "data-relative": relative };
  return el("time", attributes, relative ? fromNow(iso) : moment(iso));
}
