// A receipt as a card that can be copied from and saved. What is saved is plain text made from the block alone.

import { button, make } from "./dom.js";

/** @typedef {import("./wire.js").Receipt} Receipt */

/** @param {Receipt} block @param {import("./blocks.js").Around} around @returns {HTMLElement} */
export function receiptCard(block, { id, words, announce }) {
  const title = words.get("receipt", { reference: block.reference });
  const card = make(
    "section",
    { class: "receipt", "aria-labelledby": id },
    make("h2", { id }, title),
    make(
      "dl",
      {},
      ...block.fields.map((field) =>
        make(
          "div",
          {},
          make("dt", {}, field.label),
          make("dd", field.value === block.reference ? { class: "reference" } : {}, field.value),
        ),
      ),
    ),
  );
  const done = make("p", { class: "done" });
  /** @param {string} text */
  const tell = (text) => {
    done.textContent = text;
    announce(text);
  };
  const copying = async () => {
    const copied = await copy(block.reference);
    tell(words.get(copied ? "copied" : "notCopied", { reference: block.reference }));
  };
  const saving = () => tell(words.get("receiptSaved", { file: save(block, title) }));
  card.append(
    make(
      "div",
      { class: "tools" },
      button({ class: "tool" }, copying, words.get("copyReference")),
      button({ class: "tool" }, saving, words.get("saveReceipt")),
    ),
    done,
  );
  return card;
}

/** @param {Receipt} block @param {string} title @returns {string} the receipt, a field a line */
export function asText(block, title) {
  const lines = block.fields.map((field) => `${field.label}: ${field.value}`);
  return [title, "", ...lines, ""].join("\r\n");
}

/** Hands the browser a file to keep. @param {Receipt} block @param {string} title @returns {string} the file's name */
function save(block, title) {
  const name = `mburoja-${block.reference.replace(/[^\w-]/g, "")}.txt`;
  const address = URL.createObjectURL(new Blob([asText(block, title)], { type: "text/plain;charset=utf-8" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // some browsers ask the person first
  return name;
}

/** @param {string} text @returns {Promise<boolean>} whether it stands in the clipboard */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // a frame whose page does not lend it the clipboard
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const before = document.activeElement;
  const field = make("textarea", { class: "unseen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
