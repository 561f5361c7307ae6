// The one connection to the bot: gestures go out, replies and whole pictures come in.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;
const LONGEST_MESSAGE = 400_000;

export class Link {
  // `heard` has a function for each kind of message, and `open` and `lost` for the line itself.
  constructor(heard) {
    this.heard = heard;
    this.waiting = new Map();
    this.pause = FIRST_WAIT;
    this.connect();
  }

  connect() {
    const key = new URLSearchParams(location.search).get("k") ?? "";
    this.socket = new WebSocket(`ws://${location.host}/ws?k=${encodeURIComponent(key)}`);
    this.socket.addEventListener("open", () => this.opened());
    this.socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.lost());
  }

  opened() {
    this.pause = FIRST_WAIT;
    this.heard.open();
  }

  lost() {
    for (const answer of this.waiting.values()) {
      answer({ refused: "The connection was lost before the bot could answer. Your words are still here." });
    }
    this.waiting.clear();
    this.heard.lost();
    setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_WAIT);
  }

  take(message) {
    if (message.type !== "reply") return this.heard[message.type]?.(message);
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }

  // Resolves with the bot's reply; `refused` in it is one sentence for the person.
  send(what, who, more = {}) {
    if (this.socket.readyState !== WebSocket.OPEN) {
      return Promise.resolve({ refused: "The bot isn't answering. Please try again in a moment." });
    }
    const id = crypto.randomUUID();
    const message = JSON.stringify({ do: what, id, who, ...more });
    if (message.length > LONGEST_MESSAGE) {
      return Promise.resolve({ refused: "That's too long to send. Please shorten it." });
    }
    this.socket.send(message);
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }
}
