// Draws a Slack message from its Block Kit payload, as the Slack adapter would send it.

import { el } from "./dom.js";
import { moment } from "./times.js";

// `press` is called with the place of the button on the card, `who` names a person by their id.
export function drawSlack(payload, press, who = (id) => id) {
  const page = { press, who };
  return el("div", { class: "slack-message" }, payload.blocks.map((block) => drawBlock(block, page)));
}

function drawBlock(block, page) {
  const draw = BLOCKS[block.type];
  // Nothing is dropped in silence: what cannot be drawn is shown as it is.
  return draw ? draw(block, page) : el("pre", {}, JSON.stringify(block, null, 2));
}

// One entry for each kind of block the renderer can send.
const BLOCKS = {
  header: (block) => el("h3", { class: "slack-header" }, unescaped(block.text.text)),
  section: (block, page) =>
    block.fields
      ? el("div", { class: "slack-fields" }, block.fields.map((field) => el("div", {}, lines(field, page))))
      : el("div", {}, lines(block.text, page)),
  context: (block, page) =>
    el("div", { class: "slack-context quiet" }, block.elements.map((part) => lines(part, page))),
  actions: (block, page) =>
    el("div", { class: "row" }, block.elements.map((button) => drawButton(button, page))),
  image: (block) => el("p", { class: "quiet" }, `Picture: ${block.alt_text}`),
  divider: () => el("hr"),
};

function drawButton(button, page) {
  const label = unescaped(button.text.text);
  const attributes = {
    type: "button",
    class: `slack-button ${button.style ?? ""}`,
    "data-key": `button:${label}`,
    onclick: () => page.press(Number(button.action_id.split("#")[0])),
  };
  return el("button", attributes, label);
}

// A text object: one paragraph or quotation for each line.
function lines(text, page) {
  if (text.type === "plain_text") return el("p", {}, unescaped(text.text));
  return text.text.split("\n").map((line) =>
    /^(>|&gt;)/.test(line)
      ? el("blockquote", { class: "slack-quote" }, marked(line.replace(/^(>|&gt;)\s?/, ""), page))
      : el("p", {}, marked(line, page)),
  );
}

const MARKS =
  /<!date\^(\d+)\^[^|>]*\|[^>]*>|<@(\w+)>|\*([^*\n]+)\*|_([^_\n]+)_|~([^~\n]+)~|`([^`\n]+)`/g;

// Slack's own marks: moments, people, bold, italic, struck, code. All else is text.
function marked(line, page) {
  const parts = [];
  let from = 0;
  for (const found of line.matchAll(MARKS)) {
    parts.push(unescaped(line.slice(from, found.index)), markedPart(found, page));
    from = found.index + found[0].length;
  }
  return [...parts, unescaped(line.slice(from))];
}

function markedPart([, seconds, person, bold, italic, struck, code], page) {
  if (seconds) return drawMoment(new Date(Number(seconds) * 1000).toISOString());
  if (person) return el("span", { class: "mention" }, `@${page.who(person)}`);
  if (bold) return el("b", {}, unescaped(bold));
  if (italic) return el("i", {}, unescaped(italic));
  return struck ? el("s", {}, unescaped(struck)) : el("code", {}, unescaped(code));
}

function drawMoment(iso) {
  return el("time", { datetime: iso, "data-at": iso }, moment(iso));
}

function unescaped(words) {
  return words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
