// The line at the foot: commands to the bot with suggestions, or words to one another.

import { byId, el } from "./dom.js";

const MOST_SUGGESTED = 8;

export class Composer {
  // `send(words)` resolves with the bot's reply; words that were refused stay in the line.
  constructor(send) {
    this.send = send;
    this.verbs = [];
    this.active = -1;
    this.input = byId("words");
    this.list = byId("verbs");
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    byId("composer").addEventListener("submit", (event) => this.submit(event));
  }

  async submit(event) {
    event.preventDefault();
    const words = this.input.value;
    if (!words.trim()) return;
    this.input.value = "";
    this.close();
    const reply = await this.send(words);
    if (reply.refused && !reply.told && !this.input.value) this.input.value = words;
  }

  suggest() {
    const typed = this.input.value.trimStart().toLowerCase();
    const found = this.verbs.filter((verb) => fits(verb, typed)).slice(0, MOST_SUGGESTED);
    this.list.replaceChildren(...found.map((verb, n) => this.option(verb, n)));
    this.active = -1;
    this.mark();
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
  }

  option(verb, n) {
    const attributes = {
      id: `verb-${n}`,
      role: "option",
      "aria-selected": "false",
      "data-line": line(verb),
      onmousedown: () => this.pick(n),
    };
    return el(
      "li",
      attributes,
      el("b", {}, `/als ${verb.name}`),
      el("span", { class: "quiet" }, ` ${verb.help}${optionHint(verb)}`),
    );
  }

  key(event) {
    if (this.list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      this.close();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.active >= 0) {
      event.preventDefault();
      this.pick(this.active);
    }
  }

  // Round and round; from nowhere, up leads to the last.
  move(by) {
    const count = this.list.children.length;
    const from = this.active < 0 && by < 0 ? 0 : this.active;
    this.active = (from + by + count) % count;
    this.mark();
  }

  mark() {
    for (const [n, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(n === this.active));
    }
    if (this.active < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", `verb-${this.active}`);
    this.list.children[this.active].scrollIntoView({ block: "nearest" });
  }

  pick(n) {
    this.input.value = this.list.children[n].dataset.line;
    this.close();
    this.input.focus();
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.mark();
    this.input.setAttribute("aria-expanded", "false");
  }
}

function fits(verb, typed) {
  if (!typed.startsWith("/")) return false;
  const whole = `/als ${verb.name}`;
  return whole.startsWith(typed) || typed.startsWith(`${whole} `);
}

function line(verb) {
  return `/als ${verb.name}${verb.options.length > 0 ? " " : ""}`;
}

function optionHint(verb) {
  const hints = verb.options.map(({ name, choices }) => `${name}=${choices.join("|") || "…"}`);
  return hints.length > 0 ? ` (${hints.join(" ")})` : "";
}
