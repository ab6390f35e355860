"""A person with a keyboard alone. Every stop of the focus must be seen."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 150
# What has the focus: its role or kind, its name, and what is wrong with how it looks. An invisible box (the
# radio button of a tab) is shown by what stands beside it, a link over a whole card by the card.
STOP = """async () => {
  // What scrolls into view does so by the next frame.
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  let element = document.activeElement;
  while (element?.contentDocument) element = element.contentDocument.activeElement;
  if (!element || element.tagName === "BODY") return null;
  const { innerWidth, innerHeight } = element.ownerDocument.defaultView;
  const card = element.matches(".stretched-link") ? element.closest(".add-on") : null;
  const shown = card || (getComputedStyle(element).opacity === "0" ? element.nextElementSibling : element);
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const labels = [...(element.labels || [])].map((each) => each.textContent).join(" ");
  const described = (element.getAttribute("aria-labelledby") || "").split(" ")
    .map((id) => document.getElementById(id)?.textContent || "").join(" ");
  const name = element.getAttribute("aria-label") || described.trim() || labels || element.textContent;
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1);
  const top = element.ownerDocument.elementFromPoint(x, y);
  const faults = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) faults.push("no outline");
  if (box.width < 1 || box.height < 1) faults.push("no size");
  if (box.bottom <= 0 || box.top >= innerHeight) faults.push("off the screen");
  if (top && !shown.contains(top) && !element.contains(top) && !top.contains(shown)) faults.push("covered");
  const tag = element.tagName.toLowerCase();
  return {
    kind: element.getAttribute("role") || (tag === "input" ? element.type : tag),
    name: name.replace(/\\s+/g, " ").trim(),
    html: element.outerHTML.slice(0, 200),
    faults,
  };
}"""


@dataclass
class Keyboard:
    """Keys pressed on one page, with where the focus went."""

    page: Page

    def stop(self) -> dict[str, Any]:
        """Where the focus is. Fails when it cannot be seen there."""
        found = self.page.evaluate(STOP)
        assert found is None or not found["faults"], f"{found['faults']} on {found['html']}"
        return dict(found or {"kind": "", "name": ""})

    def press(self, key: str) -> dict[str, Any]:
        self.page.keyboard.press(key)
        return self.stop()

    def to(self, kind: str, name: str, *, key: str = "Tab") -> None:
        """Go on until this has the focus."""
        seen = []
        for _ in range(MOST_STOPS):
            found = self.press(key)
            seen.append(f"{found['kind']} {found['name'][:60]}")
            if found["kind"] == kind and found["name"].startswith(name):
                return
        raise AssertionError(f"{kind} {name!r} is not among " + "; ".join(seen))

    def wait_for(self, kind: str, name: str) -> None:
        """Until the page itself has moved the focus there."""
        for _ in range(20):
            found = self.stop()
            if found["kind"] == kind and found["name"] == name:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the focus is on {found}")

    def type(self, text: str) -> None:
        """Instead of what stands in the box."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.stop()

    def activate(self, kind: str, name: str, *, key: str = "Tab") -> None:
        """Go to a link or a button, and press it."""
        self.to(kind, name, key=key)
        self.page.keyboard.press("Enter")
