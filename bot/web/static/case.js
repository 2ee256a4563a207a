// Takes the reference of a case to the company's chat, in the fragment: it never reaches the server in an address.

const form = /** @type {HTMLFormElement} */ (document.getElementById("case"));
const reference = /** @type {HTMLInputElement} */ (document.getElementById("case-reference"));
const referenceFault = /** @type {HTMLElement} */ (document.getElementById("case-reference-fault"));
const companies = /** @type {HTMLElement} */ (document.getElementById("case-companies"));
const companyFault = /** @type {HTMLElement} */ (document.getElementById("case-company-fault"));

/**
 * Returns a reference as it is written on receipts; empty where what was typed can be none. Whether there is such a
 * case, and whether a letter was mistyped, is told in the chat.
 * @param {string} typed
 */
function written(typed) {
  const letters = typed.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
  const plain = /^[0-9A-Z]{9}$/.test(letters);
  return plain ? `${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8)}` : "";
}

/**
 * Shows or hides what is wrong with a field, for eyes and for screen readers.
 * @param {HTMLElement} field
 * @param {HTMLElement} fault
 * @param {boolean} wrong
 */
function mark(field, fault, wrong) {
  fault.hidden = !wrong;
  if (wrong) {
    field.setAttribute("aria-invalid", "true");
  } else {
    field.removeAttribute("aria-invalid");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const company = new FormData(form).get("company");
  const found = written(reference.value);
  mark(companies, companyFault, company === null);
  mark(reference, referenceFault, found === "");
  if (company === null) {
    form.querySelector("input")?.focus();
  } else if (found === "") {
    reference.focus();
  } else {
    location.assign(`/widget/${encodeURIComponent(String(company))}#case=${encodeURIComponent(found)}`);
  }
});

reference.addEventListener("input", () => mark(reference, referenceFault, false));
companies.addEventListener("change", () => mark(companies, companyFault, false));

form.hidden = false;
