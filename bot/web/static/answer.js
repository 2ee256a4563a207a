// The page of an answer's one-time link (R43): open, ask for a code, write it, download. The token comes in the fragment,
// leaves the address bar at once, and stays in memory only.

import { AnswerApi, Refused } from "./answer/api.js";
import { FileRow } from "./answer/files.js";
import { Words } from "./answer/words.js";
import { Countdown, minutes } from "./chat/clock.js";
import { codeIn, sixDigits } from "./chat/code.js";
import { find, mark } from "./chat/dom.js";

/** @typedef {import("./answer/api.js").Granted} Granted */
/** @typedef {import("./answer/api.js").Sent} Sent */

const LAST_MINUTE = 60; // s
const TOKEN = /^#[0-9a-f]{32,128}$/;
const STEPS = /** @type {const} */ (["send", "code", "files"]);

/** @type {{words: Record<string, string>, noLink: string}} */
const told = JSON.parse(find("page", HTMLScriptElement).textContent ?? "");
const words = new Words(told.words);
const status = find("status", HTMLElement);
const field = find("code", HTMLInputElement);
const send = find("send", HTMLButtonElement);
const again = find("again", HTMLButtonElement);

let api = new AnswerApi("");
let busy = false;
/** @type {FileRow[]} */
let rows = [];

// ---- what is shown ----------------------------------------------------------------------------------------------

/** @param {string} text */
function say(text) {
  status.textContent = text;
}

/** Says what can be seen elsewhere on the page. @param {string} text */
function sayUnseen(text) {
  say("");
  find("unseen", HTMLElement).textContent = text;
}

/** @param {typeof STEPS[number]} now */
function step(now) {
  let before = true;
  for (const name of STEPS) {
    if (name === now) before = false;
    find(`step-${name}`, HTMLElement).hidden = name !== now;
    const sign = find(`mark-${name}`, HTMLElement);
    sign.classList.toggle("done", before);
    if (name === now) sign.setAttribute("aria-current", "step");
    else sign.removeAttribute("aria-current");
  }
}

/** @param {typeof STEPS[number]} name @param {string} text nothing takes the fault away */
function fault(name, text) {
  const place = find(`fault-${name}`, HTMLElement);
  place.hidden = text === "";
  place.textContent = text;
  if (name === "code") mark(field, "aria-invalid", text !== "");
}

/** @param {string} text */
function gone(text) {
  codeLife.stop();
  resendIn.stop();
  grantLife.stop();
  say("");
  find("way", HTMLElement).hidden = true;
  find("gone", HTMLElement).hidden = false;
  find("gone-text", HTMLElement).textContent = text;
  find("_main", HTMLElement).focus();
}

/** The link could not be opened now; it is kept, to try again. @param {string} text */
function unreached(text) {
  say(text);
  find("unreached", HTMLElement).hidden = false;
}

// ---- times ------------------------------------------------------------------------------------------------------

const codeLife = new Countdown((left) => {
  const over = left === 0;
  find("code-left", HTMLElement).textContent = over ? "" : words.get("codeLeft", { time: minutes(left) });
  find("code-tries", HTMLElement).hidden = over;
  if (left === LAST_MINUTE) say(words.get("codeMinute"));
  if (over) fault("code", words.get("codeExpired"));
});

const resendIn = new Countdown((left) => {
  for (const [button, ready, waits] of /** @type {const} */ ([[send, sendLabel, "sendIn"], [again, againLabel, "codeNewIn"]])) {
    mark(button, "aria-disabled", left > 0);
    button.textContent = left > 0 ? words.get(waits, { time: minutes(left) }) : ready;
  }
});
const sendLabel = send.textContent ?? "";
const againLabel = again.textContent ?? "";

const grantLife = new Countdown((left) => {
  const over = left === 0;
  find("grant-left", HTMLElement).textContent = over ? "" : words.get("grantLeft", { time: minutes(left) });
  if (left === LAST_MINUTE) say(words.get("grantMinute"));
  if (over) close(words.get("grantOver"));
});

/** @param {string} why */
function close(why) {
  grantLife.stop();
  find("grant-left", HTMLElement).textContent = "";
  for (const row of rows) row.close();
  fault("files", why);
}

// ---- what is done -----------------------------------------------------------------------------------------------

