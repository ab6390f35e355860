// Forms that work without this: tooltips close with Escape and open with a tap, secrets can be shown, and the
// error summary gets the focus. No dependencies; listens on the document, so parts swapped in later work too.
(() => {
  "use strict";

  const CLICK_MS = 100;
  let openBeforePress = false;
  let pressed = null;

  const tipOf = (element) => element.closest?.(".sf-tip") ?? null;
  const isOpen = (tip) => getComputedStyle(tip.querySelector(".sf-tip-text")).display !== "none";

  function openTips() {
    return [...document.querySelectorAll(".sf-tip")].filter(isOpen);
  }

  // A text that closes moves what is below it. During a press nothing moves, or the press would miss its target.
  document.addEventListener("pointerdown", (event) => {
    pressed = event.target;
    openBeforePress = openTips().includes(tipOf(pressed));
    for (const tip of openTips()) {
      tip.dataset.sfTip = "open";
    }
  });

  function release() {
    const kept = pressed && tipOf(pressed);
    pressed = null;
    for (const tip of document.querySelectorAll('.sf-tip[data-sf-tip="open"]')) {
      if (tip !== kept) {
        tip.removeAttribute("data-sf-tip");
      }
    }
  }
  // On a touch screen the click comes a little after the finger has left.
  document.addEventListener("pointerup", () => setTimeout(release, CLICK_MS));
  document.addEventListener("pointercancel", release);

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".sf-tip-button");
    if (button) {
      const tip = tipOf(button);
      const byKeyboard = event.detail === 0;
      const closes = event.pointerType === "mouse" ? false : byKeyboard ? isOpen(tip) : openBeforePress;
      tip.dataset.sfTip = closes ? "closed" : "open";
    }
    const reveal = event.target.closest("[data-sf-reveal]");
    if (reveal) {
      const input = document.getElementById(reveal.dataset.sfReveal);
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      reveal.firstElementChild.textContent = show ? "Hide" : "Show";
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const tip of openTips()) {
        tip.dataset.sfTip = "closed";
      }
    }
  });

  // A closed tip may open again once the pointer and the focus have left it.
  function forget(event) {
    const tip = tipOf(event.target);
    if (!pressed && tip && !tip.contains(event.relatedTarget)) {
      tip.removeAttribute("data-sf-tip");
    }
  }
  document.addEventListener("focusout", forget);
  document.addEventListener("pointerout", (event) => event.pointerType === "mouse" && forget(event));

  function prepare() {
    for (const button of document.querySelectorAll("[data-sf-reveal][hidden]")) {
      button.hidden = false;
    }
    document.querySelector("[data-sf-summary]")?.focus();
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", prepare);
  } else {
    prepare();
  }
  document.addEventListener("htmx:afterSettle", prepare);
})();
