// "Your first 60 seconds": six steps that tick themselves off by what was done on the page.

import { byId, el, remember, remembered, say } from "./dom.js";

// A step is done once every one of `all` and one of `any` has been done.
const STEPS = [
  {
    title: "Start a set",
    how: "You're Ana. Press “Start a set”, give it a name, then “Start it”.",
    all: ["Start a set"],
  },
  {
    title: "Come in",
    how: "Press “I'm here”, then “I agree”. Then let the others arrive and agree.",
    all: ["I agree", "others:arrive"],
  },
  {
    title: "Offer an issue",
    how: "Press “Done” to check in. Let the others do the same. Then offer an issue.",
    all: ["Your issue"],
  },
  {
    title: "Vote",
    how: "Vote for someone else's issue. Let the others vote. +1 minute closes the vote.",
    any: /^Vote /,
  },
  {
    title: "Ask, don't tell",
    how: "“Next phase” moves on. Ask an open question, or let the others ask.",
    any: /^(Your question|others:ask)$/,
  },
  {
    title: "Look 6 weeks ahead",
    how: "Press “+6 weeks” to see what the bot asks, and who. Check the direct messages.",
    all: ["clock:weeks"],
  },
];

export function startGuide() {
  byId("guide-hide").addEventListener("click", () => setHidden(true));
  byId("guide-show").addEventListener("click", () => setHidden(false));
  setHidden(remembered("guide", "shown") === "hidden", false);
}

function setHidden(hidden, move = true) {
  byId("guide").hidden = hidden;
  byId("guide-show").hidden = !hidden;
  remember("guide", hidden ? "hidden" : "shown");
  if (move) byId(hidden ? "guide-show" : "guide-hide").focus();
}

export function showGuide(deeds) {
  const done = STEPS.map((step) => isDone(step, deeds));
  const next = done.indexOf(false);
  byId("guide-steps").replaceChildren(...STEPS.map((step, n) => line(step, done[n], n === next)));
  const title = next < 0 ? "Well done. You've seen a whole set" : "Your first 60 seconds";
  say(byId("guide-title"), title);
  say(byId("guide-summary"), next < 0 ? "Guide" : `Guide ${next + 1}/${STEPS.length}`);
}

function isDone(step, deeds) {
  const all = (step.all ?? []).every((deed) => deeds.includes(deed));
  return all && (!step.any || deeds.some((deed) => step.any.test(deed)));
}

function line(step, done, next) {
  const state = done ? "done" : next ? "next" : "";
  return el(
    "li",
    { class: state, "aria-current": next && "step" },
    el("span", { class: "tick", "aria-hidden": "true" }, done ? "✓" : next ? "▸" : "·"),
    el(
      "div",
      {},
      el("b", {}, step.title),
      state && el("span", { class: "quiet" }, ` ${state}`),
      next && el("p", {}, step.how),
    ),
  );
}
