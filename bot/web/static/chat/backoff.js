// How long to wait before the next try: exponential with full jitter, so that thousands of pages which lost the same
// server do not come back in the same second. It knows no clock and no socket.

/** Milliseconds: the first wait is anywhere below this. */
export const FIRST_WAIT = 500;
/** Milliseconds: no wait is longer. */
export const LONGEST_WAIT = 30_000;
/** Milliseconds: what the server asks for when we broke its rules or sent too much (close codes 4000 and 4029). */
export const PENALTY = 60_000;

export class Backoff {
  #tries = 0;
  #random;

  /** @param {() => number} random at least 0 and below 1 */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {number} milliseconds until the next try; each call doubles what the next one may be */
  next() {
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries);
    this.#tries += 1;
    return this.#random() * most;
  }

  /** Somebody wants a try now: it is theirs, and does not lengthen the wait after it. */
  asked() {
    this.#tries = Math.max(0, this.#tries - 1);
  }

  /** @returns {number} milliseconds: the server stops and everybody is sent away at once, so the first wait is spread wider */
  afterRestart() {
    this.#tries = Math.max(this.#tries, 2);
    return this.next();
  }

  /** @returns {number} milliseconds, never below the penalty */
  afterPenalty() {
    return PENALTY * (1 + this.#random() / 2);
  }

  reset() {
    this.#tries = 0;
  }
}
