// Draws one message: its head, its card or words, its reactions.

import { el } from "./dom.js";
import { fromNow, moment, timeOfDay } from "./times.js";

// `page` tells who looks, and what pressing does: press, react, dismiss, inspect.
export function drawMessage(message, page) {
  return [head(message, page), body(message, page), chipRow(message, page)];
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
    message.only && dismissButton(message, page),
    page.payloads && message.card && payloadButton(message, page),
  );
}

function dismissButton(message, page) {
  return el("button", { type: "button", class: "text", "data-key": "dismiss", onclick: () => page.dismiss(message) }, "Put away");
}

function payloadButton(message, page) {
  return el("button", { type: "button", class: "text", "data-key": "payload", onclick: () => page.inspect(message) }, "Payload");
}

function body(message, page) {
  if (!message.card) return el("p", { class: "words" }, message.words);
  const title = `${message.id}-title`;
  return el(
    "div",
    { class: message.card.blocks.length > 0 ? "card" : "card note" },
    el("h3", { id: title }, message.card.title),
    message.calls.length > 0 && el("p", { class: "calls" }, message.calls.map((name) => `@${name}`).join(" ")),
    message.card.blocks.map((block) => BLOCKS[block.kind](block, message, page, title)),
  );
}

// One entry for each kind of block the bot can send.
const BLOCKS = {
  text: (block) => el("p", { class: `text ${block.tone}` }, block.text),
  fields: (block) => el("dl", {}, block.rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
  people: (block) => el("p", { class: "who" }, el("b", {}, `${block.label}: `), block.names.join(", ") || "nobody yet"),
  quote: (block) => el("figure", {}, el("blockquote", {}, block.words), block.by && el("figcaption", {}, block.by)),
  until: (block) => el("p", { class: "until" }, `${block.label} `, until(block)),
  buttons: (block, message, page, title) =>
    el("div", { class: "row" }, block.buttons.map((button) => cardButton(button, message, page, title))),
  options: (block, message, page) => el("ol", { class: "options" }, block.options.map((option) => optionLine(option, message, page))),
  image: (block) => el("p", { class: "quiet" }, `Picture: ${block.alt}`),
};

function until(block) {
  const words = block.countdown ? `${moment(block.at)}, ${fromNow(block.at)}` : moment(block.at);
  return el("time", { datetime: block.at, "data-at": block.at, "data-countdown": block.countdown }, words);
}

function cardButton(button, message, page, title) {
  const press = (event) => page.press(message, button, event.currentTarget);
  return el(
    "button",
    { type: "button", class: button.style, "data-key": `button:${button.label}`, "aria-describedby": title, onclick: press },
    button.label,
  );
}

function optionLine(option, message, page) {
  const reaction = message.reactions.find((known) => known.emoji === option.emoji);
  return el(
    "li",
    {},
    el("span", { class: "keycap", "aria-hidden": "true" }, digit(option.emoji)),
    el("div", {}, el("p", {}, option.label), option.detail && el("p", { class: "quiet" }, option.detail), reaction && chip(reaction, message, page)),
  );
}

// A keycap emoji is a digit with marks that not every machine can draw.
function digit(emoji) {
  return /^[0-9]/.test(emoji) ? emoji[0] : emoji;
}

// The reactions that stand for no line of a ballot.
function chipRow(message, page) {
  const options = (message.card?.blocks ?? []).filter((b) => b.kind === "options").flatMap((b) => b.options);
  const drawn = new Set(options.map((option) => option.emoji));
  const rest = message.reactions.filter((reaction) => !drawn.has(reaction.emoji));
  return rest.length > 0 && el("div", { class: "chips" }, rest.map((reaction) => chip(reaction, message, page)));
}

// Reactions are shown by what they mean: not every machine can draw every emoji.
function chip(reaction, message, page) {
  const mine = reaction.who.some(([person]) => person === page.you);
  const names = reaction.who.map(([, name]) => name).join(", ");
  return el(
    "span",
    { class: "chip-line" },
    el(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": mine ? "true" : "false",
        "data-key": `chip:${reaction.emoji}`,
        onclick: () => page.react(message, reaction.emoji, !mine),
      },
      mine && el("span", { "aria-hidden": "true" }, "✓ "),
      reaction.says,
      reaction.who.length > 0 && el("span", { class: "count" }, ` · ${reaction.who.length}`),
    ),
    names && el("span", { class: "quiet" }, names),
  );
}
