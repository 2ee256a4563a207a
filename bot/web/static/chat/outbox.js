// What the person said and the server has not yet confirmed: kept in memory only, in order, one under way at a time. It
// knows no socket and no clock; a message leaves it when it is confirmed or refused, never because it was sent.

/** @typedef {import("./wire.js").Say | import("./wire.js").Choose} Utterance */

export class Outbox {
  /** @type {Utterance[]} */
  #waiting = [];
  /** The id that was sent on the line we have now. @type {string | null} */
  #underWay = null;

  /** @param {Utterance} utterance */
  add(utterance) {
    this.#waiting.push(utterance);
  }

  /**
   * The next one to send, which is then under way; null while one is, or when none waits. One at a time keeps the
   * person's order even when the server refuses one of them.
   * @returns {Utterance | null}
   */
  next() {
    const first = this.#waiting[0];
    if (this.#underWay !== null || !first) return null;
    this.#underWay = first.id;
    return first;
  }

  /** @returns {string | null} the id of what was sent and not yet confirmed */
  get underWay() {
    return this.#underWay;
  }

  get isEmpty() {
    return this.#waiting.length === 0;
  }

  /** Nothing is known of what was under way (the line broke, or the server was busy): it goes again, with the same id. */
  again() {
    this.#underWay = null;
  }

  /**
   * Confirmed or refused: it is not sent again.
   * @param {string} id
   * @returns {Utterance | null} null when it is none of ours, or was settled before
   */
  settle(id) {
    const place = this.#waiting.findIndex((utterance) => utterance.id === id);
    if (this.#underWay === id) this.#underWay = null;
    return place < 0 ? null : (this.#waiting.splice(place, 1)[0] ?? null);
  }

  clear() {
    this.#waiting = [];
    this.#underWay = null;
  }
}
