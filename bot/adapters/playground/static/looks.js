// How the page looks: light or dark, folded on small screens, and other platforms' payloads.

import { byId, el, remember, remembered } from "./dom.js";

export function startTheme() {
  const select = byId("theme");
  select.value = remembered("theme", "auto");
  const apply = () => (document.documentElement.dataset.theme = select.value);
  select.addEventListener("change", () => {
    remember("theme", select.value);
    apply();
  });
  apply();
}

const narrow = matchMedia("(max-width: 60rem)");

// On a narrow page both sides are folded away, one open at a time; on a wide one all are open.
export function startFolds() {
  const folds = [...document.querySelectorAll(".fold")];
  const apply = () => folds.forEach((fold) => (fold.open = !narrow.matches));
  for (const fold of folds) fold.addEventListener("toggle", () => closeOthers(fold, folds));
  narrow.addEventListener("change", apply);
  apply();
}

function closeOthers(opened, folds) {
  if (!narrow.matches || !opened.open) return;
  for (const fold of folds) if (fold !== opened) fold.open = false;
}

// After a choice by hand the conversation is what one wants to see.
export function foldAway() {
  if (narrow.matches) document.querySelectorAll(".fold").forEach((fold) => (fold.open = false));
}

// The switch is shown only where there is more than the plain look.
export function showLooks(names) {
  byId("look-setting").hidden = names.length === 0;
  const before = byId("look").value;
  const options = names.map((name) => el("option", { value: name }, name));
  byId("look").replaceChildren(el("option", { value: "plain" }, "Plain"), ...options);
  if (names.includes(before)) byId("look").value = before;
}

export const chosenLook = () => byId("look").value || "plain";

export function showPayload(reply, look) {
  byId("payload-title").textContent = `Payload (${look})`;
  byId("payload").textContent = JSON.stringify(reply.payload, null, 2);
  byId("payload-dialog").showModal();
}
