// Draws one message: its head, its card or words, its reactions.

import { el } from "./dom.js";
import { drawDiscord } from "./look-discord.js";
import { drawSlack } from "./look-slack.js";
import { fromNow, moment, timeOfDay } from "./times.js";

// Other platforms' looks, by the name the bot gives them; without one the card is drawn plainly.
const LOOKS = { Slack: drawSlack, Discord: drawDiscord };

// `page` tells who looks, and what pressing does: press, react, dismiss, inspect.
export function drawMessage(message, page) {
  return [head(message, page), body(message, page), fileLink(message), chipRow(message, page)];
}

// A file is fetched with the key of this very page; the browser keeps it and shows nothing of it.
function fileLink(message) {
  if (!message.file) return null;
  const key = new URLSearchParams(window.location.search).get("k") ?? "";
  const href = `/file/${encodeURIComponent(message.id)}?k=${encodeURIComponent(key)}`;
  return el("a", { class: "file", href, download: message.file }, message.file);
}

function head(message, page) {
  return el(
    "p",
    { class: "head" },
    el("b", { class: "from" }, message.from),
    el("time", { datetime: message.at }, timeOfDay(message.at)),
    message.meant && el("span", { class: "mark" }, `meant for ${moment(message.meant)}`),
    message.thread && el("span", { class: "unseen" }, "in the thread"),
    message.only && el("span", { class: "mark only" }, `Only ${message.only} sees this`),
    message.only && small("Put away", () => page.dismiss(message)),
    page.payloads && message.card && small("Payload", () => page.inspect(message)),
  );
}

function small(label, onclick) {
  return el("button", { type: "button", class: "text", "data-key": label, onclick }, label);
}

function body(message, page) {
  if (!message.card) return el("p", { class: "words" }, message.words);
  const draw = LOOKS[page.look];
  return message.payload && draw ? inLook(message, page, draw) : plainCard(message, page);
}

// Buttons of a payload are known by their place on the card, in reading order.
function inLook(message, page, draw) {
  const buttons = message.card.blocks.flatMap((block) => block.buttons ?? []);
  const shown = el("div", { class: "look" });
  shown.append(draw(message.payload, press, page.nameOf));
  return shown;

  function press(place) {
    if (buttons[place]) page.press(message, buttons[place]);
    else reveal(shown, message, page);
  }
}

// “Show my words” belongs to the platform, not to the card: here it shows the card itself.
function reveal(shown, message, page) {
  if (shown.children.length === 1) shown.append(plainCard(message, page));
}

function plainCard(message, page) {
  const title = `${message.id}-title`;
  const calls = message.calls.map((name) => `@${name}`).join(" ");
  return el(
    "div",
    { class: message.card.blocks.length > 0 ? "card" : "card note" },
    el("h3", { id: title }, message.card.title),
    calls && el("p", { class: "mention" }, calls),
    message.card.blocks.map((block) => BLOCKS[block.kind](block, message, page, title)),
  );
}

// One entry for each kind of block the bot can send.
const BLOCKS = {
  text: (block) => el("p", { class: `text ${block.tone}` }, block.text),
  fields: (block) => el("dl", {}, block.rows.map(([name, value]) => row(name, value))),
  people: (block) =>
    el("p", {}, el("b", {}, `${block.label}: `), block.names.join(", ") || "no one yet"),
  quote: (block) =>
    el("figure", {}, el("blockquote", {}, block.words), block.by && el("figcaption", {}, block.by)),
  until: (block) => el("p", { class: "until" }, `${block.label} `, until(block)),
  buttons: (block, message, page, title) =>
    el("div", { class: "row" }, block.buttons.map((button) => cardButton(button, message, page, title))),
  options: (block, message, page) =>
    el("ol", { class: "options" }, block.options.map((option) => optionLine(option, message, page))),
  image: (block) => el("p", { class: "quiet" }, `Picture: ${block.alt}`),
};

function row(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function until({ at, countdown }) {
  const words = countdown ? `${moment(at)}, ${fromNow(at)}` : moment(at);
  return el("time", { datetime: at, "data-at": at, "data-countdown": countdown }, words);
}

function cardButton(button, message, page, title) {
  const attributes = {
    type: "button",
    class: button.style,
    "data-key": `button:${button.label}`,
    "aria-describedby": title,
    onclick: () => page.press(message, button),
  };
  return el("button", attributes, button.label);
}

function optionLine(option, message, page) {
  const reaction = message.reactions.find((known) => known.emoji === option.emoji);
  const words = [el("p", {}, option.label), option.detail && el("p", { class: "quiet" }, option.detail)];
  return el(
    "li",
    {},
    el("span", { class: "keycap", "aria-hidden": "true" }, digit(option.emoji)),
    el("div", {}, words, reaction && chip(reaction, message, page)),
  );
}

// A keycap emoji is a digit with marks that not every machine can draw.
function digit(emoji) {
  return /^[0-9]/.test(emoji) ? emoji[0] : emoji;
}

// The reactions that stand for no line of a ballot drawn above.
function chipRow(message, page) {
  const plain = !(message.payload && LOOKS[page.look]);
  const blocks = plain ? (message.card?.blocks ?? []) : [];
  const drawn = new Set(blocks.flatMap((block) => block.options ?? []).map((option) => option.emoji));
  const rest = message.reactions.filter((reaction) => !drawn.has(reaction.emoji));
  const chips = rest.map((reaction) => chip(reaction, message, page));
  return chips.length > 0 && el("div", { class: "chips" }, chips);
}

// Reactions are shown by what they mean: not every machine can draw every emoji.
function chip(reaction, message, page) {
  const mine = reaction.who.some(([person]) => person === page.you);
  const names = reaction.who.map(([, name]) => name).join(", ");
  const attributes = {
    type: "button",
    class: "chip",
    "aria-pressed": String(mine),
    "data-key": `chip:${reaction.emoji}`,
    onclick: () => page.react(message, reaction.emoji, !mine),
  };
  const count = reaction.who.length > 0 && el("span", { class: "count" }, ` · ${reaction.who.length}`);
  const tick = mine && el("span", { "aria-hidden": "true" }, "✓ ");
  return el(
    "span",
    { class: "chip-line" },
    el("button", attributes, tick, reaction.says, count),
    names && el("span", { class: "quiet" }, names),
  );
}
