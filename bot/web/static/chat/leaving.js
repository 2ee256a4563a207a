// "End the chat and forget": first what is still open and how its answer will come (R58), then the erasing, then an
// empty page that says so. Nothing of the conversation stays.

import { button, find, make } from "./dom.js";

/** @typedef {{reference: string, text: string}} Case */
/** @typedef {{leaving: () => Promise<{cases: Case[], text: string}>, forget: () => Promise<{text: string}>}} Asked */

export class Leaving {
  /**
   * @param {import("./page.js").Words} words
   * @param {Asked} session
   * @param {(text: string) => void} ended called when all is erased, with what to say
   */
  constructor(words, session, ended) {
    this.words = words;
    this.session = session;
    this.ended = ended;
    this.dialog = find("leaving", HTMLDialogElement);
    this.told = find("leaving-told", HTMLElement);
    this.end = find("leaving-end", HTMLButtonElement);
    this.end.addEventListener("click", () => this.#forget());
    find("leaving-stay", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
  }

  /** Opens the dialog and asks what is open. */
  async open() {
    this.#tell(make("p", {}, this.words.get("endAsking")));
    this.#ready(false);
    this.dialog.showModal();
    try {
      const { cases, text } = await this.session.leaving();
      const list = cases.map((one) => make("li", {}, make("strong", { class: "reference" }, one.reference), " ",
                                           make("span", {}, one.text)));
      this.#tell(make("p", {}, text), cases.length > 0 && make("ul", {}, ...list));
      this.#ready(true);
    } catch {
      this.#failed(() => this.#again());
    }
  }

  #again() {
    this.dialog.close();
    this.open();
  }

  async #forget() {
    if (this.end.getAttribute("aria-disabled") === "true") return;
    this.#ready(false);
    try {
      const { text } = await this.session.forget();
      this.dialog.close();
      this.ended(text);
    } catch {
      this.#failed(() => this.#again());
    }
  }

  /** @param {() => void} again */
  #failed(again) {
    const retry = button({ class: "tool" }, again, this.words.get("retry"));
    this.#tell(make("p", {}, this.words.get("endFailed")), retry);
    this.end.setAttribute("aria-disabled", "true");
  }

  /** @param {boolean} ready */
  #ready(ready) {
    this.end.setAttribute("aria-disabled", String(!ready));
  }

  /** @param {...(Node | false)} parts */
  #tell(...parts) {
    this.told.replaceChildren(...parts.filter((part) => part !== false));
  }
}
