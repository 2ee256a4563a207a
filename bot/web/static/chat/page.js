// What the server wrote into the page: the company, the words, the sites around it. It reads, and does nothing else.

/**
 * @typedef {object} Page
 * @property {{id: string, name: string}} company
 * @property {Record<string, string>} words
 * @property {string[]} parentOrigins the sites that may hold this page in a frame
 */

/** @param {Document} document @returns {Page} */
export function readPage(document) {
  return JSON.parse(document.getElementById("page")?.textContent ?? "");
}

/**
 * The reference of a case that somebody comes back to, from the address, where it then no longer stands.
 * @returns {string | null}
 */
export function takeCase() {
  const reference = new URLSearchParams(location.hash.slice(1)).get("case") ?? "";
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  return /^[0-9A-Za-z-]{4,24}$/.test(reference) ? reference : null;
}

/** The page's words, by key. */
export class Words {
  /** @param {Page} page */
  constructor({ words, company }) {
    this.table = words;
    this.company = company.name;
  }

  /**
   * Returns the words under a key, with `{name}` filled in. A key that is missing shows itself, so that it is noticed.
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   * @returns {string}
   */
  get(key, values = {}) {
    const words = this.table[key] ?? key;
    /** @type {Record<string, string | number>} */
    const all = { company: this.company, ...values };
    return words.replace(/\{(\w+)\}/g, (whole, name) => String(all[name] ?? whole));
  }

  /**
   * Returns `oneKey` for one, else `manyKey`, with `{count}` filled in.
   * @param {number} count @param {string} oneKey @param {string} manyKey
   */
  count(count, oneKey, manyKey) {
    return this.get(count === 1 ? oneKey : manyKey, { count });
  }
}
