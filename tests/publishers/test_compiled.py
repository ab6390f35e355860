"""Compiled definitions: kept only of versions that can no longer change."""

import pytest

from conformance import bench
from publishers.compiled import definition_of
from publishers.drafts import Change, change
from publishers.models import ListingVersion
from publishers.versions import Role, Wish
from tests.factories import NOBODY, make_definition, make_publisher, make_report
from tests.publishers.reviewing import decide, submitted


@pytest.mark.django_db
def test_what_was_tested_while_it_waited_is_never_asked_instead_of_what_was_approved_later() -> None:
    version = submitted(make_publisher())
    assert not bench.testable(version).remove  # its publisher's bench, while it waits for an operator
    version = decide(version, "changes_requested")
    mended = Change(definition=make_definition(remove=["$.debug"]))
    version = change(version=version, change=mended, role=Role.PUBLISHER, actor=NOBODY)
    make_report(version)
    again = Change(wish=Wish(status="submitted"))
    version = change(version=version, change=again, role=Role.PUBLISHER, actor=NOBODY)
    decide(version, "approved", publish_at_once=True)
    published = ListingVersion.objects.get(status="published")
    assert len(definition_of(published).remove) == 1
