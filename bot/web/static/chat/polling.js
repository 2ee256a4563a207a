// The same wire over plain HTTP, for networks that let no WebSocket through: one request at a time, asked again after a
// pause. It looks like a socket to whoever holds it, and knows as little of conversations.

import { BROKEN, NO_SESSION, RENEWED, TOO_MANY } from "./closing.js";
import { readFrames } from "./wire.js";

/** Milliseconds between two looks of a visible page. */
export const PAUSE = 5_000;
/** Milliseconds: hidden, the pauses grow up to here. */
export const LONGEST_PAUSE = 60_000;

/** What a refused request means, in the words of a closed socket. @type {Map<number, number>} */
const CLOSE_CODES = new Map([
  [401, NO_SESSION],
  [403, RENEWED],
  [429, TOO_MANY],
]);

/** @typedef {import("./wire.js").ClientFrame} ClientFrame */
/** @typedef {import("./socket.js").Line} Line */
/** @typedef {{path: string, session: import("./session.js").Session, lastSeq: () => number}} Way */

/** @implements {Line} */
export class PollingLine {
  #options;
  /** @type {(() => ClientFrame)[]} */
  #waiting = [];
  #asking = false;
  #stop = new AbortController();
  /** @type {unknown} */
  #timer = null;
  #pause = PAUSE;

  /** @param {import("./socket.js").LineOptions & Way} options */
  constructor(options) {
    this.#options = options;
    this.ask();
  }

  /** @param {import("./wire.js").Say | import("./wire.js").Choose} frame */
  send(frame) {
    this.#enqueue(() => ({ ...frame, last_seq: this.#options.lastSeq() }));
  }

  ask() {
    this.#enqueue(this.#options.hello);
  }

  look() {
    this.#pause = PAUSE;
    if (!this.#asking) this.ask();
  }

  close() {
    this.#options.clearTimeout(this.#timer);
    this.#stop.abort();
  }

  /** @param {() => ClientFrame} makeFrame made when its turn comes, so that it tells the last number of that moment */
  #enqueue(makeFrame) {
    this.#waiting.push(makeFrame);
    if (!this.#asking) void this.#exchange();
  }

  async #exchange() {
    this.#asking = true;
    this.#options.clearTimeout(this.#timer);
    for (let next = this.#waiting.shift(); next && !this.#isClosed; next = this.#waiting.shift()) {
      await this.#post(next());
    }
    this.#asking = false;
    if (!this.#isClosed) this.#timer = this.#options.setTimeout(() => this.ask(), this.#nextPause());
  }

  /** @param {ClientFrame} frame */
  async #post(frame) {
    const { session, path } = this.#options;
    let answer;
    try {
      answer = await session.request("POST", path, frame, this.#stop.signal);
    } catch {
      return this.#end(BROKEN);
    }
    const frames = readFrames(answer.body);
    for (const one of frames) if (!this.#isClosed) this.#options.onFrame(one, this);
    const isAboutAMessage = frames.some((one) => one.type === "error" && one.id !== undefined);
    if (answer.status !== 200 && !isAboutAMessage) this.#end(CLOSE_CODES.get(answer.status) ?? BROKEN);
  }

  /** @param {number} code */
  #end(code) {
    if (this.#isClosed) return;
    this.close();
    this.#options.onClose(code, this);
  }

  get #isClosed() {
    return this.#stop.signal.aborted;
  }

  #nextPause() {
    this.#pause = this.#options.isVisible() ? PAUSE : Math.min(LONGEST_PAUSE, this.#pause * 1.5);
    return this.#pause;
  }
}
