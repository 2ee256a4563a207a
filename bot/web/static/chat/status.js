// One line about the connection, shown only when it has been gone for a while, so that it does not flicker.

import { find } from "./dom.js";

/** @typedef {"connecting" | "online" | "polling" | "offline" | "stopped"} Link */

const PATIENCE = 1500; // ms before anything is said
const GOODBYE = 3000; // ms that "back again" stands

export class Status {
  /**
   * @param {import("./page.js").Words} words
   * @param {(text: string) => void} announce
   * @param {() => void} retry
   */
  constructor(words, announce, retry) {
    this.words = words;
    this.announce = announce;
    this.line = find("status", HTMLElement);
    this.text = find("status-text", HTMLElement);
    this.now = find("status-retry", HTMLButtonElement);
    this.now.addEventListener("click", retry);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.told = "";
  }

  /** @param {Link} link */
  show(link) {
    clearTimeout(this.timer);
    if (link === "online" || link === "polling") {
      if (this.told) this.#back();
      return;
    }
    const key = link === "connecting" && this.told === "offline" ? "offline" : link;
    if (this.told) this.#tell(key);
    else this.timer = setTimeout(() => this.#tell(key), PATIENCE);
  }

  hide() {
    clearTimeout(this.timer);
    this.told = "";
    this.line.hidden = true;
  }

  /** @param {string} key */
  #tell(key) {
    this.line.dataset.link = key;
    this.line.hidden = false;
    this.now.hidden = key !== "offline";
    this.text.textContent = this.words.get(key);
    if (key !== this.told) this.announce(this.words.get(key));
    this.told = key;
  }

  #back() {
    this.told = "";
    this.line.dataset.link = "online";
    this.now.hidden = true;
    this.text.textContent = this.words.get("online");
    this.announce(this.words.get("online"));
    this.timer = setTimeout(() => this.hide(), GOODBYE);
  }
}
