/**
 * Keeps an open page up to date (the console's queue) or tells that it no longer is (a case); and says that somebody is
 * still at work on a case. Without it every page works the same, once it is opened again.
 *
 * What it goes by are attributes of one element:
 *   data-live            where to listen ("/console/live", "/console/live?reference=…")
 *   data-live-stamp      what the page was made of: the stamp of the queue, the edition of the case
 *   data-live-fragment   where the pieces of the page come from; each `data-piece` is put in place of the one there
 *   data-live-claim      where to tell, with data-csrf, that the page is still looked at
 * and inside it: `data-live-note` (hidden; shown when there is something new), `data-live-gone` (hidden; the session is
 * over), `data-live-announce` (with data-one and data-many).
 */

import { swap } from "./swapping.js";

const SOONEST = 3_000; // ms between two fetches, however much happens
const COME_BACK = 30_000; // ms, where the server has no room, or is away
const SIGN_OF_LIFE = 180_000; // ms; a claim lasts ten minutes

/** @param {HTMLElement} root */
function follow(root) {
  const { live, liveFragment, liveClaim, csrf } = root.dataset;
  const page = new LivePage(root);
  if (live) {
    listen(live, (stamp) => page.hear(stamp, liveFragment));
  }
  if (liveClaim && csrf) {
    signLife(liveClaim, csrf, () => page.note());
  }
}

/**
 * @param {string} address
 * @param {(stamp: string) => void} hear
 */
function listen(address, hear) {
  const source = new EventSource(address);
  source.addEventListener("message", (event) => hear(event.data));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      // A browser comes back by itself only where the connection broke, not where it was refused.
      setTimeout(() => listen(address, hear), COME_BACK);
    }
  });
  window.addEventListener("pagehide", () => source.close(), { once: true });
  // A page that comes out of the browser's cache is as old as it was when it was left.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload(), { once: true });
}

class LivePage {
  /** @type {string | undefined} */
  #stamp;
  #root;
  #fetching = false;
  #again = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#stamp = root.dataset.liveStamp;
  }

  /**
   * @param {string} stamp
   * @param {string | undefined} fragment
   */
  hear(stamp, fragment) {
    if (stamp === this.#stamp) {
      return;
    }
    this.#stamp = stamp;
    if (fragment) {
      void this.#refresh(fragment);
    } else {
      this.note();
    }
  }

  /** Tells that there is something new to look at. */
  note() {
    this.#show("[data-live-note]");
  }

  /** @param {string} fragment */
  async #refresh(fragment) {
    if (this.#fetching) {
      this.#again = true;
      return;
    }
    this.#fetching = true;
    do {
      this.#again = false;
      await untilQuiet(this.#root);
      try {
        await this.#fetch(fragment);
      } catch {
        // The server is away: the next sign of it tells that something changed.
        this.#stamp = undefined;
      }
      await pause(SOONEST);
    } while (this.#again);
    this.#fetching = false;
  }

  /** @param {string} fragment */
  async #fetch(fragment) {
    const answer = await fetch(fragment, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      this.#show("[data-live-gone]");
      return;
    }
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const added = swap(this.#root, new DOMParser().parseFromString(await answer.text(), "text/html"));
    this.#announce(added);
  }

  /** @param {number} added */
  #announce(added) {
    const place = this.#root.querySelector("[data-live-announce]");
    if (added > 0 && place instanceof HTMLElement) {
      const words = (added === 1 ? place.dataset.one : place.dataset.many) ?? "";
      place.textContent = words.replace("{count}", String(added));
    }
  }

  /** @param {string} which */
  #show(which) {
    const place = this.#root.querySelector(which);
    if (place instanceof HTMLElement) {
      place.hidden = false;
    }
  }
}

/**
 * Waits until the page is looked at, and nothing on it is marked: what somebody reads or copies is not taken away.
 * @param {HTMLElement} root
 */
async function untilQuiet(root) {
  for (;;) {
    const selection = document.getSelection();
    const marked = selection && !selection.isCollapsed && selection.anchorNode && root.contains(selection.anchorNode);
    if (document.visibilityState === "visible" && !marked) {
      return;
    }
    await pause(500);
  }
}

/**
 * @param {string} address
 * @param {string} csrf
 * @param {() => void} lost
 */
function signLife(address, csrf, lost) {
  let last = Date.now();
  const say = async () => {
    if (document.visibilityState !== "visible" || Date.now() - last < SIGN_OF_LIFE) {
      return;
    }
    last = Date.now();
    const body = new URLSearchParams({ csrf, once: crypto.randomUUID() });
    try {
      const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
      if (answer.status === 409 || answer.status === 403) {
        lost();
      }
    } catch {
      // The next one may come through; the claim holds for longer than one that is lost.
    }
  };
  setInterval(say, SIGN_OF_LIFE / 12);
  document.addEventListener("visibilitychange", say);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

const root = document.querySelector("[data-live]");
if (root instanceof HTMLElement) {
  follow(root);
}
