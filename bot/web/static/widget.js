// The launcher on a company's page. Until it is opened it loads and stores nothing; of the chat it knows only whether it
// is open, how high, and how many messages are new. The server puts MBUROJA, the company's looks, in front.

// @ts-ignore
const { id, words, brand, onBrand, brandDark, onBrandDark } = MBUROJA;
const ours = new URL(import.meta.url).origin;
const address = `${ours}/widget/${id}`;
const TAG = "mburoja-chat";

// On the host, what is important here wins over the page's own styles.
const STYLES = `:host{all:initial!important;position:fixed!important;z-index:2147483000!important;
color-scheme:light dark!important;bottom:calc(16px + env(safe-area-inset-bottom))!important;
right:calc(var(--place)*68px + 16px + env(safe-area-inset-right))!important}
:host([data-open]){z-index:2147483001!important}
button{--back:${brand};--front:${onBrand};position:relative;z-index:1;width:56px;height:56px;padding:14px;cursor:pointer;
border:2px solid var(--front);border-radius:50%;background:var(--back);color:var(--front);box-shadow:0 2px 9px #0006}
button:focus-visible{outline:3px solid var(--front);box-shadow:0 0 0 6px var(--back)}
svg{display:block;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-6px;right:-6px;min-width:14px;padding:0 5px;border:2px solid #fff;border-radius:12px;
background:#b00020;color:#fff;font:700 13px/20px sans-serif}
p{position:absolute;margin:0;clip-path:inset(50%)}
div{position:fixed;right:calc(16px + env(safe-area-inset-right));width:400px;
bottom:calc(84px + env(safe-area-inset-bottom) + max(0px,100dvh - var(--seen,100dvh) - var(--top,0px)));
height:min(clamp(320px,var(--wanted,640px),640px),var(--seen,100dvh) - 100px);box-sizing:border-box;overflow:hidden;
border:1px solid GrayText;border-radius:12px;background:Canvas;box-shadow:0 2px 9px #0006}
iframe{width:100%;height:100%;border:0}
b:empty,:host(:not([data-open])) div{display:none}
@media (width<480px),(height<=480px){div{inset:var(--top,0) 0 auto;width:auto;height:var(--seen,100dvh);border:0;border-radius:0;
padding:env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left)}
:host([data-open=true]) button{display:none}}
@media (prefers-color-scheme:dark){button{--back:${brandDark};--front:${onBrandDark}}}
@media print{:host{display:none!important}}`;

/** @param {Element} element @param {Record<string, unknown>} given */
function set(element, given) {
  for (const name in given) element.setAttribute(name, `${given[name]}`);
}

/** @param {number} place how many launchers of other companies stand to its right */
function start(place) {
  const host = document.createElement(TAG);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];

  const [button, badge, panel, news] = ["button", "b", "div", "p"].map((tag) => document.createElement(tag));
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  set(host, { "data-company": id });
  host.style.setProperty("--place", `${place}`);
  set(button, { type: "button", "aria-haspopup": "dialog", title: words.launcher });
  set(svg, { viewBox: "0 0 24 24" });
  set(panel, { role: "dialog", "aria-label": words.frame });
  set(news, { role: "status" });
  svg.append(path);
  button.append(svg, badge);
  root.append(button, panel, news);

  /** @type {HTMLIFrameElement | null} */
  let frame = null;
  let isOpen = false;
  let isReady = false;
  let failures = 0;
  let count = 0;

  const show = () => {
    const name = isOpen ? words.close : words.open;
    const told = isOpen || !count ? "" : count > 1 ? words.newMessages.replace("{count}", count) : words.newMessage;
    badge.textContent = told && `${Math.min(count, 99)}`;
    news.textContent = told;
    set(path, { d: isOpen ? "M6 6l12 12M18 6L6 18" : "M4 4h16v12H9l-5 4zM8 8h8M8 12h5" });
    set(button, { "aria-expanded": isOpen, "aria-label": told ? `${name}, ${told}` : name });
    if (isOpen) set(host, { "data-open": isReady });
    else host.removeAttribute("data-open");
  };

  /** @param {string} type */
  const tell = (type) => isReady && frame?.contentWindow?.postMessage({ mburoja: 1, type }, ours);

  const enter = () => {
    frame?.focus();
    tell("open");
  };

  const open = () => {
    // Where no frame comes up, perhaps by the page's own policy, the chat gets its own tab.
    if (failures > 1) return void window.open(address, "_blank", "noopener");
    // One open chat at a time on a page.
    dispatchEvent(new CustomEvent(TAG));
    isOpen = true;
    show();
    if (!frame) {
      frame = document.createElement("iframe");
      set(frame, { title: words.frame, allow: "clipboard-write", src: address });
      panel.append(frame);
    }
    enter();
  };

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    tell("close");
    if (!isReady) {
      frame?.remove();
      frame = null;
      failures += 1;
    }
    show();
  };

  const leave = () => {
    close();
    button.focus();
  };

  button.onclick = () => (isOpen ? leave() : open());
  button.onkeydown = ({ key }) => {
    if (key === "Escape") close(); // what a handler like this returns must not be false: that would stop every other key
  };
  addEventListener(TAG, close);
  document.addEventListener("securitypolicyviolation", ({ disposition, blockedURI }) => {
    if (!isOpen || isReady || disposition !== "enforce" || !blockedURI.startsWith(ours)) return;
    failures = 2;
    close();
    open();
  });

  addEventListener("message", ({ isTrusted, origin, source, data }) => {
    if (!isTrusted || origin !== ours || !source || source !== frame?.contentWindow || data?.mburoja !== 1) return;
    const { type } = data;
    if (type === "close" && isOpen) leave();
    if (type === "size" && data.height >= 0) panel.style.setProperty("--wanted", `${data.height}px`);
    if (type === "unread" && data.count >= 0) count = Math.trunc(data.count);
    else if (type === "open") isReady = true;
    else return;
    show();
    if (isReady && isOpen && type === "open") enter();
  });

  // What an on-screen keyboard leaves to be seen, unless somebody has zoomed in.
  const view = window.visualViewport;
  const fit = () => {
    if (!view || view.scale > 1.01) return;
    panel.style.setProperty("--seen", `${view.height}px`);
    panel.style.setProperty("--top", `${view.offsetTop}px`);
  };
  for (const name of ["resize", "scroll"]) view?.addEventListener(name, fit);

  fit();
  show();
  document.body.append(host);
}

const launchers = document.querySelectorAll(TAG);
if (![...launchers].some((one) => one.matches(`[data-company=${id}]`))) start(launchers.length);
