/**
 * What every page does: it begins at what went wrong, and / goes to the field that finds a case. The key is put off
 * with the queue's keys (WCAG 2.1.4).
 */

const KEYS_OFF = "mburoja-keys-off"; // in localStorage, as queue.js keeps it

const fault = document.querySelector("main .fault[role=alert]");
if (fault instanceof HTMLElement && document.activeElement === document.body) {
  fault.tabIndex = -1;
  fault.focus();
}

document.addEventListener("keydown", (event) => {
  const at = event.target;
  const types = at instanceof Element && at.closest("input, select, textarea, [contenteditable], dialog");
  const plain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  if (event.key === "/" && plain && !types && localStorage.getItem(KEYS_OFF) === null) {
    const find = document.getElementById("find");
    if (find instanceof HTMLInputElement) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  }
});

export {};
