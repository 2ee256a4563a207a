// The files of an answer on the page: a button for each, how far its download is, tries again by itself, and the saving.

import { make } from "../chat/dom.js";
import { Refused } from "./api.js";

/** @typedef {import("./api.js").AnswerApi} AnswerApi */
/** @typedef {import("./api.js").FileTold} FileTold */
/** @typedef {import("./words.js").Words} Words */

const MOST = 3; // tries again by itself
const FIRST_WAIT = 1000; // ms; doubled each time
const KEPT = 60_000; // ms that a saved file's address lives: some browsers read it late

export class FileRow {
  #busy = false;
  #closed = false;

  /**
   * @param {AnswerApi} api
   * @param {FileTold} file
   * @param {Words} words
   * @param {(text: string) => void} say tells those who do not see the row
   * @param {(refused: Refused) => void} refused called when nothing more can be downloaded
   */
  constructor(api, file, words, say, refused) {
    this.api = api;
    this.file = file;
    this.words = words;
    this.say = say;
    this.refused = refused;
    this.said = make("p", { class: "said quiet" });
    this.bar = make("progress", { max: file.bytes, value: 0, hidden: true, "aria-label": file.name });
    this.button = make("button", { type: "button", class: "button" });
    this.#name("download");
    this.button.addEventListener("click", () => void this.download());
    const name = make("p", {}, make("span", { class: "name" }, file.name), ` · ${size(file.bytes)}`);
    this.row = make("li", { class: "file" }, name, this.button, this.bar, this.said);
  }

  /** Downloads, tries again when the connection breaks off, and saves. */
  async download() {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    this.button.setAttribute("aria-disabled", "true");
    try {
      await this.#tries();
    } finally {
      this.#busy = false;
      this.bar.hidden = true;
      if (!this.#closed) this.button.removeAttribute("aria-disabled");
    }
  }

  /** Nothing more can be downloaded. */
  close() {
    this.#closed = true;
    this.button.setAttribute("aria-disabled", "true");
  }

  async #tries() {
    for (let count = 0; ; count += 1) {
      try {
        const blob = await this.#once();
        save(blob, this.file.name);
        this.#name("downloadAgain");
        this.#tell(this.words.get("saved", { name: this.file.name }));
        return;
      } catch (error) {
        if (error instanceof Refused && error.status < 500) {
          this.said.textContent = "";
          this.refused(error);
          return;
        }
        if (count === MOST) {
          this.#tell(this.words.get("failed"));
          return;
        }
        this.#tell(this.words.get("retrying", { count: count + 1, most: MOST }));
        await new Promise((go) => setTimeout(go, FIRST_WAIT * 2 ** count));
      }
    }
  }

  async #once() {
    this.bar.hidden = false;
    this.bar.value = 0;
    return this.api.fetch(this.file, (received) => {
      this.bar.value = received;
      const share = `${Math.floor((received / this.file.bytes) * 100)} %`;
      this.said.textContent = this.words.get("downloading", { name: this.file.name, share });
    });
  }

  /** Names the button; several files' buttons look alike, and do not sound alike. @param {string} key */
  #name(key) {
    this.button.textContent = this.words.get(key);
    this.button.setAttribute("aria-label", `${this.words.get(key)}: ${this.file.name}`);
  }

  /** @param {string} text */
  #tell(text) {
    this.said.textContent = text;
    this.say(text);
  }
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = make("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

/** @param {number} bytes @returns {string} "1,4 MB": the browser has no Albanian numbers */
export function size(bytes) {
  if (bytes < 1000) return `${bytes}\u00a0B`;
  const [count, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${count.toFixed(count < 10 ? 1 : 0).replace(".", ",")}\u00a0${unit}`;
}
