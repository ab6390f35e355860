import os
from typing import Any
import pytest
from marketplace.models import InstalledAddOn
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_house import a_busy_publisher, a_house_with_troubles, quiet_breakers  # noqa
pytestmark = pytest.mark.browser

def test_shots(visit: Any) -> None:
    installed = a_busy_publisher()
    for name, options in {"desktop": {"viewport": DESKTOP, "color_scheme": "light"}, "phone": {"viewport": PHONE, "color_scheme": "dark"}}.items():
        v = visit(**options); v.sign_in("publisher")
        for n, p in {"overview": "/publish/", "level": f"/publish/service-level/?period=30d&of={installed.version.sid}", "level_few": "/publish/service-level/?period=24h", "customers": "/publish/customers/"}.items():
            v.go(p); v.page.screenshot(path=f"/tmp/shots_h8/{n}_{name}.png", full_page=True)
        o = visit(**options); o.sign_in("operator")
        if name == "desktop":
            for n, p in {"health_empty": "/operate/health/", "audit_empty": "/operate/audit/"}.items():
                o.go(p); o.page.screenshot(path=f"/tmp/shots_h8/{n}_{name}.png", full_page=True)
            entry = a_house_with_troubles(installed)
        for n, p in {"health": "/operate/health/", "settings": "/operate/settings/", "audit": "/operate/audit/", "entry": f"/operate/audit/{entry.sid}/"}.items():
            o.go(p); o.page.screenshot(path=f"/tmp/shots_h8/{n}_{name}.png", full_page=True)
            print(n, name, o.page.evaluate("[...document.querySelectorAll('main *')].filter(e=>e.getBoundingClientRect().right>document.documentElement.clientWidth+1).map(e=>e.tagName+'.'+e.className).slice(0,5)"))
