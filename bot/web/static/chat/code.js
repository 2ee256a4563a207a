// What stands around the field for a one-time code: the time and the tries left, and the way to a new code. The time is
// announced at the start, at one minute and at the end, never each second.

import { Countdown, minutes } from "./clock.js";
import { find } from "./dom.js";

/** @typedef {import("./wire.js").CodeState} CodeState */

const LAST_MINUTE = 60; // s
const SLACK = 3; // s: more than this above what was left means another code

export class CodeBar {
  /**
   * @param {import("./page.js").Words} words
   * @param {(text: string) => void} announce
   * @param {(value: string) => void} ask called with the choice that asks for a new code
   */
  constructor(words, announce, ask) {
    this.words = words;
    this.announce = announce;
    this.ask = ask;
    this.bar = find("code-bar", HTMLElement);
    this.life = find("code-left", HTMLElement);
    this.tries = find("code-tries", HTMLElement);
    this.again = find("code-new", HTMLButtonElement);
    this.resend = "";
    this.expired = false;
    this.warned = false;
    this.code = new Countdown((left) => this.#lives(left));
    this.wait = new Countdown((left) => this.#waits(left));
    this.again.addEventListener("click", () => this.renew());
  }

  /** Shows what is left; a code that was not there before is announced. @param {CodeState} state */
  show(state) {
    // A slow line brings the same code's time late, and so too long: only one with another way to renew it is another.
    const longer = this.resend !== state.resend && state.seconds > this.code.left + SLACK;
    const fresh = this.bar.hidden || this.resend === "" || longer;
    this.bar.hidden = this.again.hidden = false;
    this.resend = state.resend;
    this.tries.textContent = this.words.count(state.tries, "codeLastTry", "codeTries");
    if (fresh) {
      this.expired = false;
      this.warned = state.seconds <= LAST_MINUTE;
    }
    this.code.start(state.seconds);
    this.wait.start(state.resend_seconds);
    if (fresh && state.seconds > 0) this.announce(`${this.#span(state.seconds)} ${this.tries.textContent}.`);
  }

  hide() {
    this.bar.hidden = this.again.hidden = true;
    this.resend = "";
    this.code.stop();
    this.wait.stop();
  }

  /** Asks for a new code, or says when one can be asked for. */
  renew() {
    if (!this.resend) return;
    if (this.wait.left > 0) this.announce(this.words.get("codeNewWait", { count: this.wait.left }));
    else this.ask(this.resend);
  }

  /** @param {number} left */
  #lives(left) {
    this.bar.classList.toggle("lapsed", left === 0);
    this.tries.hidden = left === 0;
    if (left > 0) {
      this.life.textContent = this.words.get("codeTimeLeft", { time: minutes(left) });
      if (left > LAST_MINUTE || this.warned) return;
      this.warned = true;
      this.announce(this.words.get("codeMinute"));
      return;
    }
    this.life.textContent = this.words.get("codeExpired");
    if (!this.expired) this.announce(this.words.get("codeExpired"));
    this.expired = true;
  }

  /** @param {number} left */
  #waits(left) {
    if (left > 0) this.again.setAttribute("aria-disabled", "true");
    else this.again.removeAttribute("aria-disabled");
    this.again.textContent = left > 0 ? this.words.get("codeNewIn", { time: minutes(left) }) : this.words.get("codeNew");
  }

  /** @param {number} seconds */
  #span(seconds) {
    if (seconds < 90) return this.words.get("codeSeconds", { count: seconds });
    return this.words.get("codeMinutes", { count: Math.round(seconds / 60) });
  }
}

/** @param {string} text @returns {string | null} the six digits, however they are set apart; null where they are none */
export function sixDigits(text) {
  if (!/^[\d\s.-]*$/.test(text)) return null;
  const digits = text.replace(/\D/g, "");
  return digits.length === 6 ? digits : null;
}

/**
 * The six digits in something pasted or filled in, which may be the whole SMS.
 * @param {string} text @returns {string | null}
 */
export function codeIn(text) {
  const found = text.match(/(?<!\d)\d{3}[\s-]?\d{3}(?!\d)/g);
  return found?.length === 1 ? (found[0] ?? "").replace(/\D/g, "") : null;
}
