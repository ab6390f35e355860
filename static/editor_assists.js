// Beside the editor: template fields at a click, and a preview that follows what is saved. No dependencies.
(() => {
  "use strict";

  const TEXTS = "textarea, input[type=text], input[type=url], input:not([type])";
  let last = null;

  document.addEventListener("focusin", (event) => {
    if (event.target.matches(TEXTS) && !event.target.readOnly) {
      last = event.target;
    }
  });

  function insert(template) {
    if (!last?.isConnected) {
      return false;
    }
    const from = last.selectionStart ?? last.value.length;
    const to = last.selectionEnd ?? from;
    // Widgets drawn by React, as django-jsonform's are, only see what goes through the browser's own setter.
    const kind = last instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    const { set } = Object.getOwnPropertyDescriptor(kind.prototype, "value");
    set.call(last, last.value.slice(0, from) + template + last.value.slice(to));
    last.dispatchEvent(new Event("input", { bubbles: true }));
    last.dispatchEvent(new Event("change", { bubbles: true }));
    last.focus();
    last.setSelectionRange?.(from + template.length, from + template.length);
    return true;
  }

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-chip]");
    if (!chip) {
      return;
    }
    const done = insert(chip.dataset.chip);
    const live = document.getElementById("live");
    if (live) {
      live.textContent = done ? `${chip.dataset.chip} inserted` : "Click into a field first, then on a chip.";
    }
  });

  document.addEventListener("draft-saved", () => {
    for (const frame of document.querySelectorAll("iframe[data-preview]")) {
      frame.contentWindow.location.reload();
    }
  });
})();
