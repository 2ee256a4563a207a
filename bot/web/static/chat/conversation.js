// What happens between the connection and what is shown: each event's effect on the transcript, the composer and the
// announcer. It knows no socket and makes no element.

import { spoken } from "./blocks.js";
import { senderName } from "./message.js";

/** @typedef {import("./wire.js").Message} Message */
/** @typedef {import("./wire.js").State} State */
/** @typedef {{shown: string, editable: boolean, again: () => void}} Sent */

const TOGETHER = 400; // ms: what arrives within is announced at once
const HIDDEN = "••••••"; // a code is never shown; the server does not keep it either

/**
 * @typedef {object} View
 * @property {import("./page.js").Words} words
 * @property {import("./transcript.js").Transcript} transcript
 * @property {import("./following.js").Following} following
 * @property {import("./composer.js").Composer} composer
 * @property {import("./announcer.js").Announcer} announcer
 * @property {import("./unread.js").Unread} unread
 * @property {HTMLElement} held the line that says that a person answers
 */

export class Conversation {
  /**
   * @param {import("./connection.js").Connection} connection
   * @param {View} view
   * @param {string | null} first what is said for the person once the chat is open
   */
  constructor(connection, view, first) {
    this.connection = connection;
    this.view = view;
    this.first = first;
    /** @type {Map<string, Sent>} what the server has not taken yet, by id */
    this.sent = new Map();
    /** @type {Map<string, string>} why messages were refused that we do not know of yet: they never left this page */
    this.early = new Map();
    /** @type {{message: Message, element: HTMLElement}[]} what is to be announced */
    this.news = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.settled = false; // what was said before this page was opened has come
    this.codeSent = false;
    /** @type {HTMLElement | null} what came last since then */
    this.answer = null;
    this.#on("message", (message) => this.#message(message));
    this.#on("state", (state) => this.#state(state));
    this.#on("typing", () => view.transcript.typing(true));
    this.#on("ack", ({ id, seq }) => this.#acknowledged(id, seq));
    this.#on("refused", ({ id, text }) => this.#refused(id, text));
    this.#on("error", ({ text }) => this.#trouble(text));
    this.#on("reset", () => this.#reset());
  }

  /** Says a text. @param {string} text */
  say(text) {
    this.codeSent = false;
    this.#wait(this.connection.say(text), { shown: text, editable: true, again: () => this.say(text) });
  }

  /** Sends a code. @param {string} code */
  sendCode(code) {
    this.codeSent = true;
    this.answer = null;
    this.#wait(this.connection.say(code), { shown: HIDDEN, editable: false, again: () => this.sendCode(code) });
  }

  /**
   * Picks a choice, of the message that offers it.
   * @param {import("./wire.js").Labelled} item
   * @param {HTMLElement | null} message null where it stands in none
   */
  choose(item, message) {
    this.codeSent = false;
    const id = this.connection.choose(item.value);
    if (message) this.view.transcript.pick(message, (choice) => choice.dataset.value === item.value);
    this.#wait(id, { shown: item.label, editable: false, again: () => this.choose(item, message) }, message);
  }

  /** @param {string} id @param {Sent} sent @param {HTMLElement | null} [message] */
  #wait(id, sent, message = null) {
    this.sent.set(id, sent);
    this.view.transcript.wait(id, sent.shown, message);
    const why = this.early.get(id);
    this.early.delete(id);
    if (why !== undefined) this.#refused(id, why);
  }

  /** @param {Message} message */
  #message(message) {
    const element = this.view.transcript.add(message);
    if (message.from === "you") return;
    this.news.push({ message, element });
    this.answer = element;
    if (!this.settled) return;
    this.view.unread.arrived();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#announce(), TOGETHER);
  }

  /** @param {State} state */
  #state(state) {
    const { composer, held, transcript } = this.view;
    transcript.typing(false);
    if (!this.settled) this.#settle();
    held.hidden = !state.held;
    const accepted = this.codeSent && composer.expects === "code" && state.expects === "text";
    if (state.expects !== "code") this.codeSent = false;
    const next = accepted && composer.holdsFocus ? this.answer : null;
    if (accepted) this.view.announcer.say(this.view.words.get("codeAccepted"));
    if (next) {
      this.news = this.news.filter(({ element }) => element !== next); // it is read by getting the focus
      next.focus({ preventScroll: true });
    }
    clearTimeout(this.timer);
    this.#announce();
    composer.expect(state);
  }

  /** What was said before stands there: from now on, what comes is new. */
  #settle() {
    const { announcer, following, transcript, words } = this.view;
    const before = this.news.length;
    this.settled = true;
    following.settle(transcript.newest);
    if (before > 1) {
      this.news = [];
      announcer.say(words.get("resumed", { count: transcript.count }));
    }
    if (this.first) this.say(this.first);
    this.first = null;
  }

  #announce() {
    const { announcer, words } = this.view;
    for (const { message } of this.news) {
      const { said, asked } = spoken(message.blocks, words);
      announcer.say(`${senderName(message.from, words)}: ${said}`, asked);
    }
    this.news = [];
  }

  /** @param {string} id @param {number} seq */
  #acknowledged(id, seq) {
    this.sent.delete(id);
    this.view.transcript.acknowledged(id, seq);
  }

  /** @param {string} id @param {string} why */
  #refused(id, why) {
    const { announcer, composer, transcript, words } = this.view;
    const sent = this.sent.get(id);
    if (!sent) {
      this.early.set(id, why);
      return;
    }
    this.sent.delete(id);
    transcript.typing(false);
    /** @param {() => void} then */
    const instead = (then) => () => {
      transcript.drop(id);
      then();
    };
    const ways = [{ label: words.get("sendAgain"), press: instead(sent.again) }];
    if (sent.editable) ways.push({ label: words.get("takeBack"), press: instead(() => composer.restore(sent.shown)) });
    transcript.refused(id, why, ways);
    announcer.say(`${words.get("notSent")}. ${why}`);
  }

  /** @param {string} text */
  #trouble(text) {
    this.view.transcript.typing(false);
    this.view.composer.tell(text);
  }

  #reset() {
    this.view.transcript.clear();
    this.settled = false;
    this.news = [];
    this.answer = null;
  }

  /**
   * @param {string} name
   * @param {(detail: any) => void} then
   */
  #on(name, then) {
    this.connection.addEventListener(name, (event) => then(/** @type {CustomEvent} */ (event).detail));
  }
}
