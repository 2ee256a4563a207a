// Makes and finds elements. What is given as text becomes text nodes, never markup (R26).

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * Makes an element. `true` sets an empty attribute; `false`, null and undefined set none.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/**
 * Makes a button that submits nothing.
 * @param {Attributes} attributes
 * @param {() => void} press
 * @param {...Child} children
 */
export function button(attributes, press, ...children) {
  const made = make("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", press);
  return made;
}

/**
 * Finds an element of the page's fixed parts. Throws when the page lacks it.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function find(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} called ${id}`);
  return found;
}

/**
 * Text that is read aloud and not seen.
 * @param {string} text
 */
export const unseen = (text) => make("span", { class: "unseen" }, text);

/** @param {Element} element @param {string} name @param {boolean} on */
export function mark(element, name, on) {
  if (on) element.setAttribute(name, "true");
  else element.removeAttribute(name);
}
