/**
 * Puts fresh pieces in place of those that a page has, without taking away what somebody is at: the focus stays on its
 * line, lines that did not change stay the same elements, and what is read stays where it is on the screen.
 */

/**
 * @param {HTMLElement} root whose `data-piece` elements are replaced
 * @param {Document} fresh
 * @returns {number} how many lines are new
 */
export function swap(root, fresh) {
  const focus = rememberFocus(root);
  const hold = holdPlace(root);
  let added = 0;
  for (const old of root.querySelectorAll("[data-piece]")) {
    const name = /** @type {HTMLElement} */ (old).dataset.piece ?? "";
    const made = fresh.querySelector(`[data-piece="${name}"]`);
    if (made) {
      added += replace(old, made);
    }
  }
  hold();
  focus();
  return added;
}

/**
 * @param {Element} old
 * @param {Element} made
 */
function replace(old, made) {
  const rows = old.querySelector("tbody");
  const madeRows = made.querySelector("tbody");
  const before = new Set(keys(old));
  const added = keys(made).filter((key) => !before.has(key)).length;
  if (rows && madeRows) {
    replaceRows(rows, madeRows);
  } else if (print(old) !== print(made)) {
    old.replaceChildren(...[...made.childNodes].map((node) => document.adoptNode(node)));
  }
  return added;
}

/**
 * @param {Element} rows
 * @param {Element} made
 */
function replaceRows(rows, made) {
  const known = new Map([...rows.children].map((row) => [keyOf(row), row]));
  const wanted = [...made.children].map((row) => {
    const old = known.get(keyOf(row));
    return old && print(old) === print(row) ? old : document.adoptNode(row);
  });
  for (const row of [...rows.children]) {
    if (!wanted.includes(row)) {
      row.remove();
    }
  }
  // What stays is moved only where its order is another: an element that is moved loses the focus.
  let place = rows.firstElementChild;
  for (const row of wanted) {
    if (row === place) {
      place = place.nextElementSibling;
    } else {
      rows.insertBefore(row, place);
    }
  }
}

/**
 * What is read of an element and where it leads; not the marks that make each form unique.
 * @param {Element} element
 */
function print(element) {
  const links = [...element.querySelectorAll("a")].map((link) => `${link.href} ${link.ariaCurrent ?? ""}`);
  const seen = [...element.querySelectorAll("input[name=seen]")].map((input) => input.getAttribute("value"));
  return [element.className, element.textContent?.replace(/\s+/g, " "), ...links, ...seen].join("\n");
}

/** @param {Element} element */
function keys(element) {
  return [...element.querySelectorAll("[data-key]")].map(keyOf);
}

/** @param {Element} row */
function keyOf(row) {
  return row.getAttribute("data-key") ?? "";
}

/**
 * @param {HTMLElement} root
 * @returns {() => void} gives the focus back to the same link or button, or to the line that stands where its line stood
 */
function rememberFocus(root) {
  const focused = document.activeElement;
  const piece = focused?.closest("[data-piece]");
  if (!(focused instanceof HTMLElement) || !piece || !root.contains(piece)) {
    return () => undefined;
  }
  const line = focused.closest("[data-key]");
  const key = line ? keyOf(line) : "";
  const lines = [...root.querySelectorAll("[data-key]")];
  const at = line ? lines.indexOf(line) : -1;
  const within = line ?? piece;
  const nth = reachable(within).indexOf(focused);
  return () => {
    if (focused.isConnected) {
      focused.focus({ preventScroll: true });
      return;
    }
    const now = [...root.querySelectorAll("[data-key]")];
    const place = line ? (now.find((row) => keyOf(row) === key) ?? now[Math.min(at, now.length - 1)]) : piece;
    const all = place ? reachable(place) : [];
    (all[nth] ?? all[0])?.focus({ preventScroll: true });
  };
}

/**
 * @param {Element} element
 * @returns {HTMLElement[]}
 */
function reachable(element) {
  return [...element.querySelectorAll("a, button")].filter((found) => found instanceof HTMLElement);
}

/**
 * @param {HTMLElement} root
 * @returns {() => void} moves the page so that the first line on the screen that is still there stands where it stood
 */
function holdPlace(root) {
  if (window.scrollY === 0) {
    return () => undefined; // who reads the top sees what is new there
  }
  const tops = [...root.querySelectorAll("[data-key]")]
    .map((row) => ({ key: keyOf(row), top: row.getBoundingClientRect().top }))
    .filter(({ top }) => top >= 0);
  return () => {
    const now = new Map([...root.querySelectorAll("[data-key]")].map((row) => [keyOf(row), row]));
    const still = tops.find(({ key }) => now.has(key));
    const row = still && now.get(still.key);
    if (still && row) {
      window.scrollBy({ top: row.getBoundingClientRect().top - still.top, behavior: "instant" });
    }
  };
}
