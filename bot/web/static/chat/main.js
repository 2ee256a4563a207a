// Puts the chat together and starts it. Everything that the parts need of one another is handed over here.

import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { find } from "./dom.js";
import { Following } from "./following.js";
import { Host } from "./frame.js";
import { fitAboveKeyboard } from "./keyboard.js";
import { Leaving } from "./leaving.js";
import { readPage, takeCase, Words } from "./page.js";
import { Roving } from "./roving.js";
import { Session } from "./session.js";
import { tellSize } from "./size.js";
import { Status } from "./status.js";
import { Transcript } from "./transcript.js";
import { Unread } from "./unread.js";

find("late", HTMLElement).remove();
const page = readPage(document);
const words = new Words(page);
const announcer = new Announcer(find("announcer", HTMLElement));
const host = new Host(page.parentOrigins);
const session = new Session({ company: page.company.id });
const connection = new Connection({ company: page.company.id, session, words: page.words });

/** @param {string} text */
const announce = (text) => announcer.say(text);

const chat = find("chat", HTMLElement);
const scroller = find("transcript", HTMLElement);
const composer = new Composer(words, {
  announce,
  send: (text) => conversation.say(text),
  sendCode: (code) => conversation.sendCode(code),
  choose: (value) => conversation.choose({ label: words.get("codeNew"), value }, transcript.offering(value)),
});
const roving = new Roving(scroller, () => composer.focus());
const following = new Following(scroller, find("jump", HTMLButtonElement), words);
const transcript = new Transcript(
  scroller,
  { words, announce, press: (item, message) => conversation.choose(item, message) },
  roving,
  following,
);
const unread = new Unread(host);
const held = find("held", HTMLElement);
const conversation = new Conversation(
  connection,
  { words, transcript, following, composer, announcer, unread, held },
  takeCase(),
);
const status = new Status(words, announce, () => connection.retryNow());
const leaving = new Leaving(words, session, ended);
const menu = find("menu", HTMLElement);
let hasEnded = false;

connection.addEventListener("status", (event) => {
  const { state, reason } = /** @type {CustomEvent} */ (event).detail;
  const isOnline = state === "online" || state === "polling";
  find("memory", HTMLElement).hidden = session.token === null;
  transcript.tell(words.get(isOnline || state === "connecting" ? "sending" : "waiting"));
  if (reason === "asleep") status.hide();
  else status.show(state);
});
connection.addEventListener("forgotten", (event) => ended(/** @type {CustomEvent} */ (event).detail.text));

find("end", HTMLButtonElement).addEventListener("click", () => {
  menu.hidePopover();
  leaving.open();
});
menu.addEventListener("click", (event) => {
  if (event.target instanceof HTMLAnchorElement) menu.hidePopover();
});
const close = find("close", HTMLButtonElement);
close.hidden = !host.embedded;
close.addEventListener("click", () => host.close());
find("own-tab", HTMLElement).hidden = !host.embedded;
find("again", HTMLButtonElement).addEventListener("click", () => location.reload());

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (leaving.dialog.open || menu.isConnected && menu.matches(":popover-open")) return;
  host.close();
});
host.addEventListener("open", settleFocus);

/** Nothing of the conversation stays: only what is said of its end. @param {string} text */
function ended(text) {
  if (hasEnded) return;
  hasEnded = true;
  connection.close();
  status.hide();
  leaving.dialog.close();
  announcer.clear();
  for (const part of ["talk", "write", "menu", "more"]) find(part, HTMLElement).remove();
  find("ended-text", HTMLElement).textContent = text;
  find("ended", HTMLElement).hidden = false;
  find("ended-title", HTMLElement).focus();
}

/** Whoever opens the chat can write at once; on touch screens that would bring the keyboard over the greeting. */
function settleFocus() {
  if (hasEnded) find("ended-title", HTMLElement).focus();
  else if (matchMedia("(pointer: fine)").matches) composer.focus();
  else find("title", HTMLElement).focus();
}

fitAboveKeyboard();
chat.hidden = false;
connection.start();
host.ready();
tellSize(host, chat, scroller);
settleFocus();
