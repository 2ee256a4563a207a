// A patch that is being checked: looks again by itself until the check is over.

const EACH = 2000; // milliseconds

/** Put what the server says now in place of what stands there; tells whether the check is over. */
async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok || answer.redirected) return true;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("verdict");
  const shown = document.getElementById("verdict");
  if (!fresh || !shown) return true;
  if (!("over" in fresh.dataset)) return false;
  shown.replaceChildren(...document.importNode(fresh, true).childNodes);
  return true;
}

async function follow() {
  try {
    if (await look()) return;
  } catch {
    // The network is away for a moment.
  }
  setTimeout(follow, EACH);
}

setTimeout(follow, EACH);

export {}; // a module: its names are its own
