// Fits the page above an on-screen keyboard in browsers that lay the keyboard over the page. It knows only sizes.

export function fitAboveKeyboard() {
  const view = window.visualViewport;
  if (!view || window.parent !== window) return;
  view.addEventListener("resize", () => {
    if (view.scale > 1.01) return; // the person zooms: then it is no keyboard
    document.documentElement.style.setProperty("--view", `${view.height}px`);
    window.scrollTo(0, 0);
  });
}
