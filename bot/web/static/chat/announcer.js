// Says things to screen readers, politely, from a live region apart from the transcript. It knows no message.

const LONGEST = 400; // characters of one announcement: the message itself can be read in the transcript
const STAYS = 8000; // ms; then it is taken away, so that nobody finds it while reading the page

export class Announcer {
  /** @param {HTMLElement} region the live region; it must be in the page before anything is said */
  constructor(region) {
    this.region = region;
  }

  /** @param {string} text what is cut when it is long @param {string} [after] what is not */
  say(text, after = "") {
    if (!text) return;
    const line = document.createElement("p");
    line.textContent = `${shortened(text)} ${after}`.trim();
    this.region.append(line);
    setTimeout(() => line.remove(), STAYS);
  }

  clear() {
    this.region.replaceChildren();
  }
}

/** Cuts at the end of a sentence where there is one, else at a word. @param {string} text */
export function shortened(text) {
  if (text.length <= LONGEST) return text;
  const head = text.slice(0, LONGEST);
  const sentence = head.search(/[.!?:][^.!?:]*$/);
  if (sentence > LONGEST / 2) return head.slice(0, sentence + 1) + " …";
  return head.slice(0, head.lastIndexOf(" ")) + " …";
}
