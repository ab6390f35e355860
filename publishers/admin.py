"""Publishers, listings and versions in the plain Django admin; nested parts are edited by django-jsonform."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.utils.html import format_html

from accounts import audit
from accounts.requests import actor_of
from publishers.blocks import BLOCKS
from publishers.forms import PARTS, DefinitionForm
from publishers.models import Listing, ListingVersion, Publisher, VersionMove


@admin.register(Publisher)
class PublisherAdmin(admin.ModelAdmin[Publisher]):
    list_display = ["name", "slug", "account", "website"]
    list_select_related = ["account"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["account"]

    def get_readonly_fields(self, request: HttpRequest, obj: Publisher | None = None) -> list[str]:
        """Once made it is renamed and decided on under /operate/, by somebody else and for the audit log."""
        decided = ["status", "reason", "date_decided"]
        return [*decided, "account", "slug", "name"] if obj else decided

    def save_model(self, request: HttpRequest, obj: Publisher, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        super().save_model(request, obj, form, change)
        audit.record(
            "publisher.changed" if change else "publisher.applied",
            actor=actor_of(request),
            subject_sid=obj.account.sid,
            subject=obj.name,
            account=obj.account,
            after={"fields": form.changed_data},
        )


@admin.register(Listing)
class ListingAdmin(admin.ModelAdmin[Listing]):
    list_display = ["name", "unique_name", "publisher", "availability", "published_version"]
    list_select_related = ["publisher", "published_version__listing"]
    list_filter = ["availability", "publisher"]
    search_fields = ["unique_name", "sid"]
    exclude = ["sealed_credentials"]

    def get_readonly_fields(self, request: HttpRequest, obj: Listing | None = None) -> list[str]:
        """The blocks have a schema, which `import_listing` enforces. Who may have a listing is changed under
        /operate/, by the rules and for the audit log; whose it is and its name, never.
        """
        made = ["sid", "published_version", "date_created", "date_updated"]
        moved = ["availability", "deprecated_until", "replacement", "suspended_from", "suspension_reason"]
        return [*made, *moved, *BLOCKS, *(["publisher", "unique_name"] if obj else [])]


class VersionForm(DefinitionForm):
    """A listing has one version at a time that is not decided yet."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        listing = cleaned.get("listing")
        others = listing and listing.versions.filter(status__in=ListingVersion.OPEN).exclude(
            pk=self.instance.pk
        )
        if others and others.exists():
            self.add_error("listing", "This listing has a version that is not decided yet: change that one.")
        return cleaned


@admin.register(ListingVersion)
class ListingVersionAdmin(admin.ModelAdmin[ListingVersion]):
    form = VersionForm
    list_display = ["listing", "number", "status", "sid", "date_created", "date_published"]
    list_select_related = ["listing"]
    list_filter = ["status"]
    search_fields = ["sid", "listing__unique_name"]
    readonly_fields = ["sid", "number", "status", "reason", "date_created", "date_published", "document"]
    fieldsets = [
        (None, {"fields": ["listing", *readonly_fields[:-1]]}),
        ("Definition", {"fields": PARTS}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: ListingVersion | None = None) -> list[str]:
        """A version stays with its listing."""
        return [*self.readonly_fields, *(["listing"] if obj else [])]

    def get_fieldsets(self, request: HttpRequest, obj: ListingVersion | None = None) -> Any:
        """A version that can no longer change shows its definition as it is."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": ["listing", *self.readonly_fields]})]

    @admin.display(description="Definition")
    def document(self, obj: ListingVersion) -> str:
        return format_html("<pre>{}</pre>", json.dumps(obj.definition, indent=2, ensure_ascii=False))

    def has_change_permission(self, request: HttpRequest, obj: ListingVersion | None = None) -> bool:
        """A version never changes once submitted."""
        return (obj is None or obj.is_editable) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ListingVersion | None = None) -> bool:
        is_draft = obj is None or obj.status == ListingVersion.Status.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ListingVersion, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        if change:  # only what the form edits: the version may have been moved meanwhile
            obj.save(update_fields=["definition", "date_updated"])
        else:
            obj.number = (obj.listing.versions.aggregate(last=Max("number"))["last"] or 0) + 1
            super().save_model(request, obj, form, change)
        audit.record(
            "version.changed" if change else "version.made",
            actor=actor_of(request),
            subject_sid=obj.sid,
            subject=str(obj),
            account=obj.listing.publisher.account,
            after={"fields": form.changed_data},
        )


@admin.register(VersionMove)
class VersionMoveAdmin(admin.ModelAdmin[VersionMove]):
    """The record of who moved which version, and why. Read only."""

    list_display = ["version", "from_status", "to_status", "moved_by", "credential", "date_created"]
    list_select_related = ["version__listing", "moved_by"]
    list_filter = ["to_status"]
    search_fields = ["version__sid", "version__listing__unique_name", "credential"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: VersionMove | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: VersionMove | None = None) -> bool:
        return False
