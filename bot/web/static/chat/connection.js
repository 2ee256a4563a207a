// The conversation as this page takes part in it: whatever happens to networks, servers and browsers in between, each
// message is told once and in order, and each thing said is taken once. It knows nothing of how anything is shown.

import { FORGOTTEN, NO_SESSION, TOO_LONG } from "./closing.js";
import { Outbox } from "./outbox.js";
import { thisPage } from "./presence.js";
import { Road } from "./road.js";
import { Sequence } from "./sequence.js";
import { SessionError } from "./session.js";
import { LONGEST_FRAME, sizeOf } from "./wire.js";

/** Times that a ticket is posted over a bad network, and a message to a busy server. */
const MOST_TRIES = 4;
/** Milliseconds between two such times, where the server names none. */
const TRY_AGAIN_AFTER = 2_000;

/** @typedef {import("./outbox.js").Utterance} Utterance */
/** @typedef {import("./wire.js").ServerFrame} ServerFrame */
/** @typedef {import("./road.js").Tools & {newId: () => string}} Tools */

/** @returns {Tools} */
const pageTools = () => ({
  WebSocket: globalThis.WebSocket,
  random: Math.random,
  now: Date.now,
  newId: () => crypto.randomUUID(),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  page: thisPage(),
  origin: location.origin,
});

/**
 * Tells, as CustomEvents with a `detail`: "status" {state, reason?: "asleep" | "penalty"}, "message" (the frame), "ack"
 * {id, seq}, "pending" {id, text | null}, "refused" {id, code, text, retrySeconds?}, "state" (the frame), "typing",
 * "forgotten" {text}, "error" {code, text}, "reset" (another conversation begins: what is shown is no longer it).
 */
export class Connection extends EventTarget {
  #session;
  #words;
  #tools;
  #road;
  #sequence = new Sequence();
  #outbox = new Outbox();
  /** What was missed has come, so that what waits may go. */
  #isSettled = false;
  #isOver = false;
  #status = "";
  /** @type {unknown} */
  #busyTimer = null;
  #busyTimes = 0;

