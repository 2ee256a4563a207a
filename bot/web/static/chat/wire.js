// The frames that cross between this page and the server, and the guard that reads them. It knows their shapes and
// nothing of sockets, of order, or of what is shown.

/** Bytes of one frame, as UTF-8: the server closes the socket on a longer one (R24). */
export const LONGEST_FRAME = 16 * 1024;

/** @typedef {{type: "paragraph", text: string}} Paragraph */
/** @typedef {{type: "quote", text: string, company: string, clause: string, url: string, source: string}} Quote */
/** @typedef {{label: string, value: string}} Labelled */
/** @typedef {Labelled & {lasting?: boolean}} Choice lasting: others of the same reply can be picked after it */
/** @typedef {{type: "choices", prompt: string, items: Choice[]}} Choices */
/** @typedef {{type: "receipt", reference: string, fields: Labelled[]}} Receipt */
/** @typedef {{type: "link", label: string, url: string}} Link */
/** @typedef {Paragraph | Quote | Choices | Receipt | Link} Block */

/** @typedef {{type: "hello", last_seq: number, conversation?: string, session?: string}} Hello */
/** @typedef {{type: "say", id: string, text: string}} Say */
/** @typedef {{type: "choose", id: string, value: string}} Choose */
/** @typedef {Hello | Say | Choose} ClientFrame */

/**
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {number} seq the conversation's last number
 * @property {string} [conversation] its name, by which a page that was away learns that it is another one
 */
/**
 * @typedef {object} Message
 * @property {"message"} type
 * @property {number} seq its number in the conversation, from 1
 * @property {"bot" | "dpo" | "you"} from
 * @property {string} time the hour, as it is shown
 * @property {string} day the day, as it is shown
 * @property {Block[]} blocks
 */
/** @typedef {{type: "ack", id: string, seq: number}} Ack */
/**
 * @typedef {object} CodeState
 * @property {number} seconds what is left of the code's life
 * @property {number} tries tries left
 * @property {number} resend_seconds until a new code may be asked for
 * @property {string} resend the value to choose for a new code
 */
/** @typedef {{type: "state", expects: "text" | "number" | "code", held: boolean, code?: CodeState}} State */
/** @typedef {{type: "typing"}} Typing */
/** @typedef {{type: "renew", ticket: string}} Renew */
/** @typedef {{type: "forgotten", text: string}} Forgotten */
/**
 * @typedef {object} WireError
 * @property {"error"} type
 * @property {string} code
 * @property {string} text what the person reads
 * @property {string} [id] the message that it is about
 * @property {number} [retry_seconds]
 */
/** @typedef {Welcome | Message | Ack | State | Typing | Renew | Forgotten | WireError} ServerFrame */

/** @typedef {Record<string, unknown>} Fields */

/** @param {unknown} value @returns {value is Fields} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === "string";
/** @param {unknown} value @returns {value is number} */
const isCount = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
/** @type {(value: unknown) => boolean} */
const isMoment = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
/** @type {(value: unknown) => boolean} */
const isLabelled = (value) => isObject(value) && isText(value.label) && isText(value.value);
/** @type {(value: unknown) => boolean} */
const areLabelled = (value) => Array.isArray(value) && value.every(isLabelled);

/** @type {Record<string, (block: Fields) => boolean>} */
const BLOCKS = {
  paragraph: (block) => isText(block.text),
  quote: (block) => ["text", "company", "clause", "url", "source"].every((name) => isText(block[name])),
  choices: (block) => isText(block.prompt) && areLabelled(block.items),
  receipt: (block) => isText(block.reference) && areLabelled(block.fields),
  link: (block) => isText(block.label) && isText(block.url),
};

/** @type {(value: unknown) => boolean} */
const isBlock = (value) => isObject(value) && isText(value.type) && !!own(BLOCKS, value.type)?.(value);

/** @type {(code: unknown) => boolean} */
const isCode = (code) =>
  isObject(code) && isMoment(code.seconds) && isCount(code.tries) && isMoment(code.resend_seconds) && isText(code.resend);

/** @type {Record<string, (frame: Fields) => boolean>} */
const FRAMES = {
  welcome: (frame) => isCount(frame.seq) && (frame.conversation === undefined || isText(frame.conversation)),
  message: (frame) =>
    isCount(frame.seq) &&
    isOneOf(frame.from, ["bot", "dpo", "you"]) &&
    isText(frame.time) &&
    isText(frame.day) &&
    Array.isArray(frame.blocks),
  ack: (frame) => isText(frame.id) && isCount(frame.seq),
  state: (frame) =>
    isOneOf(frame.expects, ["text", "number", "code"]) &&
    typeof frame.held === "boolean" &&
    (frame.code === undefined || isCode(frame.code)),
  typing: () => true,
  renew: (frame) => isText(frame.ticket),
  forgotten: (frame) => isText(frame.text),
  error: (frame) =>
    isText(frame.code) &&
    isText(frame.text) &&
    (frame.id === undefined || isText(frame.id)) &&
    (frame.retry_seconds === undefined || isMoment(frame.retry_seconds)),
};

/**
 * Reads what a socket brought: the frame, or null for anything that is none.
 * @param {unknown} data
 * @returns {ServerFrame | null}
 */
export function readFrame(data) {
  if (typeof data !== "string") return null;
  try {
    return checkFrame(JSON.parse(data));
  } catch {
    return null;
  }
}

/**
 * Reads what `POST /api/chat` answered: its frames in order, without those that are malformed.
 * @param {unknown} body
 * @returns {ServerFrame[]}
 */
export function readFrames(body) {
  if (!isObject(body)) return [];
  const values = Array.isArray(body.frames) ? body.frames : [body];
  return values.map(checkFrame).filter((frame) => frame !== null);
}

/**
 * A block of a kind that this page does not know is left out, and the message stands without it: to drop the message
 * would be to ask for it for ever.
 * @param {unknown} value
 * @returns {ServerFrame | null}
 */
function checkFrame(value) {
  if (!isObject(value) || !isText(value.type) || !own(FRAMES, value.type)?.(value)) return null;
  if (value.type === "message") value.blocks = /** @type {unknown[]} */ (value.blocks).filter(isBlock);
  return /** @type {ServerFrame} */ (/** @type {unknown} */ (value));
}

/** @param {unknown} value @param {string[]} names */
function isOneOf(value, names) {
  return isText(value) && names.includes(value);
}

/**
 * The entry of a table under a name that came from outside: never what every object inherits ("constructor").
 * @template T
 * @param {Record<string, T>} table
 * @param {string} name
 * @returns {T | undefined}
 */
function own(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** @param {ClientFrame} frame @returns {number} bytes on the wire */
export function sizeOf(frame) {
  return new TextEncoder().encode(JSON.stringify(frame)).length;
}
