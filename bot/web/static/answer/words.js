// The words that the page was given; `{…}` is filled in.

export class Words {
  /** @param {Record<string, string>} words */
  constructor(words) {
    this.words = words;
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  get(key, values = {}) {
    const said = this.words[key];
    if (said === undefined) throw new Error(`the page was given no words for ${key}`);
    return said.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }
}
