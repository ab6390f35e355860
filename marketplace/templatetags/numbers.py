"""`{% numbers_of installed %}`: for which phone numbers an installed add-on runs, and how to change it."""

from typing import Any

from django import template
from django.template import RequestContext

from marketplace import number_runs, number_services
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from marketplace.number_services import national_format

register = template.Library()

# As many as a card can show and a person can choose from; the rest is on the page of each number.
SHOWN_NUMBERS = 100


@register.inclusion_tag("marketplace/_assignments.html", takes_context=True)
def numbers_of(context: RequestContext, installed: InstalledAddOn) -> dict[str, Any]:
    """The numbers an add-on is assigned to, those it can be assigned to, or why it cannot."""
    own = IncomingPhoneNumber.objects.of(installed.account).order_by("phone_number")
    assigned = own.filter(assignments__installed_add_on=installed)
    others = own.exclude(assignments__installed_add_on=installed)
    assigned_count = assigned.count()
    return {
        "installed": installed,
        "may_write": context["may_write"],
        "why_not": number_services.why_not_assignable(installed),
        "reach": number_runs.reach(installed, assigned_count),
        "is_off": not number_runs.points_by_number(installed),
        "assigned": assigned[:SHOWN_NUMBERS],
        "assigned_count": assigned_count,
        "assignable": [(each, national_format(each.phone_number)) for each in others[:SHOWN_NUMBERS]],
        "other_count": others.count(),
    }
