// Which messages have been shown and which comes next: each number once, in order, whatever the line repeats or loses.
// It knows no socket; who asks the server again is told by `take`.

/** @typedef {import("./wire.js").Message} Message */

export class Sequence {
  /** The number of the last message that was given out. */
  last = 0;
  /** What the answer to the last hello starts after, while that answer is under way. @type {number | null} */
  #askedAfter = null;
  #welcomed = false;
  /** The conversation's name. @type {string | null} */
  #conversation = null;
  /** Came too early: by number. @type {Map<number, Message>} */
  #early = new Map();

  /** Where we stand, as a hello says it. @returns {{last_seq: number, conversation?: string}} */
  get position() {
    return { last_seq: this.last, ...(this.#conversation === null ? {} : { conversation: this.#conversation }) };
  }

  /** A hello is about to go out. @returns {{last_seq: number, conversation?: string}} what it asks for */
  ask() {
    this.#askedAfter = this.last;
    this.#welcomed = false;
    return this.position;
  }

  /** The line that was asked is gone; so is its answer. */
  lineLost() {
    this.#askedAfter = null;
    this.#welcomed = false;
    this.#early.clear();
  }

  /**
   * @param {import("./wire.js").Welcome} welcome
   * @returns {"kept" | "anew"} anew: the conversation is not the one we knew, and all of it follows
   */
  welcome({ seq, conversation }) {
    const known = this.#conversation;
    const another = known !== null && conversation !== undefined && conversation !== known;
    this.#conversation = conversation ?? known;
    this.#welcomed = true;
    // Compared with what was asked for, not with `last`: another line may have brought later messages since.
    if (this.last === 0 || (!another && seq >= (this.#askedAfter ?? 0))) return "kept";
    this.last = 0;
    this.#early.clear();
    return "anew";
  }

  /**
   * @param {Message} message
   * @returns {{ready: Message[], missing: boolean}} what is to be shown now, and whether the server must be asked
   *   for what lies before this message
   */
  take(message) {
    if (message.seq <= this.last) return { ready: [], missing: false };
    this.#early.set(message.seq, message);
    const ready = this.#giveOut((seq) => seq === this.last + 1);
    return { ready, missing: this.#early.size > 0 && this.#askedAfter === null };
  }

  /**
   * A state came. After a welcome it ends the answer: what is still missing then does not exist any more.
   * @returns {Message[]} what is to be shown now
   */
  settle() {
    if (!this.#welcomed) return [];
    this.#askedAfter = null;
    this.#welcomed = false;
    return this.#giveOut(() => true);
  }

  /** @param {(seq: number) => boolean} mayGo @returns {Message[]} */
  #giveOut(mayGo) {
    const ready = [];
    for (const seq of [...this.#early.keys()].sort((a, b) => a - b)) {
      const message = this.#early.get(seq);
      if (!message || !mayGo(seq)) break;
      this.#early.delete(seq);
      this.last = seq;
      ready.push(message);
    }
    return ready;
  }
}
