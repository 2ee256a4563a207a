// Makes one message of the transcript: who said it, when, and its blocks. It knows no other message.

import { render } from "./blocks.js";
import { button, make } from "./dom.js";

/** @typedef {import("./wire.js").Message} Message */

/**
 * @typedef {object} Setting what every message of this page needs
 * @property {import("./page.js").Words} words
 * @property {(item: import("./wire.js").Labelled, message: HTMLElement) => void} press
 * @property {(text: string) => void} announce
 */

/** @param {Message["from"]} from @param {import("./page.js").Words} words */
export function senderName(from, words) {
  return words.get(from);
}

/** @param {Message} message @param {Setting} setting */
export function messageElement(message, setting) {
  const id = `m${message.seq}`;
  const shell = article(id, message.from, setting, make("time", {}, message.time));
  const blocks = render(message.blocks, {
    id,
    words: setting.words,
    announce: setting.announce,
    press: (item) => setting.press(item, shell),
  });
  shell.append(make("div", { class: "body" }, ...blocks));
  const spoken = [...shell.querySelectorAll(".said, .choices > p, .receipt > h2")].map((part) => part.id);
  if (spoken.length) shell.setAttribute("aria-describedby", spoken.join(" "));
  return shell;
}

/**
 * A message of the person's own that the server has not taken yet.
 * @param {string} id @param {string} text @param {Setting} setting
 */
export function waitingElement(id, text, setting) {
  const shell = article(`w${id}`, "you", setting, make("span", { class: "fate" }));
  shell.append(make("div", { class: "body" }, make("p", { class: "said", id: `w${id}-0` }, text)));
  shell.setAttribute("aria-describedby", `w${id}-0`);
  return shell;
}

/** Says what becomes of a waiting message. @param {HTMLElement} waiting @param {string} text */
export function tellFate(waiting, text) {
  const fate = waiting.querySelector(".fate");
  if (fate) fate.textContent = text;
}

/**
 * Says that a message was not taken, and offers what can be done.
 * @param {HTMLElement} waiting @param {string} why
 * @param {{label: string, press: () => void}[]} ways @param {Setting} setting
 */
export function tellRefused(waiting, why, ways, { words }) {
  waiting.classList.add("refused");
  tellFate(waiting, words.get("notSent"));
  const tools = ways.map((way) => button({ class: "tool" }, way.press, way.label));
  waiting.append(make("p", { class: "why" }, why), make("div", { class: "tools" }, ...tools));
}

/** @param {string} id @param {Message["from"]} from @param {Setting} setting @param {HTMLElement} when */
function article(id, from, setting, when) {
  const head = make("p", { id: `${id}-head`, class: "head" },
                    make("span", { class: "sender" }, senderName(from, setting.words)), " ", when);
  return make("article", { class: `message ${from}`, tabindex: -1, "aria-labelledby": head.id }, head);
}
