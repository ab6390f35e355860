"""`{% logo listing %}`: a coloured tile with the listing's initial. No other host's picture is loaded."""

import re
from typing import Any, Final

from django import template

from publishers.models import Listing

register = template.Library()

DEFAULT_COLOUR: Final = "#3c4257"
# Above this luminance black has more contrast with the colour than white has (WCAG 2.2, 1.4.3).
LIGHT: Final = 0.179


@register.inclusion_tag("components/logo.html")
def logo(listing: Listing) -> dict[str, Any]:
    """The initial, the tile's colour, and black or white, whichever can be read on it."""
    given = str(listing.module_info.get("logo_bg_color_hex") or "")
    colour = given if re.fullmatch(r"#[0-9a-fA-F]{6}", given) else DEFAULT_COLOUR
    return {
        "initial": listing.name[:1].upper(),
        "colour": colour,
        "ink": "#000000" if _luminance(colour) > LIGHT else "#ffffff",
    }


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - sRGB's own numbers
