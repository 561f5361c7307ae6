// Moments, drawn in the set's zone and told from the bot's own clock, which may be years ahead.

let zone = "UTC";
let now = new Date(0);

const formats = new Map();

export function setClock(nowIso, zoneName) {
  now = new Date(nowIso);
  if (zoneName) zone = known(zoneName) ? zoneName : "UTC";
}

function known(name) {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function format(key, options) {
  const name = `${zone} ${key}`;
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(name);
}

const clock = (at) => format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
const year = (at) => format("year", { year: "numeric" }).format(at);

// 2027-03-01, in the set's zone: what a day in the log is known by.
export const dayKey = (at) => format("key", { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);

export function day(at) {
  return format("day", { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(at);
}

function shortDay(at) {
  return format("short", { weekday: "short", day: "numeric", month: "long" }).format(at).replace(",", "");
}

export function timeOfDay(iso) {
  return clock(new Date(iso));
}

// "18:24" today, "Mon 12 April, 18:24" on another day.
export function moment(iso) {
  const at = new Date(iso);
  if (dayKey(at) === dayKey(now)) return clock(at);
  return `${shortDay(at)}${year(at) === year(now) ? "" : ` ${year(at)}`}, ${clock(at)}`;
}

// "Mon 12 April 2027, 18:24", whatever day it is.
export function whole(iso) {
  const at = new Date(iso);
  return `${shortDay(at)} ${year(at)}, ${clock(at)}`;
}

export const isPast = (iso) => new Date(iso) <= now;

export const nowIso = () => now.toISOString();

const UNITS = [
  ["week", 7 * 24 * 3600],
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
];

// "in 7 minutes", "3 weeks ago", "now": whole units, as people say it.
export function fromNow(iso) {
  const seconds = Math.round((new Date(iso) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  const [unit, length] = UNITS.find(([, least]) => size >= least * (least > 3600 ? 2 : 1)) ?? ["second", 1];
  const count = Math.round(size / length);
  const phrase = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `in ${phrase}` : `${phrase} ago`;
}

// Draws every moment below `root` anew: called whenever the clock has moved.
export function refresh(root) {
  for (const node of root.querySelectorAll("time[data-at]")) {
    const iso = node.dataset.at;
    const drawn = "relative" in node.dataset ? fromNow(iso) : momentOf(iso, node.dataset);
    if (node.textContent !== drawn) node.textContent = drawn;
  }
}

function momentOf(iso, { countdown }) {
  return countdown === undefined ? moment(iso) : `${moment(iso)}, ${fromNow(iso)}`;
}
