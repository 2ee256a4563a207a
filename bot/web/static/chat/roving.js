// The transcript as one tab stop: arrow keys, Home and End move between messages, Tab goes into the one that has the
// focus, Escape leaves. It knows elements and keys, and no message.

const REACHABLE = "a[href], button, summary";

export class Roving {
  /** @param {HTMLElement} scroller @param {() => void} leave where Escape goes */
  constructor(scroller, leave) {
    this.scroller = scroller;
    this.leave = leave;
    /** @type {HTMLElement | null} the message that Tab reaches */
    this.current = null;
    scroller.addEventListener("keydown", (event) => this.#key(event));
    scroller.addEventListener("focusin", (event) => {
      const message = /** @type {HTMLElement} */ (event.target).closest("article");
      if (message) this.#reach(message);
    });
  }

  /** Takes a new message in. While the focus is in the transcript, the tab stop stays where it is. @param {HTMLElement} message */
  added(message) {
    this.#within(message, false);
    if (!this.current?.isConnected || !this.scroller.contains(document.activeElement)) this.#reach(message);
  }

  /** Sets the tab stops of a message whose buttons changed. @param {HTMLElement} message */
  refresh(message) {
    this.#within(message, message === this.current);
  }

  /** Makes way for a message that goes: its focus goes to the one before it. @param {HTMLElement} message */
  leaving(message) {
    if (message !== this.current) return;
    const all = this.#all();
    const next = all[all.indexOf(message) - 1] ?? null;
    const focused = message.contains(document.activeElement);
    this.current = null;
    if (next) this.#reach(next);
    if (next && focused) next.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.leave();
      return;
    }
    const all = this.#all();
    const at = this.current ? all.indexOf(this.current) : -1;
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
  }

  /** @returns {HTMLElement[]} */
  #all() {
    return [...this.scroller.querySelectorAll("article")];
  }

  /** @param {HTMLElement} message */
  #reach(message) {
    if (this.current && this.current !== message) this.#within(this.current, false);
    this.current = message;
    this.#within(message, true);
  }

  /** @param {HTMLElement} message @param {boolean} reachable */
  #within(message, reachable) {
    message.tabIndex = reachable ? 0 : -1;
    /** @type {NodeListOf<HTMLElement>} */
    const inside = message.querySelectorAll(REACHABLE);
    for (const item of inside) {
      const passed = item.getAttribute("aria-disabled") === "true" && item.getAttribute("aria-pressed") !== "true";
      if (reachable && !passed) item.removeAttribute("tabindex");
      else item.tabIndex = -1;
    }
  }
}
