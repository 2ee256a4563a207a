// Counts what arrived while nobody looked, for the tab's title and the launcher.

export class Unread {
  /** @param {import("./frame.js").Host} host */
  constructor(host) {
    this.host = host;
    this.title = document.title;
    this.count = 0;
    this.shut = false; // the panel around us is closed
    document.addEventListener("visibilitychange", () => this.#look());
    host.addEventListener("open", () => this.#shut(false));
    host.addEventListener("close", () => this.#shut(true));
  }

  get looking() {
    return !this.shut && document.visibilityState === "visible";
  }

  /** Takes in that a message of somebody else arrived. */
  arrived() {
    if (!this.looking) this.#set(this.count + 1);
  }

  /** @param {boolean} shut */
  #shut(shut) {
    this.shut = shut;
    this.#look();
  }

  #look() {
    if (this.looking) this.#set(0);
  }

  /** @param {number} count */
  #set(count) {
    if (count === this.count) return;
    this.count = count;
    document.title = count ? `(${count}) ${this.title}` : this.title;
    this.host.unread(count);
  }
}
