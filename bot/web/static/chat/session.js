// The session with the server: a cookie that no script sees, or, where cookies are refused, a token that lives in this
// object and nowhere else (R19, R22). It knows the session's routes and the CSRF token (R23), and no socket.

/** Milliseconds until a request is given up. */
const PATIENCE = 20_000;

/**
 * @typedef {object} Surroundings what a page offers, so that tests can offer something else
 * @property {typeof globalThis.fetch} [fetch]
 * @property {(then: () => void, ms: number) => any} [setTimeout]
 * @property {(timer: any) => void} [clearTimeout]
 */
/** @typedef {{reference: string, text: string}} OpenCase */

/** The server answered, and its answer is no. */
export class SessionError extends Error {
  /** @param {number} status @param {string} [text] what the person may read */
  constructor(status, text = "") {
    super(`the session was refused: ${status}`);
    this.status = status;
    this.text = text;
  }
}

export class Session {
  #company;
  #fetch;
  #setTimeout;
  #clearTimeout;
  #csrf = "";
  /** @type {string | null} */
  #token = null;
  /** @type {Promise<{mode: "cookie" | "memory", status: "new" | "kept"}> | null} */
  #opening = null;

  /** @param {{company: string} & Surroundings} options */
  constructor({ company, fetch, setTimeout, clearTimeout }) {
    this.#company = company;
    this.#fetch = fetch ?? globalThis.fetch.bind(globalThis);
    this.#setTimeout = setTimeout ?? globalThis.setTimeout.bind(globalThis);
    this.#clearTimeout = clearTimeout ?? globalThis.clearTimeout.bind(globalThis);
  }

  /** The token that goes with the first frame of a socket; null where the cookie goes by itself. */
  get token() {
    return this.#token;
  }

  /** What goes with every request of this session. @returns {Record<string, string>} */
  headers() {
    /** @type {Record<string, string>} */
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.#csrf };
    if (this.#token !== null) headers.Authorization = `Bearer ${this.#token}`;
    return headers;
  }

  /**
   * Takes up the session that there is, or a new one. Asked twice at a time it answers both alike.
   * @returns {Promise<{mode: "cookie" | "memory", status: "new" | "kept"}>} raises SessionError, or what fetch raises
   *   without a network
   */
  open() {
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /**
   * Exchanges a ticket for a fresh session, after which the old one is dead (R19).
   * @param {string} ticket
   */
  async renew(ticket) {
    await this.#post({ ticket });
  }

  /**
   * Ends the chat and forgets it.
   * @returns {Promise<{text: string}>} what the person reads
   */
  async forget() {
    const answer = await this.#asked("DELETE", this.#path());
    return { text: textOf(answer.text) };
  }

  /**
   * What is to be told before the chat is closed (R58).
   * @returns {Promise<{cases: OpenCase[], text: string}>}
   */
  async leaving() {
    const answer = await this.#asked("GET", `${this.#path()}/leaving`);
    const cases = Array.isArray(answer.cases) ? answer.cases : [];
    return {
      cases: cases.map((one) => ({ reference: textOf(one?.reference), text: textOf(one?.text) })),
      text: textOf(answer.text),
    };
  }

  /**
   * A request of this session, given up after a while.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal]
   * @returns {Promise<{status: number, body: any}>} body: null when it is no JSON
   */
  async request(method, path, body, signal) {
    const giveUp = new AbortController();
    const stop = () => giveUp.abort();
    const timer = this.#setTimeout(stop, PATIENCE);
    signal?.addEventListener("abort", stop);
    try {
      const response = await this.#fetch(path, {
        method,
        headers: this.headers(),
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: giveUp.signal,
      });
      return { status: response.status, body: await response.json().catch(() => null) };
    } finally {
      this.#clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** @returns {Promise<{mode: "cookie" | "memory", status: "new" | "kept"}>} */
  async #open() {
    const first = await this.#post({});
    if (first === "memory") return { mode: "memory", status: "kept" };
    this.#token = null;
    if (first === "kept") return { mode: "cookie", status: "kept" };
    // A new session's cookie comes back with the next request, or cookies are refused here.
    if ((await this.#post({})) === "kept") return { mode: "cookie", status: "new" };
    await this.#post({ memory: true });
    return { mode: "memory", status: "new" };
  }

  /** @param {object} body @returns {Promise<unknown>} the status that the server tells */
  async #post(body) {
    const answer = await this.#asked("POST", this.#path(), body);
    if (typeof answer.csrf === "string") this.#csrf = answer.csrf;
    if (typeof answer.token === "string") this.#token = answer.token;
    return answer.status;
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<Record<string, any>>} */
  async #asked(method, path, body) {
    const answer = await this.request(method, path, body);
    if (answer.status !== 200 || typeof answer.body !== "object" || answer.body === null) {
      throw new SessionError(answer.status, textOf(answer.body?.text));
    }
    return answer.body;
  }

  #path() {
    return `/session/${this.#company}`;
  }
}

/** @param {unknown} value @returns {string} */
function textOf(value) {
  return typeof value === "string" ? value : "";
}
