// One WebSocket's life: hello first, frames in and out, and finding out that nobody is there any more. It knows nothing
// of conversations, and what to do after the end is not its business.

import { BROKEN } from "./closing.js";
import { readFrame } from "./wire.js";

/** Milliseconds within which something must come after we asked; a handshake is asking too. */
export const ANSWER_DUE = 15_000;
/** Milliseconds of silence after which a visible page asks. Browsers answer the server's pings without telling us. */
export const QUIET = 30_000;
/** Milliseconds within which something must come when the person is back or the network changed. */
export const ANSWER_DUE_SOON = 5_000;

/** @typedef {import("./wire.js").ClientFrame} ClientFrame */
/**
 * @typedef {object} LineOptions what every line is given
 * @property {() => import("./wire.js").Hello} hello makes the frame that asks for what is new
 * @property {(frame: import("./wire.js").ServerFrame, line: Line) => void} onFrame
 * @property {(code: number, line: Line) => void} onClose told once, and never after `close`
 * @property {() => boolean} isVisible
 * @property {(then: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */
/**
 * @typedef {object} Line a way to the server
 * @property {(frame: import("./wire.js").Say | import("./wire.js").Choose) => void} send
 * @property {() => void} ask asks for what is new
 * @property {() => void} look the person is back: is somebody there?
 * @property {() => void} close
 */

/** @implements {Line} */
export class SocketLine {
  #options;
  #socket;
  /** @type {unknown} */
  #due = null;
  /** @type {unknown} */
  #quiet = null;

  /** @param {LineOptions & {url: string, WebSocket: typeof globalThis.WebSocket}} options */
  constructor(options) {
    this.#options = options;
    this.#socket = new options.WebSocket(options.url);
    this.#socket.onopen = () => this.ask();
    this.#socket.onmessage = (event) => this.#heard(event.data);
    this.#socket.onclose = (event) => this.#ended(event.code);
    this.#expectWithin(ANSWER_DUE);
  }

  /** @param {ClientFrame} frame */
  send(frame) {
    this.#socket.send(JSON.stringify(frame));
    this.#expectWithin(ANSWER_DUE);
  }

  ask() {
    this.send(this.#options.hello());
  }

  look() {
    if (this.#socket.readyState !== this.#options.WebSocket.OPEN) return;
    this.ask();
    this.#expectWithin(ANSWER_DUE_SOON);
  }

  close() {
    this.#letGo();
    this.#socket.close(1000);
  }

  /** @param {unknown} data */
  #heard(data) {
    this.#stopTimers();
    this.#quiet = this.#options.setTimeout(() => this.#options.isVisible() && this.ask(), QUIET);
    const frame = readFrame(data);
    if (frame) this.#options.onFrame(frame, this);
  }

  /** @param {number} ms */
  #expectWithin(ms) {
    this.#stopTimers();
    this.#due = this.#options.setTimeout(() => {
      this.close();
      this.#options.onClose(BROKEN, this);
    }, ms);
  }

  /** @param {number} code */
  #ended(code) {
    this.#letGo();
    this.#options.onClose(code, this);
  }

  #letGo() {
    this.#stopTimers();
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
  }

  #stopTimers() {
    this.#options.clearTimeout(this.#due);
    this.#options.clearTimeout(this.#quiet);
  }
}
