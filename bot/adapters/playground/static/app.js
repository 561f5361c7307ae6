// The page's beginning: connects everything, and keeps the one picture that the bot last sent.

import { Composer } from "./composer.js";
import { byId, remember, remembered, say } from "./dom.js";
import { openForm } from "./forms.js";
import { showGuide, startGuide } from "./guide.js";
import { Link } from "./link.js";
import { Log } from "./log.js";
import { chosenLook, foldAway, showLooks, showPayload, startFolds, startTheme } from "./looks.js";
import { drawPeople, showClock, showInspector, showOthers, showPeople } from "./side.js";
import { refresh, setClock, whole } from "./times.js";

const page = {
  you: "",
  zone: "UTC",
  look: "plain",
  payloads: false,
  nameOf: (id) => hello.personas.find((persona) => persona.id === id)?.name ?? id,
  press: (message, button) => act("press", { message: message.id, button: button.id }),
  react: (message, emoji, on) => act("react", { message: message.id, emoji, on }),
  dismiss: (message) => act("dismiss", { message: message.id }),
  inspect,
};

let hello = { personas: [], verbs: [], looks: [] };
let state = null;
let reading = "channel";
let movedAt = "";

const logs = {
  channel: new Log(byId("channel"), byId("newer")),
  direct: new Log(byId("direct"), byId("newer")),
};
const composer = new Composer((words) => act("write", { words, direct: reading === "direct" }));
const link = new Link({
  open: () => setLost(false),
  lost: () => setLost(true),
  hello: greet,
  state: draw,
  now: tick,
});

startTheme();
startFolds();
startGuide();
wire();

function wire() {
  byId("start").addEventListener("click", () => act("write", { words: "/als start", direct: false }));
  byId("show-channel").addEventListener("click", () => read("channel"));
  byId("show-direct").addEventListener("click", () => read("direct"));
  byId("people").addEventListener("pointerup", () => setTimeout(foldAway, 200));
  byId("what").addEventListener("click", () => byId("what-dialog").showModal());
  byId("reset").addEventListener("click", () => byId("reset-dialog").showModal());
  byId("reset-dialog").addEventListener("close", (event) => {
    if (event.target.returnValue === "reset") startOver();
  });
  byId("payloads").addEventListener("change", (event) => {
    page.payloads = event.target.checked;
    if (state) drawLogs();
  });
  byId("look").addEventListener("change", watch);
  for (const button of document.querySelectorAll("[data-to]")) {
    button.addEventListener("click", () => moveClock(button));
  }
}

// --- what comes from the bot -------------------------------------------------------------------

function greet(message) {
  hello = message;
  composer.verbs = hello.verbs;
  showLooks(hello.looks);
  drawPeople(hello.personas, choose);
  const before = page.you || remembered("you", "");
  page.you = hello.personas.some((persona) => persona.id === before) ? before : hello.personas[0].id;
  watch();
}

// Tells the bot whose eyes this page looks through, and in which look.
function watch() {
  return link.send("watch", page.you, { look: chosenLook() });
}

function draw(picture) {
  // A picture of somebody else is on its way out: the one asked for follows.
  if (picture.you !== page.you) return;
  state = picture;
  page.zone = state.zone;
  page.look = state.shown;
  setClock(state.now, state.zone);
  showPeople(state, hello.personas);
  showOthers(state, letOthers);
  showClock(state);
  showInspector(state);
  showGuide(state.deeds);
  showMoved();
  drawLogs();
}

function drawLogs() {
  logs.channel.show(state.channel, page);
  logs.direct.show(state.direct, page);
  const direct = reading === "direct";
  const name = page.nameOf(page.you);
  byId("empty").hidden = direct || state.channel.length > 0;
  say(byId("heading"), direct ? `Direct messages to ${name}` : `# ${hello.place}`);
  say(byId("subheading"), direct ? directHint() : channelHint());
  say(byId("words-label"), direct ? `Write to the bot as ${name}` : `Write as ${name}`);
  if (direct && state.unread[page.you] > 0) link.send("read", page.you);
}

function channelHint() {
  const set = state.look.set;
  return set ? `The set ${set} and its threads` : "No one has started a set here yet.";
}

function directHint() {
  if (state.direct.length > 0) return "What the bot says to you alone.";
  return "The bot hasn't written to you alone yet.";
}

function tick(message) {
  if (!state) return;
  state.now = message.now;
  setClock(state.now);
  showClock(state);
  refresh(document);
}

function showMoved() {
  refresh(document);
  if (!state.moved || state.moved.to + state.moved.from === movedAt) return;
  movedAt = state.moved.to + state.moved.from;
  notice(`The clock moved to ${whole(state.moved.to)}. ${state.moved.said.join(" ")}`);
}

function setLost(lost) {
  byId("lost").hidden = !lost;
}

// --- what people do ------------------------------------------------------------------------------

async function act(what, more) {
  logs[reading].follow = true;
  if (what !== "clock") notice("");
  const reply = await link.send(what, page.you, more);
  if (reply.refused && !reply.told) notice(reply.refused);
  if (reply.said) notice(reply.said);
  if (reply.form) openForm(reply.form, page.you, sender(reply.form, page.you));
  return reply;
}

// What hands in a form: its next one, where there is one, is handed in the same way.
function sender(form, you) {
  return async (fields) => {
    logs[reading].follow = true;
    const reply = await link.send("submit", you, { token: form.token, fields });
    return reply.form ? { ...reply, send: sender(reply.form, you) } : reply;
  };
}

function choose(person) {
  page.you = person;
  remember("you", person);
  watch();
}

function read(what) {
  reading = what;
  for (const one of ["channel", "direct"]) {
    byId(one).hidden = one !== what;
    byId(`show-${one}`).setAttribute("aria-pressed", String(one === what));
  }
  byId("newer").hidden = true;
  foldAway();
  drawLogs();
  logs[what].toEnd();
}

async function letOthers(part) {
  await busily(() => act("others", { part }));
}

async function moveClock(button) {
  const why = state?.clock[button.dataset.to];
  if (why) return notice(why);
  notice("Moving the clock…");
  return busily(() => act("clock", { to: button.dataset.to }));
}

async function startOver() {
  await busily(() => act("reset", {}));
  movedAt = "";
  read("channel");
  notice("The channel is empty again.");
}

async function inspect(message) {
  const look = chosenLook();
  const reply = await act("inspect", { message: message.id, look });
  if (reply.payload) showPayload(reply, look);
}

// While something large is under way its buttons wait, so that nothing is asked twice.
async function busily(work) {
  if (document.body.dataset.busy) return;
  document.body.dataset.busy = "true";
  try {
    await work();
  } finally {
    delete document.body.dataset.busy;
  }
}

function notice(words) {
  say(byId("notice"), words);
}
