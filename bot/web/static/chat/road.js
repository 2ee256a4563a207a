// Keeps a line to the server open, of whichever kind the network lets through, and opens the next one when it ends. It
// knows close codes, waits and sessions; of the conversation it knows no more than that a welcome proves a line.

import { Backoff } from "./backoff.js";
import { BROKEN, isSpoken, planAfter, TOO_MANY } from "./closing.js";
import { LineMaker } from "./lines.js";
import { Presence } from "./presence.js";
import { SessionError } from "./session.js";

/** Handshakes that fail while plain HTTP works, until WebSockets are taken to be blocked. */
const BLOCKED_AFTER = 2;
/** Milliseconds between tries of a WebSocket while polling. */
export const TRY_SOCKET_EACH = 120_000;
/** Milliseconds after which a line counts as good: then the next loss starts with short waits again. */
export const GOOD_AFTER = 10_000;
/** Milliseconds: a line that was heard so lately need not be asked because the person is back. */
const HEARD_LATELY = 5_000;

/** @typedef {import("./socket.js").Line} Line */
/** @typedef {import("./wire.js").ServerFrame} ServerFrame */
/** @typedef {{state: "connecting" | "online" | "polling" | "offline" | "stopped", reason?: "asleep" | "penalty"}} Status */
/** @typedef {import("./lines.js").Tools} Tools */
/**
 * @typedef {object} Listening
 * @property {(frame: ServerFrame) => void} onFrame
 * @property {(code: number) => void} onLost what was under way may be lost; 0: another line takes over
 * @property {(status: Status) => void} onStatus
 */
/** @typedef {import("./lines.js").Place & Listening} Traveller who uses the road: where they stand, and what they hear */

export class Road {
  #session;
  #tools;
  #traveller;
  #lines;
  #backoff;
  /** @type {Presence | null} */
  #presence = null;
  /** @type {Line | null} */
  #line = null;
  /** A WebSocket that is tried while polling goes on. @type {Line | null} */
  #trial = null;
  /** Counts the tries, so that what an earlier one still brings is dropped. */
  #attempt = 0;
  #isWelcomed = false;
  /** The next try asks for the session first; this one did. */
  #mustCheck = true;
  #wasChecked = false;
  #failedHandshakes = 0;
  /** One reconnection at once, where the wire promises it; another one only after a line was good. */
  #mayHurry = true;
  #isHeld = false;
  #isStopped = false;
  /** @type {"no" | "shortly" | "asleep" | "penalty"} */
  #waits = "no";
  /** @type {Record<"wait" | "good" | "trial", unknown>} */
  #timers = { wait: null, good: null, trial: null };
  #heardAt = 0;

