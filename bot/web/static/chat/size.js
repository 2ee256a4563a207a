// Tells the page around us how high all of this would like to be. It knows elements and no message.

/**
 * @param {import("./frame.js").Host} host
 * @param {HTMLElement} chat
 * @param {HTMLElement} scroller the part of it that gives way
 */
export function tellSize(host, chat, scroller) {
  if (!host.embedded) return;
  let told = 0;
  const measure = () => {
    const [first, last] = [scroller.firstElementChild, scroller.lastElementChild];
    if (!first || !last) return;
    const said = last.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
    const { paddingTop, paddingBottom } = getComputedStyle(scroller);
    const around = chat.offsetHeight - scroller.clientHeight + parseFloat(paddingTop) + parseFloat(paddingBottom);
    const height = Math.ceil(said + around);
    if (height !== told) host.size(height);
    told = height;
  };
  const observer = new ResizeObserver(measure);
  for (const part of [chat, scroller, ...scroller.children]) observer.observe(part);
}
