"""Contract reports as the API shows them (our extension)."""

from typing import Any

from rest_framework import serializers

from publishers.models import ContractReport
from rest.representation import IsoDate, Out


class ReportOut(Out[ContractReport]):
    """A report of the contract tester. Its checks are there once it has ended, and in no list."""

    sid = serializers.CharField()
    version_sid = serializers.CharField(source="version.sid")
    listing_sid = serializers.CharField(source="version.listing.sid")
    account_sid = serializers.CharField(source="version.listing.publisher.account.sid")
    status = serializers.CharField()
    verdict = serializers.SerializerMethodField()
    definition_sha256 = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    failed = serializers.IntegerField()
    warned = serializers.IntegerField()
    error = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()
    date_created = IsoDate()
    date_completed = IsoDate()
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_verdict(self, report: ContractReport) -> str | None:
        return report.verdict or None

    def get_error(self, report: ContractReport) -> str | None:
        return None if self._is_list else str(report.document.get("error", "")) or None

    def get_checks(self, report: ContractReport) -> list[dict[str, Any]] | None:
        return None if self._is_list else list(report.document.get("checks", []))

    def get_url(self, report: ContractReport) -> str:
        version = report.version
        return self.url_of("contract-report", version.listing.sid, version.sid, report.sid)

    @property
    def _is_list(self) -> bool:
        return bool(self.context["view"].action == "list")

    def get_links(self, report: ContractReport) -> dict[str, str]:
        version = report.version
        return {"version": self.url_of("listing-version", version.listing.sid, version.sid)}


class ReportIn(serializers.Serializer[None]):
    """A request for a report has no parameters: what the version says now is tested."""