  /** @param {{company: string, session: import("./session.js").Session, tools: Tools, traveller: Traveller}} options */
  constructor({ company, session, tools, traveller }) {
    this.#session = session;
    this.#tools = tools;
    this.#traveller = traveller;
    this.#lines = new LineMaker({
      company,
      session,
      tools,
      place: traveller,
      onFrame: (frame, line) => this.#heard(frame, line),
      onClose: (code, line) => this.#closed(code, line),
      isVisible: () => this.#presence?.isVisible ?? true,
    });
    this.#backoff = new Backoff(tools.random);
  }

  start() {
    this.#presence = new Presence(this.#tools.page, {
      back: () => this.wake(),
      doubt: () => this.#isWelcomed && this.#line?.look(),
      away: () => this.#sleep(),
    });
    this.#traveller.onStatus({ state: "connecting" });
    void this.#connect();
  }

  /** Whether a frame can be sent now. */
  get isOpen() {
    return this.#isWelcomed && !this.#isHeld;
  }

  /** @param {import("./wire.js").Say | import("./wire.js").Choose} frame */
  send(frame) {
    this.#line?.send(frame);
  }

  /** Asks for what is new, over the line that there is. */
  ask() {
    this.#line?.ask();
  }

  /** The person or the network is back: do not wait any longer, and do not trust a silent line. */
  wake() {
    if (this.#isHeld || this.#isStopped || this.#waits === "penalty") return;
    if (this.#waits !== "no") {
      this.#backoff.asked();
      if (this.#waits === "asleep") this.#traveller.onStatus({ state: "connecting" });
      void this.#connect();
    } else if (this.#isWelcomed && this.#tools.now() - this.#heardAt > HEARD_LATELY) {
      this.#line?.look();
    }
  }

  /**
   * Does what changes the session, then goes on over a new line; no line is opened meanwhile.
   * @param {() => Promise<void>} work which must not raise
   */
  async exchange(work) {
    if (this.#isHeld || this.#isStopped) return;
    this.#isHeld = true;
    this.#attempt += 1;
    await work();
    this.#isHeld = false;
    if (this.#isStopped) return;
    this.#dropLine();
    this.#traveller.onLost(0);
    this.#hurry();
  }

  /** The session is gone, as a frame told rather than a close code. @param {number} code */
  lost(code) {
    this.#dropLine();
    this.#lost(code, true);
  }

  stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#attempt += 1;
    this.#presence?.stop();
    this.#tools.clearTimeout(this.#timers.wait);
    this.#dropLine();
    this.#traveller.onStatus({ state: "stopped" });
  }

  async #connect() {
    this.#tools.clearTimeout(this.#timers.wait);
    this.#waits = "no";
    const attempt = ++this.#attempt;
    this.#wasChecked = this.#mustCheck;
    if (this.#mustCheck) {
      try {
        await this.#session.open();
      } catch (error) {
        if (attempt === this.#attempt) this.#sessionFailed(error);
        return;
      }
      if (attempt !== this.#attempt) return;
    }
    try {
      this.#line = this.#isBlocked ? this.#lines.polling() : this.#lines.socket();
    } catch {
      this.#lost(BROKEN, false);
    }
  }

  get #isBlocked() {
    return this.#failedHandshakes >= BLOCKED_AFTER;
  }

  /** @param {ServerFrame} frame @param {Line} line */
  #heard(frame, line) {
    if (line === this.#trial && frame.type === "welcome") this.#takeOver(line);
    if (line !== this.#line) return;
    this.#heardAt = this.#tools.now();
    if (frame.type === "welcome" && !this.#isWelcomed) this.#welcomed();
    this.#traveller.onFrame(frame);
  }

  #welcomed() {
    const isPolling = this.#isBlocked;
    this.#isWelcomed = true;
    this.#mustCheck = false;
    if (!isPolling) this.#failedHandshakes = 0;
    this.#timers.good = this.#tools.setTimeout(() => {
      this.#backoff.reset();
      this.#mayHurry = true;
    }, GOOD_AFTER);
    if (isPolling) this.#tryASocketLater();
    this.#traveller.onStatus({ state: isPolling ? "polling" : "online" });
  }

  #tryASocketLater() {
    this.#timers.trial = this.#tools.setTimeout(() => {
      if (!this.#isHeld) this.#trial = this.#lines.trialSocket();
      else this.#tryASocketLater();
    }, TRY_SOCKET_EACH);
  }

  /** @param {Line} socket */
  #takeOver(socket) {
    this.#trial = null;
    this.#dropLine();
    this.#failedHandshakes = 0;
    this.#line = socket;
    this.#traveller.onLost(0);
  }

  /** @param {number} code @param {Line} line */
  #closed(code, line) {
    if (line === this.#trial) {
      this.#trial = null;
      this.#tryASocketLater();
    } else if (line === this.#line) {
      const wasWelcomed = this.#isWelcomed;
      this.#dropLine();
      this.#lost(code, wasWelcomed);
    }
  }

  #dropLine() {
    this.#line?.close();
    this.#trial?.close();
    this.#line = this.#trial = null;
    this.#isWelcomed = false;
    this.#tools.clearTimeout(this.#timers.good);
    this.#tools.clearTimeout(this.#timers.trial);
  }

  /** @param {number} code @param {boolean} wasWelcomed */
  #lost(code, wasWelcomed) {
    const wasBlocked = this.#isBlocked;
    // What broke a polling line is often another network: a WebSocket gets one more chance there.
    if (wasBlocked) this.#failedHandshakes = BLOCKED_AFTER - 1;
    else if (!wasWelcomed && !isSpoken(code) && this.#wasChecked) this.#failedHandshakes += 1;
    if (!wasWelcomed || wasBlocked) this.#mustCheck = true;
    this.#traveller.onLost(code);
    if (!this.#isHeld && !this.#isStopped) this.#goOn(code, wasWelcomed, !wasBlocked && this.#isBlocked);
  }

  /** @param {number} code @param {boolean} wasWelcomed @param {boolean} changesKind */
  #goOn(code, wasWelcomed, changesKind) {
    const plan = planAfter(code);
    if (plan === "ended") return this.stop();
    if (plan === "asleep") return this.#sleep();
    if (plan === "penalty") return this.#penalise();
    if (plan === "session" || plan === "renewed") this.#mustCheck = true;
    this.#traveller.onStatus({ state: wasWelcomed ? "connecting" : "offline" });
    if (changesKind) void this.#connect();
    else if (plan === "session" || plan === "renewed") this.#hurry();
    else this.#wait("shortly", plan === "spread" ? this.#backoff.afterRestart() : this.#backoff.next());
  }

  /** Connects at once, unless it just did and came to nothing. */
  #hurry() {
    if (!this.#mayHurry) return this.#wait("shortly", this.#backoff.next());
    this.#mayHurry = false;
    void this.#connect();
  }

  /** @param {unknown} error */
  #sessionFailed(error) {
    if (error instanceof SessionError && error.status === 429) return this.#goOn(TOO_MANY, false, false);
    this.#goOn(BROKEN, false, false);
  }

  #penalise() {
    this.#traveller.onStatus({ state: "offline", reason: "penalty" });
    this.#wait("penalty", this.#backoff.afterPenalty());
  }

  #sleep() {
    this.#attempt += 1;
    if (this.#line) {
      this.#dropLine();
      this.#traveller.onLost(0);
    }
    this.#tools.clearTimeout(this.#timers.wait);
    this.#waits = "asleep";
    this.#traveller.onStatus({ state: "offline", reason: "asleep" });
  }

  /** @param {"shortly" | "penalty"} why @param {number} ms */
  #wait(why, ms) {
    this.#waits = why;
    this.#timers.wait = this.#tools.setTimeout(() => void this.#connect(), ms);
  }
}
