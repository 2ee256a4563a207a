// Turns the blocks of a reply into elements, text nodes only (R26). It knows no connection and no other message.

import { button, make, unseen } from "./dom.js";
import { receiptCard } from "./receipt.js";

/** @typedef {import("./wire.js").Block} Block */
/** @typedef {import("./wire.js").Labelled} Labelled */

/**
 * @typedef {object} Around what a block needs from around it
 * @property {import("./page.js").Words} words
 * @property {string} id a prefix for ids inside this message
 * @property {(item: Labelled) => void} press called when a choice is pressed
 * @property {(text: string) => void} announce
 */

/** @param {Block[]} blocks @param {Around} around @returns {HTMLElement[]} */
export function render(blocks, around) {
  return blocks.map((block, index) => renderOne(block, { ...around, id: `${around.id}-${index}` }));
}

/** @param {Block} block @param {Around} around @returns {HTMLElement} */
function renderOne(block, around) {
  switch (block.type) {
    case "paragraph":
      return make("p", { id: around.id, class: "said" }, block.text);
    case "quote":
      return quote(block, around.words);
    case "choices":
      return choices(block, around);
    case "receipt":
      return receiptCard(block, around);
    case "link":
      return make("p", {}, link(block.label, block.url, around.words));
  }
}

/** @param {import("./wire.js").Quote} block @param {import("./page.js").Words} words */
function quote(block, words) {
  return make(
    "details",
    { class: "quote" },
    make("summary", {}, block.source),
    make("blockquote", {}, make("p", {}, block.text)),
    link(words.get("openPolicy"), block.url, words),
  );
}

/** @param {import("./wire.js").Choices} block @param {Around} around */
function choices(block, { id, words, press }) {
  const named = block.prompt ? { "aria-labelledby": id } : { "aria-label": words.get("choicesLabel") };
  return make(
    "div",
    { role: "group", class: "choices", ...named },
    block.prompt && make("p", { id }, block.prompt),
    ...block.items.map((item) => {
      const lasting = item.lasting ? { "data-lasting": "" } : {};
      const made = button({ class: "choice", "data-value": item.value, ...lasting }, () => {
        if (made.getAttribute("aria-disabled") !== "true") press(item);
      }, make("span", {}, item.label));
      return made;
    }),
  );
}

/**
 * Says in every choice of a reply whether it is the one that was picked, and takes no other but those that mean the same
 * later too; null takes that back.
 * @param {HTMLElement} message
 * @param {((button: HTMLElement) => boolean) | null} isPicked
 * @param {import("./page.js").Words} words
 */
export function markPicked(message, isPicked, words) {
  /** @type {NodeListOf<HTMLElement>} */
  const all = message.querySelectorAll(".choice");
  for (const choice of all) {
    choice.querySelector(".picked")?.remove();
    choice.removeAttribute("aria-pressed");
    choice.removeAttribute("aria-disabled");
    if (!isPicked) continue;
    const picked = isPicked(choice);
    choice.setAttribute("aria-pressed", String(picked));
    if (choice.dataset.lasting === undefined) choice.setAttribute("aria-disabled", "true");
    if (picked) choice.append(make("span", { class: "picked" }, `✓ ${words.get("chosen")}`));
  }
}

/**
 * A link in a tab of its own; only its label where the address is none that a page should open.
 * @param {string} label @param {string} url @param {import("./page.js").Words} words
 */
export function link(label, url, words) {
  const address = safe(url);
  if (address === null) return make("span", {}, label);
  const attributes = { href: address, target: "_blank", rel: "noopener noreferrer" };
  return make("a", attributes, label, " ", make("span", { class: "away", "aria-hidden": "true" }, "↗"),
              unseen(`(${words.get("newTab")})`));
}

/** @param {string} url @returns {string | null} the whole address, if its scheme is one of those that do no harm */
export function safe(url) {
  try {
    const address = new URL(url, document.baseURI);
    return ["https:", "http:", "mailto:"].includes(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

/**
 * What is said of a reply aloud: its paragraphs, what is asked, and how much more there is to read.
 * @param {Block[]} blocks @param {import("./page.js").Words} words
 */
export function spoken(blocks, words) {
  const quotes = blocks.filter((block) => block.type === "quote").length;
  const said = blocks.flatMap((block) => {
    switch (block.type) {
      case "paragraph":
        return [block.text];
      case "receipt":
        return [`${words.get("receipt", { reference: block.reference })}.`];
      case "link":
        return [`${block.label}.`];
      default:
        return [];
    }
  });
  const asked = blocks.flatMap((block) =>
    block.type === "choices" ? [block.prompt, words.count(block.items.length, "choice", "choices")] : [],
  );
  if (quotes) said.push(words.count(quotes, "quote", "quotes"));
  return { said: said.join(" "), asked: asked.filter(Boolean).join(" ") };
}
