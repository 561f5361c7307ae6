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

// On a narrow page both sides are folded away; on a wide one they are always open.
export function startFolds() {
  const narrow = matchMedia("(max-width: 60rem)");
  const apply = () => {
    for (const fold of document.querySelectorAll(".fold")) fold.open = !narrow.matches;
  };
  narrow.addEventListener("change", apply);
  apply();
}

// The switch is of use only where there is more than the plain look.
export function showLooks(names) {
  byId("look-label").hidden = names.length === 0;
  byId("look").replaceChildren(...["Plain", ...names].map((name) => el("option", { value: name.toLowerCase() === "plain" ? "plain" : name }, name)));
}

export const chosenLook = () => byId("look").value || "plain";

export function showPayload(reply, look) {
  byId("payload-title").textContent = `Payload (${look})`;
  byId("payload").textContent = JSON.stringify(reply.payload, null, 2);
  byId("payload-dialog").showModal();
}
