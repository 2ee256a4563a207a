/**
 * The page of a case: opens what is folded before it is printed, and folds it again.
 */

const button = document.querySelector("[data-print]");
if (button instanceof HTMLButtonElement) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

/** @type {HTMLDetailsElement[]} */
let opened = [];

window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details")].filter((details) => !details.open);
  for (const details of opened) {
    details.open = true;
  }
});

window.addEventListener("afterprint", () => {
  for (const details of opened) {
    details.open = false;
  }
});

export {};
