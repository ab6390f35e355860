"""A real Chromium in front of a running demo."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.live import demo_site

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# Chromium's own traffic (updates, field trials) has no place in a test.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", autouse=True)
def orm_beside_playwright() -> Iterator[None]:
    """Playwright's synchronous API keeps an event loop running, in which Django would refuse to query."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "Chromium is not installed: `apt install chromium`, or name another one in CHROMIUM"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def site(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[dict[str, Any]]:
    with demo_site(live_server, settings, tmp_path) as facts:
        yield facts


class Visitor:
    """A person at a browser. Whatever the page complains about is kept and must stay empty."""

    def __init__(self, context: BrowserContext, site: dict[str, Any]) -> None:
        self.page: Page = context.new_page()
        self.site = site
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def go(self, path: str) -> None:
        self.page.goto(self.site["base_url"] + path)

    def sign_in(self, role: str = "developer") -> None:
        login = self.site["logins"][role]
        there = "**/operate/**" if role == "operator" else "**/console/**"
        self.sign_in_as(login["email"], login["password"], there=there)

    def sign_in_as(self, email: str, password: str, *, there: str = "**/console/**") -> None:
        self.go("/")
        self.page.get_by_label("Email").fill(email)
        self.page.locator("#id_password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(there)

    @property
    def reaches_past_the_screen(self) -> bool:
        script = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(script))


@pytest.fixture
def visit(browser: Browser, site: dict[str, Any]) -> Iterator[Any]:
    """Opens visitors: `visit(viewport=PHONE, color_scheme="dark", java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def opened(**options: Any) -> Visitor:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        context.set_default_timeout(30_000)
        contexts.append(context)
        return Visitor(context, site)

    yield opened
    for context in contexts:
        context.close()
