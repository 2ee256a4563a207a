// The page around this one, where it stands in a frame: four words cross, with exact origin and source on both sides.

/** @typedef {{mburoja: 1, type: "open" | "close" | "size" | "unread", height?: number, count?: number}} Word */

export class Host extends EventTarget {
  /** @param {string[]} origins the sites that may hold this page */
  constructor(origins) {
    super();
    this.embedded = window.parent !== window;
    this.origins = origins;
    const known = around();
    /** @type {string[]} the site around us, or, where the browser does not tell, those that it can be */
    this.targets = known && origins.includes(known) ? [known] : origins;
    if (this.embedded) window.addEventListener("message", (event) => this.#hear(event));
  }

  /** Says that the chat stands and can be shown. */
  ready() {
    this.#tell({ mburoja: 1, type: "open" });
  }

  /** Asks to be put away. */
  close() {
    this.#tell({ mburoja: 1, type: "close" });
  }

  /** @param {number} height px that the content would like to have */
  size(height) {
    this.#tell({ mburoja: 1, type: "size", height });
  }

  /** @param {number} count messages that nobody has seen */
  unread(count) {
    this.#tell({ mburoja: 1, type: "unread", count });
  }

  /** @param {Word} word */
  #tell(word) {
    if (!this.embedded) return;
    for (const origin of this.targets) window.parent.postMessage(word, origin);
  }

  /** @param {MessageEvent} event */
  #hear({ source, origin, data }) {
    if (source !== window.parent || !this.origins.includes(origin)) return;
    if (data?.mburoja !== 1 || (data.type !== "open" && data.type !== "close")) return;
    this.targets = [origin];
    this.dispatchEvent(new CustomEvent(data.type));
  }
}

/** @returns {string | null} the origin of the page around us, as far as the browser tells */
function around() {
  const [nearest] = location.ancestorOrigins ?? [];
  if (nearest) return nearest;
  try {
    return new URL(document.referrer).origin;
  } catch {
    return null;
  }
}
