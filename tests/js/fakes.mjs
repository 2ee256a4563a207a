// What stands in for the browser in these tests. Every fake is strict: what a browser would refuse raises here.

import { Connection } from "../../bot/web/static/chat/connection.js";
import { Session } from "../../bot/web/static/chat/session.js";

globalThis.CustomEvent ??= class CustomEvent extends Event {
  constructor(name, { detail = null } = {}) {
    super(name);
    this.detail = detail;
  }
};

// Where a page asks for what the tests then replace.
globalThis.location ??= { origin: "https://elsewhere.example" };

/** Lets every promise that can go on go on. */
export const settled = () => new Promise((go) => setImmediate(go));

/** Time that passes only when told to, with timers that go off in their order. */
export class Clock {
  now = 0;
  #timers = new Map();
  #lastId = 0;

  setTimeout = (then, ms) => {
    if (typeof then !== "function" || !Number.isFinite(ms) || ms < 0) throw new TypeError(`a timer of ${ms} ms`);
    this.#timers.set(++this.#lastId, { then, at: this.now + ms });
    return this.#lastId;
  };

  clearTimeout = (id) => void this.#timers.delete(id);

  /** When the timers will go off, in milliseconds from now. */
  get pending() {
    return [...this.#timers.values()].map(({ at }) => at - this.now).sort((a, b) => a - b);
  }

  async pass(ms) {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const [due] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!due) break;
      this.#timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].then();
      await settled();
    }
    this.now = end;
  }
}

export class FakeSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  readyState = FakeSocket.CONNECTING;
  onopen = null;
  onmessage = null;
  onclose = null;
  /** Frames that the page sent, read back. */
  sent = [];

  constructor(url) {
    if (!/^wss?:\/\//.test(url)) throw new SyntaxError(url);
    this.url = url;
  }

  send(data) {
    if (this.readyState === FakeSocket.CONNECTING) throw new Error("InvalidStateError: it is still connecting");
    if (typeof data !== "string") throw new TypeError("only text frames");
    if (this.readyState === FakeSocket.OPEN) this.sent.push(JSON.parse(data));
    this.onSent?.(this.sent.at(-1));
  }

  close(code = 1000) {
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) throw new Error(`InvalidAccessError: ${code}`);
    if (this.readyState === FakeSocket.CLOSED) return;
    this.readyState = FakeSocket.CLOSED;
    this.onclose?.({ code });
  }

  /** The handshake succeeds. */
  open() {
    if (this.readyState !== FakeSocket.CONNECTING) throw new Error("a socket opens once");
    this.readyState = FakeSocket.OPEN;
    this.onopen?.({});
  }

  /** Frames, or raw text, come from the server. */
  receive(...frames) {
    if (this.readyState !== FakeSocket.OPEN) throw new Error("nothing comes over a socket that is not open");
    for (const frame of frames) this.onmessage?.({ data: typeof frame === "object" ? JSON.stringify(frame) : frame });
  }

  /** The server closes, the handshake fails (1006), or the network breaks (1006). */
  end(code = 1006) {
    if (this.readyState === FakeSocket.CLOSED) throw new Error("a socket closes once");
    this.readyState = FakeSocket.CLOSED;
    this.onclose?.({ code });
  }

  get isOpen() {
    return this.readyState === FakeSocket.OPEN;
  }
}

