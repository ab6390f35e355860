// The listing editor: it saves by itself, keeps both tabs of a nested part the same, and guards what is unsaved.
// Everything works without it by the button Save. After a save the document gets the event "draft-saved".
(() => {
  "use strict";

  const PAUSE_MS = 1000;
  const form = document.querySelector("form[data-editor]");
  const guarded = form || document.querySelector("form[data-guard]");
  if (!guarded) {
    return;
  }
  const state = document.getElementById("save-state");
  const savesItself = form?.hasAttribute("data-saves-itself") ?? false;
  let stored = null; // what the form held when it was saved last
  let timer = 0;
  let saving = null;
  let isLeaving = false;
  let isStale = false;
  let shownFaults = {};
  let edits = 0; // how often somebody typed or pressed something
  let settled = ["", state?.textContent.trim() || ""]; // what is said when nothing is unsaved

  function contents() {
    const data = new FormData(guarded);
    data.delete("csrfmiddlewaretoken");
    data.delete("revision");
    for (const tab of guarded.querySelectorAll("[data-tab]")) {
      data.delete(tab.name); // to look at the other tab is no change
    }
    return new URLSearchParams(data).toString();
  }

  function isUnsaved() {
    return stored !== null && contents() !== stored;
  }

  function show(kind, text) {
    if (state && state.textContent.trim() !== text) {
      state.dataset.state = kind;
      state.textContent = text;
    }
  }

  // --- What is wrong, at each box -------------------------------------------------------------
  function line(text, refused) {
    const item = document.createElement("li");
    const mark = document.createElement("span");
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = refused ? "✕" : "⚠";
    const words = document.createElement("span");
    words.textContent = refused ? `Not saved. ${text}` : text;
    item.classList.toggle("is-refused", refused);
    item.append(mark, words);
    return item;
  }

  function showFaults(faults, refused) {
    shownFaults = faults;
    for (const list of document.querySelectorAll("[data-faults]")) {
      const name = list.dataset.faults;
      const told = [
        ...(refused[name] || []).map((text) => line(text, true)),
        ...(faults[name] || []).map((text) => line(text, false)),
      ];
      list.replaceChildren(...told);
      const box = list.closest(".box").querySelector(".form-control");
      if (box) {
        box.toggleAttribute("aria-invalid", told.length > 0);
        if (told.length > 0) {
          box.setAttribute("aria-invalid", "true");
        }
      }
    }
  }

  // --- The two tabs of a nested part ----------------------------------------------------------
  function builderOf(part) {
    const area = part.querySelector("[data-django-jsonform]");
    return area && window.reactJsonForm?.getFormInstance(`${area.id}_jsonform`);
  }

  /** django-jsonform draws labels that belong to no box. Each box gets its own: "Query parameters 2, Name". */
  function nameBoxes(builder) {
    for (const box of builder.querySelectorAll("input, select, textarea")) {
      const row = box.closest(".rjf-form-row");
      const own = row?.querySelector("label")?.textContent.trim();
      const parts = [];
      for (let group = row?.parentElement; group && builder.contains(group); group = group.parentElement) {
        const title = group.matches(".rjf-form-group") && group.querySelector(".rjf-form-group-title");
        if (title) {
          parts.unshift(title.firstChild.textContent.trim());
        }
      }
      const place = (box.name.match(/\d+/g) || []).map((digits) => Number(digits) + 1).join(".");
      const label = [parts.slice(-2).join(", "), place, own].filter(Boolean).join(" ");
      if (box.getAttribute("aria-label") !== label) {
        box.setAttribute("aria-label", label);
      }
    }
    for (const button of builder.querySelectorAll("button")) {
      const group = button.closest(".rjf-form-group, .rjf-form-group-wrapper");
      const title = group?.querySelector(".rjf-form-group-title")?.firstChild.textContent.trim() || "";
      const label = `${button.title || button.textContent.trim()}${title ? `: ${title}` : ""}`;
      if (button.getAttribute("aria-label") !== label) {
        button.setAttribute("aria-label", label);
      }
    }
  }

  for (const builder of document.querySelectorAll("[data-builder]")) {
    const naming = new MutationObserver(() => nameBoxes(builder));
    naming.observe(builder, { childList: true, subtree: true });
    nameBoxes(builder);
  }

  function tabOf(part) {
    return part.querySelector("[data-tab]:checked")?.value || "json";
  }

  function fill(part, kept) {
    const [builderTab, jsonTab] = part.querySelectorAll("[data-tab]");
    const note = part.querySelector("[data-note]");
    const builder = builderOf(part);
    part.querySelector("[data-json] textarea").value = kept.text;
    if (!builderTab) {
      return;
    }
    builderTab.disabled = kept.table === null || !builder;
    note.textContent = kept.note;
    if (builderTab.disabled) {
      jsonTab.checked = true;
    } else if (builder) {
      // A copy of the schema: only then the builder takes the data for new.
      builder.update({ schema: JSON.parse(JSON.stringify(builder.getSchema())), data: kept.table });
    }
  }

  /** The JSON that is not shown follows what is stored. */
  function synchronise(parts, refused) {
    for (const part of form.querySelectorAll("[data-nested]")) {
      const kept = parts[part.dataset.nested];
      if (kept && !refused[part.dataset.nested] && tabOf(part) === "builder") {
        part.querySelector("[data-json] textarea").value = kept.text;
      }
    }
  }

  // --- Saving ---------------------------------------------------------------------------------
  /** Ask the server; null, with the reason on the page, when there is no usable answer. */
  async function ask(data) {
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
    } catch {
      show("failed", "Not saved: the server cannot be reached. Your next change tries again.");
      return null;
    }
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      show("failed", "Not saved: reload the page, and sign in again if you are asked to.");
      return null;
    }
    const told = await answer.json();
    if (answer.ok) {
      return told;
    }
    isStale = answer.status === 409;
    show("failed", isStale ? "Not saved: changed elsewhere. Copy what you need, then reload the page." : `Not saved: ${told.message}.`);
    return null;
  }

  async function send() {
    const sent = contents();
    const data = new FormData(form);
    const told = await ask(data);
    if (!told) {
      return false;
    }
    form.elements.revision.value = told.revision;
    document.getElementById("rail").innerHTML = told.rail;
    showFaults(told.faults, told.refused);
    const refused = Object.keys(told.refused).length;
    if (refused) {
      show("failed", `Not saved: ${refused} ${refused === 1 ? "box" : "boxes"}, with the reason there. The rest is saved.`);
    } else {
      const isSame = contents() === sent;
      synchronise(told.parts, told.refused);
      stored = isSame ? contents() : sent;
      settled = ["saved", `Saved ${new Date(told.saved_at).toLocaleTimeString([], { hour12: false })}`];
      show(...settled);
    }
    document.dispatchEvent(new CustomEvent("draft-saved"));
    return !refused;
  }

  async function save() {
    clearTimeout(timer);
    if (isStale) {
      return;
    }
    while (saving) {
      await saving;
    }
    show("busy", "Saving…");
    saving = send();
    const saved = await saving;
    saving = null;
    if (saved && isUnsaved()) {
      changed();
    }
  }

  function changed() {
    clearTimeout(timer);
    if (stored === null) {
      return;
    }
    if (!isUnsaved()) {
      show(...settled);
      return;
    }
    if (!isStale) {
      show("busy", "Not saved yet");
    }
    if (savesItself) {
      timer = setTimeout(save, PAUSE_MS);
    }
  }

  /** Show what was typed into one tab in the other. Nothing is stored by looking. */
  async function changeTab(tab) {
    const part = tab.closest("[data-nested]");
    const left = [...part.querySelectorAll("[data-tab]")].find((each) => each !== tab);
    const wasUnsaved = isUnsaved();
    const shown = contents();
    const data = new FormData(form);
    data.set(tab.name, left.value);
    data.set("do", "look");
    const told = await ask(data);
    const name = part.dataset.nested;
    if (!told || told.refused[name]) {
      left.checked = true;
      if (told) {
        showFaults({ ...shownFaults, [name]: [] }, { [name]: told.refused[name] });
      }
      return;
    }
    if (contents() !== shown) {
      changed(); // typed on meanwhile: what was typed counts
      return;
    }
    fill(part, told.parts[name]);
    const seen = edits;
    setTimeout(() => {
      // The builder has drawn by now. What was typed while it drew is not stored.
      stored = wasUnsaved || edits !== seen ? "" : contents();
      changed();
    }, 50);
  }

  guarded.addEventListener("input", () => {
    edits += 1;
    changed();
  });
  guarded.addEventListener("change", (event) => {
    if (form && event.target.matches("[data-tab]")) {
      changeTab(event.target);
    } else {
      changed();
    }
  });
  const BOXES = "input, select, textarea";

  /** The list that a button of a builder changes. */
  function listOf(button) {
    const item = button.closest(".rjf-form-group-wrapper, .rjf-form-row");
    return (button.matches(".rjf-add-button") ? button : item?.parentElement)?.closest(".rjf-form-group");
  }

  /** Who adds an item types into it next; who removes or moves one stays in its list. */
  function followFocus(builder, { before, isAdding, list }) {
    const isLost = document.activeElement === document.body || document.activeElement.disabled;
    const added = [...builder.querySelectorAll(BOXES)].find((box) => !before.has(box));
    if (isAdding && added && (isLost || document.activeElement.matches(".rjf-add-button"))) {
      added.focus();
    } else if (isLost) {
      const adding = builder.querySelectorAll(".rjf-form-group")[list]?.querySelectorAll(".rjf-add-button");
      [...(adding || [])].at(-1)?.focus();
    }
  }

  // A builder's buttons (add, remove, move) change its text without an event, and some only after a movement
  // on the screen. Seen before the builder does it: it draws what it holds anew, the pressed button too.
  function pressedInBuilder(event) {
    const builder = event.target.closest("[data-builder]");
    const button = event.target.closest("button");
    if (!builder || !button) {
      return;
    }
    edits += 1;
    const pressed = {
      before: new Set(builder.querySelectorAll(BOXES)),
      isAdding: button.matches(".rjf-add-button"),
      list: [...builder.querySelectorAll(".rjf-form-group")].indexOf(listOf(button)),
    };
    const drawn = new MutationObserver(() => {
      setTimeout(() => {
        followFocus(builder, pressed);
        changed();
      }, 50);
    });
    drawn.observe(builder, { childList: true, subtree: true });
    setTimeout(() => drawn.disconnect(), PAUSE_MS);
  }
  guarded.addEventListener("click", pressedInBuilder, true);
  guarded.addEventListener("submit", () => {
    isLeaving = true;
    clearTimeout(timer);
  });
  window.addEventListener("pageshow", () => {
    isLeaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && (isUnsaved() || saving)) {
      event.preventDefault();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (form && (event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      save();
    }
  });

  // The scripts of the builders ran before this one, so they have written what they hold. Not at "load": that
  // waits for the preview, and what is typed until then would be taken for saved.
  stored = contents();
})();
