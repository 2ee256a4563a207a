// Counts seconds down. It knows no code and no word.

/** @param {number} seconds @returns {string} "4:05" */
export function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Calls `tick` at once and each second with the seconds that are left, down to 0. */
export class Countdown {
  /** @param {(left: number) => void} tick */
  constructor(tick) {
    this.tick = tick;
    this.end = 0;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  /** @param {number} seconds */
  start(seconds) {
    this.stop();
    this.end = Date.now() + seconds * 1000;
    this.timer = setInterval(() => this.#step(), 1000);
    this.#step();
  }

  stop() {
    clearInterval(this.timer);
  }

  /** Whole seconds, from the wall's clock: a page that slept has lost the time that passed. */
  get left() {
    return Math.max(0, Math.ceil((this.end - Date.now()) / 1000));
  }

  #step() {
    const left = this.left;
    if (left === 0) this.stop();
    this.tick(left);
  }
}
