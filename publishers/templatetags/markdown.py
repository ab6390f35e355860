"""`{{ listing.description.body|markdown }}`: a publisher's text as safe HTML."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from publishers.markdown import FIRST_LEVEL, to_html

register = template.Library()


@register.filter
def markdown(text: object, first_level: int = FIRST_LEVEL) -> SafeString:
    """The text as HTML, with headings from this level on; nothing when there is no text."""
    return mark_safe(to_html(text, first_level) if isinstance(text, str) else "")  # noqa: S308 - to_html sanitises
