// Scrolls along with what arrives, but only for somebody who is at the end; for others a button says what is new.
// It knows elements and their places, and no message.

const NEAR = 48; // px from the end that still count as the end
const ABOVE = 12; // px left free above a message that is taller than the view

export class Following {
  /** @param {HTMLElement} scroller @param {HTMLButtonElement} jump @param {import("./page.js").Words} words */
  constructor(scroller, jump, words) {
    this.scroller = scroller;
    this.jump = jump;
    this.words = words;
    /** @type {HTMLElement[]} what arrived below the part that is seen */
    this.unseen = [];
    /** @type {HTMLElement | null} what is kept in sight; null while the person reads further up */
    this.target = null;
    this.ours = -1; // where we scrolled to: any other place is the person's own doing
    this.settled = false;
    scroller.addEventListener("scroll", () => this.look(), { passive: true });
    jump.addEventListener("click", () => this.#jump());
    new ResizeObserver(() => this.target && this.#show(this.target)).observe(scroller);
  }

  /** Takes in what was added at the end. @param {HTMLElement} element @param {{mine: boolean}} whose */
  added(element, { mine }) {
    if (!this.settled) return;
    if (mine || this.target) {
      this.#show(element);
      return;
    }
    if (element.tagName !== "ARTICLE") return;
    this.unseen.push(element);
    this.#count();
  }

  /** Goes to the end: what was said before is all there. @param {HTMLElement | null} last */
  settle(last) {
    this.settled = true;
    if (last) this.#show(last);
  }

  /** Begins anew, with nothing there. */
  reset() {
    this.settled = false;
    this.target = null;
    this.unseen = [];
    this.#count();
  }

  /** @param {HTMLElement} element */
  #show(element) {
    this.target = element;
    this.unseen = [];
    this.#count();
    const view = this.scroller.getBoundingClientRect();
    const before = element.previousElementSibling;
    const first = before?.classList.contains("day") ? before : element; // the day goes with its first message
    const end = this.scroller.scrollHeight - this.scroller.clientHeight;
    const top = this.scroller.scrollTop + first.getBoundingClientRect().top - view.top - ABOVE;
    this.scroller.scrollTop = element.offsetHeight ? Math.min(end, Math.max(top, 0)) : end;
    this.ours = this.scroller.scrollTop;
  }

  /** Takes in where the person has scrolled to; browsers tell it late, so it is called before anything is added. */
  look() {
    if (!this.settled) return;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (Math.abs(scrollTop - this.ours) < 2) return;
    this.ours = -1;
    const atEnd = scrollHeight - clientHeight - scrollTop < NEAR;
    this.target = atEnd ? /** @type {HTMLElement | null} */ (this.scroller.lastElementChild) : null;
    if (atEnd) this.unseen = [];
    this.#count();
  }

  #jump() {
    const [first] = this.unseen;
    if (!first) return;
    this.#show(first);
    first.focus({ preventScroll: true });
  }

  #count() {
    this.jump.hidden = this.unseen.length === 0;
    this.jump.textContent = this.words.count(this.unseen.length, "newMessage", "newMessages");
  }
}
