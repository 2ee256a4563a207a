// The messages in order, those not yet sent below them, and the days between. It knows no connection; where the
// keyboard and the eye are is left to roving.js and following.js.

import { markPicked } from "./blocks.js";
import { make } from "./dom.js";
import { messageElement, tellFate, tellRefused, waitingElement } from "./message.js";

/** @typedef {import("./wire.js").Message} Message */

export class Transcript {
  /**
   * @param {HTMLElement} scroller
   * @param {import("./message.js").Setting} setting
   * @param {import("./roving.js").Roving} roving
   * @param {import("./following.js").Following} following
   */
  constructor(scroller, setting, roving, following) {
    this.setting = setting;
    this.roving = roving;
    this.following = following;
    this.said = make("div", { class: "said-before" });
    this.dots = make("div", { class: "typing", "aria-hidden": "true", hidden: true },
                     make("i"), make("i"), make("i"));
    this.unsent = make("div", { class: "unsent" });
    scroller.append(this.said, this.dots, this.unsent);
    /** @type {Map<string, {element: HTMLElement, from: HTMLElement | null}>} by the message's id */
    this.waiting = new Map();
    /** @type {Map<number, string>} ids by the number that their message will have */
    this.numbered = new Map();
    this.last = 0;
    this.day = "";
    this.fate = "";
  }

  /**
   * Adds a message that the server sent. Returns its element.
   * @param {Message} message
   */
  add(message) {
    this.following.look();
    this.typing(false);
    this.last = Math.max(this.last, message.seq);
    const id = this.numbered.get(message.seq);
    if (id !== undefined) this.#taken(id);
    if (message.day !== this.day) this.said.append(make("p", { class: "day" }, message.day));
    this.day = message.day;
    if (message.from === "you") this.#answered(message);
    const element = messageElement(message, this.setting);
    this.said.append(element);
    this.roving.added(element);
    this.following.added(element, { mine: message.from === "you" });
    return element;
  }

  /**
   * Shows what the person just sent, until the server has it.
   * @param {string} id @param {string} text @param {HTMLElement | null} [from] the message whose choice was pressed
   */
  wait(id, text, from = null) {
    const element = waitingElement(id, text, this.setting);
    tellFate(element, this.fate);
    this.waiting.set(id, { element, from });
    this.unsent.append(element);
    this.roving.added(element);
    this.following.added(element, { mine: true });
  }

  /** @param {string} id @param {number} seq the number that the message has */
  acknowledged(id, seq) {
    if (seq <= this.last) this.#taken(id);
    else this.numbered.set(seq, id);
  }

  /**
   * Marks a message that the server did not take; its choice, if it was one, can be pressed again.
   * @param {string} id @param {string} why @param {{label: string, press: () => void}[]} ways
   */
  refused(id, why, ways) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    if (waiting.from) this.pick(waiting.from, null);
    tellRefused(waiting.element, why, ways, this.setting);
    this.roving.refresh(waiting.element);
    this.following.added(waiting.element, { mine: true });
  }

  /** @returns {HTMLElement | null} */
  get newest() {
    return /** @type {HTMLElement | null} */ (this.said.lastElementChild);
  }

  get count() {
    return this.said.querySelectorAll("article").length;
  }

  /** Takes away a message that will not be sent. @param {string} id */
  drop(id) {
    this.#taken(id);
  }

  /** Says of all that waits what it waits for. @param {string} fate */
  tell(fate) {
    this.fate = fate;
    for (const { element } of this.waiting.values()) {
      if (!element.classList.contains("refused")) tellFate(element, fate);
    }
  }

  /** @param {boolean} on */
  typing(on) {
    this.dots.hidden = !on;
    if (on) this.following.added(this.dots, { mine: false });
  }

  /**
   * Marks one choice of a message as picked; null takes that back.
   * @param {HTMLElement} message @param {((choice: HTMLElement) => boolean) | null} isPicked
   */
  pick(message, isPicked) {
    markPicked(message, isPicked, this.setting.words);
    this.roving.refresh(message);
  }

  /** The message that offers a choice, if it stands here. @param {string} value @returns {HTMLElement | null} */
  offering(value) {
    const choices = /** @type {NodeListOf<HTMLElement>} */ (this.said.querySelectorAll(".choice"));
    return [...choices].find((choice) => choice.dataset.value === value)?.closest("article") ?? null;
  }

  /** Empties it: the conversation began anew. What waits goes on waiting. */
  clear() {
    this.said.replaceChildren();
    this.typing(false);
    this.numbered.clear();
    this.last = 0;
    this.day = "";
    this.following.reset();
  }

  /** @param {string} id */
  #taken(id) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    this.roving.leaving(waiting.element);
    waiting.element.remove();
  }

  /**
   * A label said in answer to the reply that offered it is that choice, pressed here, before a reload, or in another tab.
   * @param {Message} message
   */
  #answered(message) {
    const asked = /** @type {HTMLElement | undefined} */ ([...this.said.querySelectorAll("article")].at(-1));
    const [block] = message.blocks;
    if (!asked || block?.type !== "paragraph" || asked.querySelector("[aria-pressed]")) return;
    /** @param {HTMLElement} choice */
    const isIt = (choice) => choice.firstElementChild?.textContent === block.text;
    const choices = /** @type {NodeListOf<HTMLElement>} */ (asked.querySelectorAll(".choice"));
    if ([...choices].some(isIt)) this.pick(asked, isIt);
  }
}
