// What a closed line means for the next one: the wire's close codes, as a table. It knows no timer and no socket.

/**
 * again: after a back-off · spread: the same, spread wider, for everybody was sent away at once · renewed: another tab
 * renewed the session · session: ours is gone, ask for one · penalty: not within a minute · asleep: when the person is
 * back · ended: never
 * @typedef {"again" | "spread" | "renewed" | "session" | "penalty" | "asleep" | "ended"} Plan
 */

/** The close code of a line that broke without one. */
export const BROKEN = 1006;
export const TOO_LONG = 1009;
export const RENEWED = 4001;
export const FORGOTTEN = 4003;
export const TOO_MANY = 4029;
export const NO_SESSION = 4401;

/** @type {Map<number, Plan>} */
const PLANS = new Map([
  [TOO_LONG, "again"],
  [1012, "spread"],
  [4000, "penalty"],
  [RENEWED, "renewed"],
  [FORGOTTEN, "ended"],
  [4008, "again"],
  [4009, "asleep"],
  [TOO_MANY, "penalty"],
  [NO_SESSION, "session"],
]);

/** @param {number} code @returns {Plan} */
export function planAfter(code) {
  return PLANS.get(code) ?? "again";
}

/** @param {number} code @returns {boolean} whether a server spoke, so that the way to it is open */
export function isSpoken(code) {
  return PLANS.has(code);
}
