"""The admin's listing versions, with what the engine knows of their services."""

from django.contrib import admin

from invocations import breaker
from publishers.admin import ListingVersionAdmin
from publishers.models import ListingVersion

admin.site.unregister(ListingVersion)


@admin.register(ListingVersion)
class AskedVersionAdmin(ListingVersionAdmin):
    """Adds one line: whether calls ask the service now. `publishers` must not know the engine."""

    list_display = [*ListingVersionAdmin.list_display, "service"]
    readonly_fields = [*ListingVersionAdmin.readonly_fields, "service"]

    @admin.display(description="Service, as seen by this web process")
    def service(self, obj: ListingVersion) -> str:
        return str(breaker.breakers.state_of(obj.sid) or "Asked; no recent failure.")
