// Where the person writes: a growing text, one field for a number, or one for a code. It knows no connection; what is
// sent goes to `send`. Enter sends, Shift+Enter begins a new line; what could not be sent is never lost.

import { CodeBar, codeIn, sixDigits } from "./code.js";
import { find, mark } from "./dom.js";

/** @typedef {import("./wire.js").State["expects"]} Kind */

const LONGEST = 2000; // characters: the server takes no more in one message
const TWICE = 2000; // ms in which Enter on an empty field is only a second press: a code that was filled in went by itself
/** The word for the way from a text back to what is waited for. */
const WAY_BACK = { text: "", number: "toNumber", code: "toCode" };
const TALLEST = 0.4; // of the page's height, then the text scrolls

/**
 * @typedef {object} Outward
 * @property {(text: string) => void} send
 * @property {(code: string) => void} sendCode
 * @property {(value: string) => void} choose
 * @property {(text: string) => void} announce
 */

export class Composer {
  /** @param {import("./page.js").Words} words @param {Outward} outward */
  constructor(words, outward) {
    this.words = words;
    this.outward = outward;
    this.form = find("composer", HTMLFormElement);
    this.fields = {
      text: find("text", HTMLTextAreaElement),
      number: find("number", HTMLInputElement),
      code: find("code", HTMLInputElement),
    };
    this.hint = find("hint", HTMLElement);
    this.switch = find("switch", HTMLButtonElement);
    this.bar = new CodeBar(words, outward.announce, outward.choose);
    /** @type {Kind} what the conversation waits for */
    this.expects = "text";
    /** @type {Kind} what is shown */
    this.mode = "text";
    this.length = 0; // digits in the code's field before the last change
    this.sentAt = 0;
    this.#listen();
    this.show("text");
  }

  /** Takes in what the server waits for. @param {import("./wire.js").State} state */
  expect({ expects, code }) {
    if (expects !== this.expects) {
      this.expects = expects;
      const { text } = this.fields;
      const writing = document.activeElement === text && text.value.trim() !== "";
      this.show(writing ? "text" : expects);
    }
    if (code) this.bar.show(code);
    else this.bar.hide();
  }

  /** Shows one of the fields. The focus goes along if it was in another. @param {Kind} mode */
  show(mode) {
    const held = this.holdsFocus;
    this.mode = mode;
    /** @type {NodeListOf<HTMLElement>} */
    const parts = this.form.querySelectorAll("[data-mode]");
    for (const part of parts) part.hidden = part.dataset.mode !== mode;
    this.form.dataset.shown = mode;
    this.switch.hidden = this.expects === "text";
    this.switch.textContent = this.words.get(mode === "text" ? WAY_BACK[this.expects] : "toText");
    this.tell("");
    if (held) this.focus();
  }

  get holdsFocus() {
    return Object.values(this.fields).some((field) => field === document.activeElement);
  }

  focus() {
    this.fields[this.mode].focus();
  }

  /** Puts a text back that was not sent. @param {string} text */
  restore(text) {
    this.show("text");
    this.fields.text.value = [text, this.fields.text.value].filter(Boolean).join("\n");
    this.#grow();
    this.focus();
  }

  #listen() {
    const { text, code } = this.fields;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    for (const field of Object.values(this.fields)) field.addEventListener("input", () => this.tell(""));
    text.addEventListener("input", () => this.#grow());
    code.addEventListener("input", () => this.#filled());
    code.addEventListener("paste", (event) => this.#pasted(event));
    this.form.addEventListener("keydown", (event) => {
      if (!event.altKey || event.code !== "KeyN" || this.expects !== "code") return;
      event.preventDefault();
      this.bar.renew();
    });
    this.switch.addEventListener("click", () => {
      this.show(this.mode === "text" ? this.expects : "text");
      this.focus();
    });
  }

  #submit() {
    const field = this.fields[this.mode];
    const value = field.value.trim();
    if (!value && Date.now() - this.sentAt < TWICE) return;
    if (!value) {
      this.tell(this.words.get(this.mode === "code" ? "codeIncomplete" : "empty"));
      field.focus();
      return;
    }
    if (value.length > LONGEST) {
      this.tell(this.words.get("tooLong", { count: value.length - LONGEST }));
      return;
    }
    if (this.mode === "code" && !this.#isCode(value)) return;
    this.length = 0;
    this.sentAt = Date.now();
    field.value = "";
    this.#grow();
    const digits = this.mode === "code" ? sixDigits(value) : null;
    if (digits) this.outward.sendCode(digits);
    else this.outward.send(value);
  }

  /** Something with too few or too many digits is a slip; anything with words in it is said. @param {string} value */
  #isCode(value) {
    const digits = value.replace(/\D/g, "").length;
    if (digits === 6 || digits >= 8 || /[^\d\s.-]/.test(value)) return true;
    this.tell(this.words.get("codeIncomplete"));
    mark(this.fields.code, "aria-invalid", true);
    this.fields.code.select();
    return false;
  }

  /** Six digits that came at once were filled in by the browser or the keyboard, and go off by themselves. */
  #filled() {
    const digits = this.fields.code.value.replace(/\D/g, "").length;
    const atOnce = digits - this.length > 1;
    this.length = digits;
    if (atOnce && sixDigits(this.fields.code.value)) this.#submit();
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const digits = codeIn(event.clipboardData?.getData("text") ?? "");
    if (!digits) return;
    event.preventDefault();
    this.fields.code.value = digits;
    this.#submit();
  }

  /** Says something about what is written, beside it and aloud. @param {string} text */
  tell(text) {
    this.hint.textContent = text;
    this.hint.hidden = !text;
    if (!text) mark(this.fields.code, "aria-invalid", false);
    this.outward.announce(text);
  }

  #grow() {
    const { text } = this.fields;
    text.style.height = "auto";
    const frame = text.offsetHeight - text.clientHeight;
    text.style.height = `${Math.min(text.scrollHeight + frame, window.innerHeight * TALLEST)}px`;
  }
}
