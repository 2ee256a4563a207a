// When the person is here: the page's events that say "look at the line now". It knows nothing of the line.

/**
 * @typedef {object} Page what a browser's window and document offer; tests offer their own
 * @property {EventTarget} window
 * @property {EventTarget & {visibilityState: string}} document
 */

/** @returns {Page} */
export const thisPage = () => ({ window: globalThis.window, document: globalThis.document });

export class Presence {
  #page;
  #stop = new AbortController();

  /**
   * @param {Page} page
   * @param {object} told
   * @param {() => void} told.back the person or the network is back
   * @param {() => void} told.doubt the network says that it is gone
   * @param {() => void} told.away the page is put away, perhaps to be taken out again
   */
  constructor(page, { back, doubt, away }) {
    this.#page = page;
    const { signal } = this.#stop;
    for (const name of ["online", "focus", "pageshow"]) page.window.addEventListener(name, back, { signal });
    page.window.addEventListener("offline", doubt, { signal });
    // An open socket would keep the page out of the browser's cache for going back and forth.
    page.window.addEventListener("pagehide", away, { signal });
    page.document.addEventListener("visibilitychange", () => this.isVisible && back(), { signal });
  }

  get isVisible() {
    return this.#page.document.visibilityState !== "hidden";
  }

  stop() {
    this.#stop.abort();
  }
}
