// Keys of the queue of reviews: j and k move, o opens, a assigns. A person can switch them off (WCAG 2.1.4);
// the choice is kept in this browser. Everything they do is a link or a button of the page as well.
(() => {
  "use strict";

  const KEPT = "review-keys";
  const queue = document.querySelector("[data-review-queue]");
  const choice = document.querySelector("[data-review-keys]");
  if (!queue || !choice) {
    return;
  }
  const links = [...queue.querySelectorAll("[data-review-open]")];

  /** Browsers may keep nothing, as in a private window: then the choice lasts as long as the page. */
  function kept() {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  }

  function keep(value) {
    try {
      localStorage.setItem(KEPT, value);
    } catch {
      // The box on the page counts all the same.
    }
  }

  function here() {
    const row = document.activeElement?.closest("tr");
    return links.findIndex((link) => row?.contains(link));
  }

  function move(step) {
    const at = here();
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
  }

  function assign() {
    const row = links[here()]?.closest("tr");
    row?.querySelector("[data-review-assign]")?.click();
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    o: () => links[here()]?.click(),
    a: assign,
  };

  function isTyping(target) {
    return target.closest("input, select, textarea, [contenteditable]") !== null && target !== choice;
  }

  choice.checked = kept() !== "off";
  choice.addEventListener("change", () => keep(choice.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : null;
    const isChord = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (!action || isChord || !choice.checked || isTyping(event.target)) {
      return;
    }
    event.preventDefault();
    action();
  });
})();