  /**
   * @param {{company: string, session: import("./session.js").Session, words: Record<string, string>}
   *   & Partial<Tools>} options
   */
  constructor({ company, session, words, ...tools }) {
    super();
    this.#session = session;
    this.#words = words;
    this.#tools = { ...pageTools(), ...tools };
    const traveller = {
      ask: () => ({ type: /** @type {const} */ ("hello"), ...this.#sequence.ask() }),
      position: () => ({ type: /** @type {const} */ ("hello"), ...this.#sequence.position }),
      lastSeq: () => this.#sequence.last,
      onFrame: this.#heard.bind(this),
      onLost: this.#lost.bind(this),
      onStatus: this.#tellStatus.bind(this),
    };
    this.#road = new Road({ company, session, tools: this.#tools, traveller });
  }

  start() {
    this.#road.start();
  }

  /** @param {string} text @returns {string} the message's id */
  say(text) {
    return this.#utter({ type: "say", id: this.#tools.newId(), text }, text);
  }

  /** @param {string} value of a choice @returns {string} the message's id */
  choose(value) {
    return this.#utter({ type: "choose", id: this.#tools.newId(), value }, null);
  }

  /** The person does not want to wait for the next try. */
  retryNow() {
    this.#road.wake();
  }

  /** Ends it for good: nothing is sent or told any more. */
  close() {
    this.#isOver = true;
    this.#outbox.clear();
    this.#tools.clearTimeout(this.#busyTimer);
    this.#road.stop();
  }

  /** @param {Utterance} utterance @param {string | null} text @returns {string} */
  #utter(utterance, text) {
    const { id } = utterance;
    const tooMuch = sizeOf(utterance) - LONGEST_FRAME;
    this.#tell("pending", { id, text });
    if (this.#isOver) this.#tell("refused", { id, code: "stopped", text: this.#word("stopped") });
    else if (tooMuch > 0) this.#tell("refused", this.#tooLong(id, tooMuch));
    else {
      this.#outbox.add(utterance);
      this.#road.wake();
      this.#pump();
    }
    return id;
  }

  #pump() {
    if (!this.#isSettled || !this.#road.isOpen) return;
    const next = this.#outbox.next();
    if (next) this.#road.send(next);
  }

  /** @param {ServerFrame} frame */
  #heard(frame) {
    switch (frame.type) {
      case "welcome":
        if (this.#sequence.welcome(frame) === "anew") this.#tell("reset", {});
        break;
      case "message": {
        const { ready, missing } = this.#sequence.take(frame);
        for (const message of ready) this.#tell("message", message);
        if (missing) this.#road.ask();
        break;
      }
      case "state":
        for (const message of this.#sequence.settle()) this.#tell("message", message);
        this.#isSettled = true;
        this.#tell("state", frame);
        this.#pump();
        break;
      case "ack":
        this.#busyTimes = 0;
        if (this.#outbox.settle(frame.id)) this.#tell("ack", { id: frame.id, seq: frame.seq });
        this.#pump();
        break;
      case "typing":
        this.#tell("typing", {});
        break;
      case "renew":
        void this.#road.exchange(() => this.#renew(frame.ticket));
        break;
      case "forgotten":
        this.#forgotten(frame.text);
        break;
      case "error":
        this.#erred(frame);
    }
  }

  /** @param {import("./wire.js").WireError} error */
  #erred({ code, text, id, retry_seconds: retrySeconds }) {
    if (code === "no_session") return this.#road.lost(NO_SESSION);
    if (id === undefined) return this.#tell("error", { code, text });
    if (id === this.#outbox.underWay && this.#mayTryAgain(code)) return this.#tryAgain(code, text, retrySeconds);
    if (!this.#outbox.settle(id)) return;
    this.#busyTimes = 0;
    this.#tell("refused", { id, code, text, ...(retrySeconds === undefined ? {} : { retrySeconds }) });
    this.#pump();
  }

  /**
   * A server that cannot keep anything says that the message waits, and so it does; a busy one is asked a few times.
   * @param {string} code
   */
  #mayTryAgain(code) {
    return code === "unavailable" || (code === "busy" && this.#busyTimes < MOST_TRIES - 1);
  }

  /** @param {string} code @param {string} text @param {number} [retrySeconds] */
  #tryAgain(code, text, retrySeconds) {
    this.#busyTimes += 1;
    if (code === "unavailable" && this.#busyTimes === 1) this.#tell("error", { code, text });
    const ms = retrySeconds === undefined ? TRY_AGAIN_AFTER : retrySeconds * 1000;
    this.#tools.clearTimeout(this.#busyTimer);
    // Spread over the time after, so that all who were refused in one second do not come back in one.
    this.#busyTimer = this.#tools.setTimeout(
      () => {
        this.#outbox.again();
        this.#pump();
      },
      ms * (1 + this.#tools.random()),
    );
  }

  /** @param {string} ticket */
  async #renew(ticket) {
    this.#isSettled = false;
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      try {
        return await this.#session.renew(ticket);
      } catch (error) {
        // Refused: the ticket is spent or void, and the session is what it was.
        if (error instanceof SessionError && error.status < 500) return;
      }
      if (tries < MOST_TRIES) await new Promise((go) => this.#tools.setTimeout(() => go(null), TRY_AGAIN_AFTER));
    }
  }

  /** @param {number} code */
  #lost(code) {
    const { underWay } = this.#outbox;
    this.#isSettled = false;
    this.#sequence.lineLost();
    this.#tools.clearTimeout(this.#busyTimer);
    this.#outbox.again();
    if (code === TOO_LONG && underWay !== null && this.#outbox.settle(underWay)) {
      this.#tell("refused", this.#tooLong(underWay, 1));
    }
    if (code === FORGOTTEN) this.#forgotten(this.#word("ended"));
  }

  /** @param {string} text */
  #forgotten(text) {
    if (this.#isOver) return;
    this.#tell("forgotten", { text });
    this.close();
  }

  /** @param {string} id @param {number} bytes */
  #tooLong(id, bytes) {
    return { id, code: "too_long", text: this.#word("tooLong").replace("{count}", String(bytes)) };
  }

  /** @param {import("./road.js").Status} status */
  #tellStatus(status) {
    const told = `${status.state} ${status.reason ?? ""}`;
    if (told === this.#status) return;
    this.#status = told;
    this.#tell("status", status);
  }

  /** @param {string} key */
  #word(key) {
    return this.#words[key] ?? "";
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
