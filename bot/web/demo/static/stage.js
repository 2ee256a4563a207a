/** The stage's phones: shows every SMS as it arrives, and copies what is to be typed; knows nothing of the chat. */

const CODE = /(?<!\d)\d{6}(?!\d)/;
const COPIED_MS = 1500;

/** @typedef {{to: string, owners: string[], text: string, time: string}} Sms */

/**
 * Return the one element that a page must have.
 * @template {Element} T
 * @param {ParentNode} within
 * @param {string} selector
 * @param {{new(): T}} kind
 * @returns {T}
 */
function find(within, selector, kind) {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
}

const messages = find(document, "#messages", HTMLElement);
const silence = find(document, "#silence", HTMLElement);
const state = find(document, "#state", HTMLElement);
const template = find(document, "#message", HTMLTemplateElement);

/**
 * Copy on a click, and say so for a moment.
 * @param {HTMLElement} button
 * @param {string} text
 */
function copies(button, text) {
  button.addEventListener("click", async () => {
    const label = button.textContent;
    await navigator.clipboard.writeText(text);
    button.textContent = "U kopjua";
    button.classList.add("done");
    setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
    }, COPIED_MS);
  }, { passive: true });
}

/** @param {Sms} sms */
function show(sms) {
  const made = find(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), "article", HTMLElement);
  find(made, "[data-owners]", HTMLElement).textContent = sms.owners.join(", ") || "Tjetër";
  find(made, "[data-to]", HTMLElement).textContent = sms.to;
  find(made, "[data-time]", HTMLElement).textContent = sms.time;
  find(made, "[data-text]", HTMLElement).textContent = sms.text;
  const code = CODE.exec(sms.text)?.[0];
  if (code) {
    const button = find(made, "[data-code]", HTMLButtonElement);
    button.textContent = `Kopjo kodin ${code}`;
    button.hidden = false;
    copies(button, code);
  }
  messages.prepend(made);
  silence.hidden = true;
}

function watch() {
  const phones = new EventSource("/phones");
  phones.addEventListener("message", (event) => show(JSON.parse(event.data)));
  phones.addEventListener("open", () => { state.textContent = ""; });
  phones.addEventListener("error", () => {
    state.textContent = "Lidhja me provën u këput; provohet prapë.";
    // After some answers a browser gives up for good; the demonstration may well be started anew.
    if (phones.readyState === EventSource.CLOSED) setTimeout(watch, 2000);
  });
}

for (const shown of document.querySelectorAll("code[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Kopjo";
  const text = shown.textContent ?? "";
  button.setAttribute("aria-label", `Kopjo ${text}`);
  copies(button, text);
  shown.after(button);
}
const authenticator = find(document, "#authenticator", HTMLElement);

/** Show the officer's code, and the next one as soon as there is one. */
async function tick() {
  let wait = 2000;
  try {
    const answer = await fetch("/authenticator");
    const { code, ms } = await answer.json();
    authenticator.textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
    wait = ms + 50;
  } catch {
    authenticator.textContent = "…";
  }
  setTimeout(tick, wait);
}

tick();
watch();
