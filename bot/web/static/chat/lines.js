// Makes lines of either kind for one company and one session. It knows what a line is made of, not when one is wanted.

import { PollingLine } from "./polling.js";
import { SocketLine } from "./socket.js";

/** @typedef {import("./socket.js").Line} Line */
/** @typedef {import("./wire.js").Hello} Hello */
/**
 * @typedef {object} Tools what a page offers; tests offer their own
 * @property {typeof globalThis.WebSocket} WebSocket
 * @property {() => number} random
 * @property {() => number} now milliseconds
 * @property {(then: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {import("./presence.js").Page} page
 * @property {string} origin ours, as "https://chat.example"
 */
/**
 * @typedef {object} Place where the conversation stands
 * @property {() => Hello} ask makes the hello of the line in use
 * @property {() => Hello} position the same for a line on trial, whose answer may never be used
 * @property {() => number} lastSeq
 */
/**
 * @typedef {object} Making
 * @property {string} company
 * @property {import("./session.js").Session} session
 * @property {Tools} tools
 * @property {Place} place
 * @property {import("./socket.js").LineOptions["onFrame"]} onFrame
 * @property {import("./socket.js").LineOptions["onClose"]} onClose
 * @property {() => boolean} isVisible
 */

export class LineMaker {
  #making;

  /** @param {Making} making */
  constructor(making) {
    this.#making = making;
  }

  /** @returns {Line} */
  socket() {
    return this.#socket(this.#making.place.ask);
  }

  /** A socket that may come to nothing while another line is in use. @returns {Line} */
  trialSocket() {
    return this.#socket(this.#making.place.position);
  }

  /** @returns {Line} */
  polling() {
    const { company, session, place } = this.#making;
    return new PollingLine({
      ...this.#options(place.ask),
      path: `/api/chat/${company}`,
      session,
      lastSeq: place.lastSeq,
    });
  }

  /** @param {() => Hello} hello */
  #socket(hello) {
    const { company, session, tools } = this.#making;
    // A socket's request carries no header of ours: where there is no cookie, the token goes in the first frame.
    const withToken = () => (session.token === null ? hello() : { ...hello(), session: session.token });
    const url = `${tools.origin.replace(/^http/, "ws")}/ws/${company}`;
    return new SocketLine({ ...this.#options(withToken), url, WebSocket: tools.WebSocket });
  }

  /** @param {() => Hello} hello @returns {import("./socket.js").LineOptions} */
  #options(hello) {
    const { onFrame, onClose, isVisible, tools } = this.#making;
    return { hello, onFrame, onClose, isVisible, setTimeout: tools.setTimeout, clearTimeout: tools.clearTimeout };
  }
}
