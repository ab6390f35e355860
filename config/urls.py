"""Every address of the site. The API prefixes do not collide, so one host serves them all (contract 2.1)."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter

from config import api_pages, views
from rest.sids import SidConverter
from results.payload_views import PayloadBytes

register_converter(SidConverter, "sid")


# Each API is a namespace of its own, which names its public base in settings.API_URLS.
marketplace_v1: list[URLPattern | URLResolver] = [
    path("", include("marketplace.api_urls")),
    path("", include("marketplace.upgrade_api_urls")),
    path("", include("publishers.api_urls")),
    path("", include("conformance.api_urls")),
    path("", include("billing.api_urls")),
    path("", include("results.delivery_api_urls")),
]
api_2010: list[URLPattern | URLResolver] = [
    path("Accounts/<sid:account_sid>/", include("marketplace.number_api_urls")),
    path("Accounts/<sid:account_sid>/", include("recordings.api_urls")),
    path("Accounts/<sid:account_sid>/", include("results.api_urls")),
]
apis: list[URLPattern | URLResolver] = [
    path("v1/", include((marketplace_v1, "marketplace"))),
    path("v1/", include(("invocations.api_urls", "lookups"))),
    path("v1/", include(("invocations.task_urls", "taskrouter"))),
    path("marketplace/", include(("marketplace.api_urls", "preview"))),
    path("2010-04-01/", include((api_2010, "api"))),
    path("connect/", include(("invocations.connect_urls", "connect"))),
    path("addons/callbacks/", include(("results.callback_urls", "callbacks"))),
    path("addons/callbacks/tests/", include(("conformance.callback_urls", "test-callbacks"))),
]
console: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("account/", views.switch_account, name="switch-account"),
    path("help/", views.help_page, name="help"),
    path("api/", api_pages.api, name="api"),
    path("api/try/", api_pages.try_it, name="api-try"),
    path("", include("marketplace.urls")),
    path("", include("invocations.urls")),
    path("", include("results.urls")),
    path("", include("results.delivery_urls")),
    path("", include("accounts.urls")),
]
urlpatterns = [
    path("", views.root, name="root"),
    path("health", views.health, name="health"),
    path("favicon.ico", views.favicon),
    path("openapi.json", api_pages.openapi, name="openapi"),
    *apis,
    path("2010-04-01/Payloads/<sid:sid>", PayloadBytes.as_view(), name="payload-bytes"),
    path("console/", include(console)),
    path("publish/", include("publishers.editor.urls")),
    path("publish/", include("marketplace.publish_urls")),
    path("publish/", include("invocations.publish_urls")),
    path("publish/", include("conformance.urls")),
    path("operate/", include("operations.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error
