/**
 * The keys of the queue: j and k (or arrows) along the lines, t takes, / finds, ? shows them. Single keys can be put
 * off (WCAG 2.1.4); they do nothing where somebody types.
 */

const OFF = "mburoja-keys-off"; // in localStorage: a habit of the browser's owner, nothing more

const dialog = document.getElementById("keys");
const shows = document.querySelector("[data-keys]");
const on = document.querySelector("[data-keys-on]");

if (dialog instanceof HTMLDialogElement && shows instanceof HTMLElement && on instanceof HTMLInputElement) {
  shows.hidden = false;
  shows.addEventListener("click", () => dialog.showModal());
  on.checked = localStorage.getItem(OFF) === null;
  on.addEventListener("change", () => (on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  document.addEventListener("keydown", (event) => {
    if (on.checked && !dialog.open && isFree(event)) {
      press(event, dialog);
    }
  });
}

/** @param {KeyboardEvent} event */
function isFree(event) {
  const at = event.target;
  const types = at instanceof Element && at.closest("input, select, textarea, [contenteditable]");
  return !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && !types;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLDialogElement} dialog
 */
function press(event, dialog) {
  const inLines = document.activeElement?.closest("[data-key]") != null;
  /** @type {Record<string, () => boolean>} */
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => inLines && move(1),
    ArrowUp: () => inLines && move(-1),
    t: () => !event.repeat && take(),
    "?": () => {
      dialog.showModal();
      return true;
    },
  };
  if (acts[event.key]?.()) {
    event.preventDefault();
  }
}

/** @param {number} step */
function move(step) {
  const lines = [...document.querySelectorAll("[data-key]")];
  const at = lines.findIndex((line) => line.contains(document.activeElement));
  const next = lines[at < 0 ? 0 : Math.min(Math.max(at + step, 0), lines.length - 1)];
  return focus(next?.querySelector("a.reference"));
}

function take() {
  const line = document.activeElement?.closest("[data-key]");
  const form = line?.querySelector("form.act");
  if (form instanceof HTMLFormElement) {
    form.requestSubmit();
    return true;
  }
  return false;
}

/** @param {Element | null | undefined} element */
function focus(element) {
  if (element instanceof HTMLElement) {
    element.focus();
    return true;
  }
  return false;
}

export {};
