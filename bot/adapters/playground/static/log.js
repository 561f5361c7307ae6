// A conversation that grows at its end: only what has changed is drawn anew, and focus stays put.

import { el } from "./dom.js";
import { drawMessage } from "./cards.js";
import { day, dayKey } from "./times.js";

const NEAR_END = 160;
const READ_OUT = 1500;

export class Log {
  constructor(node, newer) {
    this.node = node;
    this.newer = newer;
    this.drawn = new Map();
    this.follow = true;
    this.top = 0;
    newer.addEventListener("click", () => this.toEnd());
    node.addEventListener("scroll", () => this.scrolled(), { passive: true });
  }

  // Draws these messages as `page.you` sees them.
  show(messages, page) {
    const stay = this.follow;
    const first = this.you !== page.you;
    if (first) this.clear(page.you);
    const grew = this.lay(withDays(messages), page);
    if (first || (grew && stay)) this.toEnd();
    else if (grew && !this.node.hidden) this.newer.hidden = false;
  }

  // Another person's conversation is not news: it is not read out.
  clear(you) {
    this.you = you;
    this.node.setAttribute("aria-live", "off");
    setTimeout(() => this.node.setAttribute("aria-live", "polite"), READ_OUT);
    this.drawn.clear();
    this.node.replaceChildren();
  }

  // Puts every item in its place; whether new ones have come.
  lay(items, page) {
    const keys = new Set(items.map((item) => item.key));
    this.takeAway(keys);
    let grew = false;
    let next = this.node.firstChild;
    for (const item of items) {
      const known = this.drawn.get(item.key);
      const node = known ? this.again(known, item, page) : this.fresh(item, page);
      grew ||= !known;
      if (node === next) next = next.nextSibling;
      else this.node.insertBefore(node, next);
    }
    return grew;
  }

  fresh(item, page) {
    const node = item.message ? article(item, page) : el("h3", { class: "day" }, item.words);
    this.drawn.set(item.key, { node, picture: picture(item, page) });
    // New messages are read out once; what changes in them later is not.
    setTimeout(() => node.setAttribute("aria-live", "off"), READ_OUT);
    return node;
  }

  again(known, item, page) {
    const wanted = picture(item, page);
    if (known.picture === wanted || !item.message) return known.node;
    const held = heldKey(known.node);
    known.picture = wanted;
    known.node.className = classes(item.message);
    known.node.replaceChildren(...drawMessage(item.message, page).filter(Boolean));
    if (held !== null) giveBack(known.node, held);
    return known.node;
  }

  takeAway(keys) {
    for (const [key, { node }] of this.drawn) {
      if (keys.has(key)) continue;
      const had = node.contains(document.activeElement);
      const neighbour = node.nextElementSibling ?? node.previousElementSibling ?? this.node;
      node.remove();
      this.drawn.delete(key);
      if (had) neighbour.focus({ preventScroll: true });
    }
  }

  atEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_END;
  }

  // To the end; of a last message taller than the window, to its beginning.
  toEnd() {
    const { lastElementChild: last, clientHeight, scrollHeight } = this.node;
    const tall = last !== null && last.offsetHeight > clientHeight;
    this.node.scrollTop = tall ? last.offsetTop : scrollHeight;
    this.top = this.node.scrollTop;
    this.newer.hidden = true;
    this.follow = true;
  }

  // A reader who scrolls up is left in peace; back at the end, they follow again.
  scrolled() {
    if (this.node.hidden || Math.abs(this.node.scrollTop - this.top) < 2) return;
    this.follow = this.atEnd();
    if (this.follow) this.newer.hidden = true;
  }
}

function article({ key, message }, page) {
  return el("article", { id: key, class: classes(message), tabindex: "-1" }, drawMessage(message, page));
}

function withDays(messages) {
  const items = [];
  let last = "";
  for (const message of messages) {
    const at = new Date(message.at);
    const key = dayKey(at);
    if (key !== last) items.push({ key: `day:${key}`, words: day(at) });
    items.push({ key: message.id, message });
    last = key;
  }
  return items;
}

function classes(message) {
  const from = message.bot ? "bot" : "person";
  return `message ${from}${message.thread ? " thread" : ""}${message.only ? " private" : ""}`;
}

// What decides whether a message looks different than before.
function picture(item, page) {
  return JSON.stringify([item.message ?? item.words, page.payloads, page.zone, page.look]);
}

function heldKey(node) {
  if (!node.contains(document.activeElement)) return null;
  return document.activeElement.dataset?.key ?? "";
}

function giveBack(node, key) {
  const same = [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  (same ?? node).focus({ preventScroll: true });
}