/**
 * Does one thing at a time. What the server refuses goes to `otherwise`; a link that no longer holds ends the page.
 * @param {typeof STEPS[number]} place where a fault is shown
 * @param {() => Promise<void>} work
 * @param {(refused: Refused) => void} [otherwise]
 */
async function act(place, work, otherwise = () => {}) {
  if (busy) return;
  busy = true;
  fault(place, "");
  say(words.get("asking"));
  try {
    await work();
  } catch (error) {
    say("");
    if (error instanceof Refused && error.told.code === "no_link") {
      gone(error.told.text);
    } else {
      fault(place, error instanceof Refused ? error.told.text : words.get("offline"));
      if (error instanceof Refused) otherwise(error);
    }
  } finally {
    busy = false;
  }
}

async function open() {
  find("unreached", HTMLElement).hidden = true;
  say(words.get("asking"));
  try {
    const opened = await api.open();
    find("company", HTMLElement).textContent = opened.company;
    find("reference", HTMLElement).textContent = opened.reference;
    find("expires", HTMLElement).textContent = opened.expires;
    find("contact", HTMLElement).textContent = opened.contact;
    find("way", HTMLElement).hidden = false;
    step("send");
    say("");
  } catch (error) {
    if (error instanceof Refused && error.told.code === "no_link") gone(error.told.text);
    else unreached(error instanceof Refused ? error.told.text : words.get("offline"));
  }
}

/** @param {"send" | "code"} place */
function ask(place) {
  if (resendIn.left > 0) return;
  void act(place, async () => sent(await api.send()), (refused) => {
    if (refused.told.retry_seconds && refused.told.retry_seconds <= 600) resendIn.start(refused.told.retry_seconds);
  });
}

/** @param {Sent} code */
function sent(code) {
  step("code");
  fault("code", "");
  tries(code.tries);
  codeLife.start(code.seconds);
  resendIn.start(code.resend_seconds);
  field.value = "";
  field.focus();
  say(words.get(code.trouble ? "trouble" : "sent", { count: Math.round(code.seconds / 60) }));
}

/** @param {number} left */
function tries(left) {
  find("code-tries", HTMLElement).textContent =
    left === 1 ? words.get("codeLastTry") : words.get("codeTries", { count: left });
}

function prove() {
  const code = sixDigits(field.value);
  if (code === null) {
    fault("code", words.get("codeIncomplete"));
    field.focus();
    return;
  }
  void act("code", async () => granted(await api.prove(code)), (refused) => {
    if (refused.told.tries !== undefined) tries(refused.told.tries);
    if (refused.told.code === "dead") {
      codeLife.stop();
      find("code-left", HTMLElement).textContent = "";
      find("code-tries", HTMLElement).textContent = "";
    }
    field.focus();
    field.select();
  });
}

/** @param {Granted} got */
function granted(got) {
  codeLife.stop();
  resendIn.stop();
  field.value = "";
  step("files");
  rows = got.files.map((file) => new FileRow(api, file, words, sayUnseen, (refused) => close(refused.told.text)));
  find("files", HTMLElement).replaceChildren(...rows.map((row) => row.row));
  grantLife.start(got.seconds);
  find("head-files", HTMLElement).focus();
  say(words.get("accepted"));
}

// ---- begins -----------------------------------------------------------------------------------------------------

/** Takes the token out of the address, where it must not stay, and opens the link. */
function begin() {
  const token = TOKEN.test(location.hash) ? location.hash.slice(1) : "";
  history.replaceState(null, "", location.pathname);
  find("gone", HTMLElement).hidden = true;
  if (token === "") {
    gone(told.noLink);
    return;
  }
  api = new AnswerApi(token);
  void open();
}

find("retry", HTMLButtonElement).addEventListener("click", () => void open());
send.addEventListener("click", () => ask("send"));
again.addEventListener("click", () => ask("code"));
find("code-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  prove();
});
field.addEventListener("paste", (event) => {
  const pasted = codeIn(event.clipboardData?.getData("text") ?? ""); // the whole SMS may have been copied
  if (pasted === null) return;
  event.preventDefault();
  field.value = pasted;
  prove();
});
field.addEventListener("input", () => fault("code", ""));
addEventListener("hashchange", () => {
  if (TOKEN.test(location.hash)) location.reload(); // another link was opened in this tab
});
begin();
