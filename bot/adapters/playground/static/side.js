// Both sides of the conversation: who one plays, what the others can do, what the bot has in mind.

import { byId, el, say } from "./dom.js";
import { fromNow, isPast, moment, nowIso, whole } from "./times.js";

// The people to choose from, drawn once; later only their unread messages change.
export function drawPeople(personas, choose) {
  byId("people").replaceChildren(...personas.map((persona) => person(persona, choose)));
}

function person(persona, choose) {
  const onchange = () => choose(persona.id);
  const about = el("span", { class: "quiet about" }, persona.about);
  return el(
    "label",
    { class: "person" },
    el("input", { type: "radio", name: "you", value: persona.id, onchange }),
    el("span", {}, el("b", {}, persona.name), unreadOf(persona), about),
  );
}

function unreadOf(persona) {
  const count = el("span", { id: `unread-${persona.id}` });
  const rest = el("span", { class: "unseen" }, " direct messages");
  return el("span", { class: "unread", hidden: true }, " ", count, " new", rest);
}

export function showPeople(state, personas) {
  for (const persona of personas) {
    const unread = state.unread[persona.id];
    say(byId(`unread-${persona.id}`), String(unread));
    byId(`unread-${persona.id}`).parentElement.hidden = unread === 0;
    byId("people").querySelector(`input[value="${persona.id}"]`).checked = persona.id === state.you;
  }
  const mine = state.unread[state.you];
  const you = personas.find((persona) => persona.id === state.you);
  say(byId("show-direct"), mine ? `Direct messages (${mine} new)` : "Direct messages");
  say(byId("people-summary"), `You: ${you.name}${mine ? ` (${mine} new)` : ""}`);
}

export function showOthers(state, act) {
  const box = byId("others");
  const wanted = JSON.stringify(state.others);
  if (box.dataset.drawn === wanted) return;
  const held = box.contains(document.activeElement);
  box.dataset.drawn = wanted;
  box.replaceChildren(...state.others.map((part) => other(part, act)));
  if (state.others.length === 0) box.append(el("span", { class: "quiet" }, "nothing to do now"));
  if (held) (box.querySelector("button") ?? byId("words")).focus({ preventScroll: true });
}

function other(part, act) {
  const name = `The others: ${part.label}`;
  return el("button", { type: "button", "aria-label": name, onclick: () => act(part.key) }, part.label);
}

export function showClock(state) {
  const now = byId("now");
  now.setAttribute("datetime", nowIso());
  say(now, whole(nowIso()));
  say(byId("where"), whereWeAre(state.look));
  for (const button of document.querySelectorAll("[data-to]")) {
    // Kept reachable: pressing it says why it leads nowhere.
    button.setAttribute("aria-disabled", String(Boolean(state.clock[button.dataset.to])));
  }
}

function whereWeAre(look) {
  if (!look.set) return "";
  if (!look.phase) return look.meeting ? `${look.set} meets ${when(look.meeting)}` : look.set;
  const part = look.presenter ? `${look.phase}, ${look.presenter} presents` : look.phase;
  if (!look.ends) return part;
  return isPast(look.ends) ? `${part}, its time is up` : `${part}, ends ${when(look.ends)}`;
}

const when = (iso) => `${moment(iso)}, ${fromNow(iso)}`;

export function showInspector(state) {
  say(byId("set-name"), state.look.set ? `The set ${state.look.set}` : "No set yet");
  byId("steps").replaceChildren(...steps(state.look));
  fill(byId("due"), state.look.due.map(dueLine), "Nothing is due.");
  fill(byId("outbox"), state.look.outbox.map(outboxLine), "Nothing has been sent yet.");
}

function steps(look) {
  const none = look.set ? "No meeting is on." : "Start a set to see its parts here.";
  if (look.steps.length === 0) return [el("li", { class: "quiet" }, none)];
  return look.steps.map((title, n) => stepLine(title, Math.sign(n - look.step)));
}

// A mark and a word for each step: `side` is -1 before the present one, 0 on it, 1 after it.
function stepLine(title, side) {
  const [mark, state] = [["✓", "done"], ["▸", "now"], ["·", "to come"]][side + 1];
  return el(
    "li",
    { class: side === 0 && "now", "aria-current": side === 0 && "step" },
    el("span", { "aria-hidden": "true", class: "tick" }, mark),
    el("span", {}, title),
    el("span", { class: "quiet state" }, state),
  );
}

function dueLine(due) {
  return el("li", {}, el("time", { datetime: due.at }, moment(due.at)), ` ${plain(due.what)}`);
}

function outboxLine(row) {
  return el(
    "li",
    {},
    el("b", {}, plain(row.state)),
    ` ${plain(row.op)}: ${plain(row.kind)}${row.to ? ` to ${row.to}` : ""}`,
    el("span", { class: "quiet" }, ` ${moment(row.due)}`),
    row.why && el("span", { class: "why" }, plain(row.why)),
  );
}

const plain = (key) => key.replaceAll("_", " ");

function fill(list, lines, otherwise) {
  list.replaceChildren(...(lines.length > 0 ? lines : [el("li", { class: "quiet" }, otherwise)]));
}