/** A page's window and document, as far as a conversation's line looks at them. */
export class FakePage {
  window = new EventTarget();
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });

  tell(name) {
    this.window.dispatchEvent(new Event(name));
  }

  show(state) {
    this.document.visibilityState = state;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

/** The server's HTTP side: `/session` keeps a cookie (or not), the rest answers what a test says. */
export class FakeHttp {
  requests = [];
  /** Whether the browser keeps cookies. */
  keepsCookies = true;
  /** @type {"up" | "down"} */
  network = "up";
  cookie = null;
  csrf = 0;
  sessions = new Set();
  #made = 0;
  /** A test's own answers: (request) => {status?, body} | undefined. */
  answer = () => undefined;

  fetch = async (path, init = {}) => {
    const { method = "GET", headers = {}, body, signal } = init;
    if (signal?.aborted) throw new DOMException("aborted", "AbortError");
    const request = { method, path, headers, body: body ? JSON.parse(body) : null };
    if (body && headers["Content-Type"] !== "application/json") throw new Error("a body without its type");
    this.requests.push(request);
    await null;
    if (this.network === "down") throw new TypeError("Failed to fetch");
    const answered = (await this.answer(request, signal)) ?? this.#session(request);
    if (signal?.aborted) throw new DOMException("aborted", "AbortError");
    const { status = 200, body: told = {} } = answered;
    return { status, json: async () => structuredClone(told) };
  };

  /** The requests of one path, as their bodies. */
  bodies(path) {
    return this.requests.filter((request) => request.path === path).map((request) => request.body);
  }

  #session({ method, path, headers, body }) {
    if (!path.startsWith("/session/")) return { status: 404 };
    if (method !== "POST") {
      if (headers["X-CSRF-Token"] !== `csrf-${this.csrf}`) return { status: 403 };
      return { body: { text: "U fshi." } };
    }
    const token = headers.Authorization?.replace("Bearer ", "") ?? this.cookie;
    const known = this.sessions.has(token);
    if (body.ticket !== undefined) {
      if (!known) return { status: 401 };
      this.sessions.delete(token);
      return this.#begun("renewed", headers.Authorization !== undefined);
    }
    if (known) return { body: { status: headers.Authorization ? "memory" : "kept", csrf: `csrf-${this.csrf}` } };
    return this.#begun(body.memory ? "memory" : "new", body.memory === true);
  }

  #begun(status, inMemory) {
    const token = `token-${++this.#made}`;
    this.sessions.add(token);
    if (!inMemory && this.keepsCookies) this.cookie = token;
    this.csrf += 1;
    return { body: { status, csrf: `csrf-${this.csrf}`, ...(inMemory ? { token } : {}) } };
  }
}

/** A page with a connection on it, and all that was told. */
export class World {
  clock = new Clock();
  page = new FakePage();
  http = new FakeHttp();
  sockets = [];
  told = [];
  random = 0.5;
  #ids = 0;

  constructor({ start = true } = {}) {
    const { clock, http, sockets } = this;
    const timers = { setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout };
    this.session = new Session({ company: "ipko", fetch: http.fetch, ...timers });
    this.connection = new Connection({
      company: "ipko",
      session: this.session,
      words: { tooLong: "Tepër e gjatë: {count}.", ended: "U fshi.", stopped: "Nuk ka lidhje." },
      WebSocket: class extends FakeSocket {
        constructor(url) {
          super(url);
          sockets.push(this);
        }
      },
      ...timers,
      random: () => this.random,
      now: () => clock.now,
      newId: () => `id-${++this.#ids}`,
      page: this.page,
      origin: "https://chat.example",
    });
    for (const name of [
      "status", "message", "ack", "pending", "refused", "state", "typing", "forgotten", "error", "reset",
    ]) {
      this.connection.addEventListener(name, ({ detail }) => this.told.push([name, detail]));
    }
    if (start) this.connection.start();
  }

  /** What was told under one name. */
  of(name) {
    return this.told.filter(([one]) => one === name).map(([, detail]) => detail);
  }

  get texts() {
    return this.of("message").map(({ seq }) => seq);
  }

  get statuses() {
    return this.of("status").map(({ state, reason }) => (reason ? `${state} ${reason}` : state));
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** Lets time pass until the page tries another socket. @returns how long it took, to a tenth of a second */
  async nextSocket(longest = 120_000) {
    const before = this.sockets.length;
    const start = this.clock.now;
    while (this.sockets.length === before) {
      if (this.clock.now - start > longest) throw new Error(`no socket within ${longest} ms`);
      await this.clock.pass(100);
    }
    return this.clock.now - start;
  }

  /** The newest socket opens and the server answers its hello. */
  async welcome({ seq = 1, messages = [], conversation, expects = "text" } = {}) {
    await settled();
    this.socket.open();
    this.socket.receive({ type: "welcome", seq, ...(conversation ? { conversation } : {}) });
    this.socket.receive(...messages.map((number) => message(number)), state(expects));
    await settled();
  }

  /** From nothing to a greeting. */
  static async online() {
    const world = new World();
    await world.welcome({ seq: 1, messages: [1] });
    return world;
  }
}

export const message = (seq, from = "bot") => ({
  type: "message", seq, from, time: "10:05", day: "22 nëntor 2026", blocks: [{ type: "paragraph", text: `m${seq}` }],
});
export const state = (expects = "text") => ({ type: "state", expects, held: false });
export const welcome = (seq, conversation) => ({ type: "welcome", seq, ...(conversation ? { conversation } : {}) });
export const ack = (id, seq) => ({ type: "ack", id, seq });
