// Speaks to the server for the page of an answer. Token, grant and CSRF token stay in this object, in memory only.

/** @typedef {{company: string, contact: string, reference: string, expires: string, csrf: string}} Opened */
/** @typedef {{seconds: number, resend_seconds: number, tries: number, trouble: boolean}} Sent */
/** @typedef {{file: number, name: string, bytes: number}} FileTold */
/** @typedef {{grant: string, seconds: number, files: FileTold[]}} Granted */
/** @typedef {{code: string, text: string, tries?: number, retry_seconds?: number}} Told */

/** What the server told instead of what was asked for. */
export class Refused extends Error {
  /** @param {Told} told @param {number} status */
  constructor(told, status) {
    super(told.text);
    this.told = told;
    this.status = status;
  }
}

export class AnswerApi {
  #token;
  #csrf = "";
  #grant = "";

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
  }

  /** @returns {Promise<Opened>} */
  async open() {
    const opened = await this.#json("open", {});
    this.#csrf = opened.csrf;
    return opened;
  }

  /** @returns {Promise<Sent>} */
  send() {
    return this.#json("send", {});
  }

  /** @param {string} code @returns {Promise<Granted>} */
  async prove(code) {
    const granted = await this.#json("code", { code });
    this.#grant = granted.grant;
    return granted;
  }

  /**
   * Fetches a file whole. Throws Refused, or whatever the network's failure is, also where less came than was told.
   * @param {FileTold} file
   * @param {(received: number) => void} progress bytes so far
   * @returns {Promise<Blob>}
   */
  async fetch(file, progress) {
    const response = await this.#post("file", { grant: this.#grant, file: file.file });
    if (!response.ok) throw await refusal(response);
    const reader = response.body?.getReader();
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const parts = [];
    let received = 0;
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      parts.push(next.value);
      received += next.value.byteLength;
      progress(received);
    }
    if (received !== file.bytes) throw new TypeError("the file came short");
    return new Blob(parts, { type: response.headers.get("Content-Type") ?? "application/octet-stream" });
  }

  /** @param {string} path @param {object} body */
  async #json(path, body) {
    const response = await this.#post(path, body);
    if (!response.ok) throw await refusal(response);
    return response.json();
  }

  /** @param {string} path @param {object} body */
  #post(path, body) {
    return fetch(`/api/answer/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": this.#csrf },
      body: JSON.stringify({ token: this.#token, ...body }),
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  }
}

/** @param {Response} response */
async function refusal(response) {
  try {
    return new Refused((await response.json()).error, response.status);
  } catch {
    return new TypeError(`status ${response.status}`);
  }
}
