// Small conveniences on pages that work without them. No dependencies.
(() => {
  "use strict";

  const YEAR_SECONDS = 365 * 24 * 3600;
  const COPIED_MS = 2000;
  const MINUTE_MS = 60 * 1000;
  const UNITS = [["year", YEAR_SECONDS], ["month", 30 * 86400], ["day", 86400], ["hour", 3600], ["minute", 60]];

  function say(text) {
    const live = document.getElementById("live");
    if (live) {
      live.textContent = text;
    }
  }

  // --- Theme: the server reads the cookie, so the next page arrives in the right colours. ---
  function chooseTheme(theme) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    if (theme === "auto") {
      document.documentElement.removeAttribute("data-bs-theme");
      document.cookie = `theme=; Path=/; Max-Age=0; SameSite=Lax${secure}`;
    } else {
      document.documentElement.setAttribute("data-bs-theme", theme);
      document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
    }
  }

  // --- Copy ---
  function copyWithoutClipboard(text) {
    // Browsers hide navigator.clipboard from pages that are not HTTPS or localhost.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }

  async function copy(button) {
    const source = button.closest("[data-copy-scope]");
    const text = button.dataset.copy || source.querySelector("code").textContent;
    let copied = false;
    try {
      await navigator.clipboard.writeText(text);
      copied = true;
    } catch {
      copied = copyWithoutClipboard(text);
      button.focus();
    }
    say("");
    button.classList.toggle("is-copied", copied);
    say(copied ? "Copied" : "Your browser did not allow copying");
    setTimeout(() => button.classList.remove("is-copied"), COPIED_MS);
  }

  // --- Demo logins ---
  function fillLogin(button) {
    const form = document.getElementById("login-form");
    form.elements.login.value = button.dataset.email;
    form.elements.password.value = button.dataset.password;
    form.querySelector("[type=submit]").focus();
    say(`Filled in ${button.dataset.email}. Press Sign in.`);
  }

  // --- JSON tree ---
  function openAll(button) {
    const open = button.dataset.tree === "open";
    for (const part of button.closest(".json-tree").querySelectorAll("details")) {
      part.open = open;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-code], [data-email], [data-tree]");
    if (button?.matches("[data-copy], [data-copy-code]")) {
      copy(button);
    } else if (button?.matches("[data-email]")) {
      fillLogin(button);
    } else if (button) {
      openAll(button);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-theme-choice]")) {
      chooseTheme(event.target.value);
    }
  });

  // --- Busy: the pressed button says what is happening; a second press does nothing. ---
  const idleLabels = new Map();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("aria-busy")) {
      event.preventDefault();
      return;
    }
    const button = event.submitter;
    const text = button?.dataset.busy || form.dataset.busy;
    if (!text || event.defaultPrevented) {
      return;
    }
    form.setAttribute("aria-busy", "true");
    if (button) {
      const label = button.querySelector("[data-busy-label]") || button;
      idleLabels.set(label, [...label.childNodes]);
      button.setAttribute("aria-disabled", "true");
      label.replaceChildren(text);
    }
    say(text);
  });

  function idle() {
    for (const form of document.querySelectorAll("form[aria-busy]")) {
      form.removeAttribute("aria-busy");
    }
    for (const [label, nodes] of idleLabels) {
      label.replaceChildren(...nodes);
      label.closest("button").removeAttribute("aria-disabled");
    }
    idleLabels.clear();
  }
  // Coming back with the browser's Back button shows the page as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && idle());
  document.addEventListener("htmx:afterRequest", idle);

  // --- Times ---
  function relative(date) {
    const seconds = Math.round((date - Date.now()) / 1000);
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || ["second", 1];
    return words.format(Math.round(seconds / size), unit);
  }

  function refreshTimes() {
    for (const time of document.querySelectorAll("time[data-time]")) {
      const words = relative(new Date(time.dateTime));
      if (time.dataset.time === "relative") {
        time.textContent = words;
      } else {
        time.title = words;
      }
    }
  }
  refreshTimes();
  setInterval(refreshTimes, MINUTE_MS);
  document.addEventListener("htmx:afterSettle", refreshTimes);

  // --- Focus: what the server marked, for example the summary of a form's errors. ---
  document.querySelector("[data-focus]")?.focus();
})();
