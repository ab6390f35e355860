"""The coloured tile that stands for a listing."""

import pytest
from django.template import engines

from publishers.models import Listing


def tile(**module_info: str) -> str:
    template = engines["django"].from_string("{% load logo %}{% logo listing %}")
    return str(template.render({"listing": Listing(unique_name="x", module_info=module_info)}))


@pytest.mark.parametrize(("colour", "ink"), [("#1F4E79", "#ffffff"), ("#ffd43b", "#000000")])
def test_the_initial_can_be_read_on_the_publishers_colour(colour: str, ink: str) -> None:
    html = tile(name="anagram", logo_bg_color_hex=colour)
    assert f'fill="{colour}"' in html
    assert f'fill="{ink}">A</text>' in html


@pytest.mark.parametrize("colour", ["", "red", '"><script>'])
def test_what_is_no_colour_is_not_used(colour: str) -> None:
    assert 'fill="#3c4257"' in tile(name="Anagram", logo_bg_color_hex=colour)
