"""A publisher's Markdown on our pages: what it may do, and what never gets through."""

import pytest
from django.template import engines

from publishers.markdown import MAX_CHARS, to_html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<style>body{display:none}</style>",
        '<a href="/" onclick="alert(1)">x</a>',
        "<iframe src='https://evil.example'></iframe>",
    ],
)
def test_raw_html_is_shown_as_text(text: str) -> None:
    html = to_html(text)
    assert html.startswith("<p>&lt;")
    assert "<" not in html.removeprefix("<p>").strip().removesuffix("</p>")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc"])
def test_a_link_leads_to_the_web_or_to_mail_only(address: str) -> None:
    assert "href" not in to_html(f"[press]({address})")
    assert 'href="mailto:a@b.example"' in to_html("[write](mailto:a@b.example)")


def test_a_link_gives_nothing_away() -> None:
    html = to_html('[us](https://us.example "Our site")')
    assert 'rel="nofollow noopener noreferrer"' in html
    assert 'href="https://us.example"' in html
    assert 'title="Our site"' in html


def test_images_are_left_out() -> None:
    assert to_html("Look: ![a chart](https://spy.example/x.png)") == "<p>Look: </p>\n"


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# A\n\n## B\n\n# C", ["<h3>A</h3>", "<h4>B</h4>", "<h3>C</h3>"]),
        ("### A\n\n###### B", ["<h3>A</h3>", "<h4>B</h4>"]),
        ("# 1\n## 2\n### 3\n#### 4\n##### 5\n###### 6", ["<h3>1</h3>", "<h6>4</h6>", "<h6>6</h6>"]),
        ("A\n===", ["<h3>A</h3>"]),
    ],
)
def test_headings_begin_below_those_of_the_page_and_skip_no_level(text: str, headings: list[str]) -> None:
    html = to_html(text)
    assert all(heading in html for heading in headings)
    assert "<h1" not in html
    assert "<h2" not in html


def test_headings_begin_where_the_page_says() -> None:
    assert "<h4>A</h4>" in to_html("# A", first_level=4)


def test_tables_lists_and_code_are_drawn_without_styles() -> None:
    html = to_html("| a | b |\n| :- | -: |\n| `1` | **2** |\n\n1. x\n\n```json\n{}\n```")
    assert "<td><code>1</code></td>" in html
    assert "<strong>2</strong>" in html
    assert "<ol>" in html
    assert "<pre><code>{}" in html
    assert "style" not in html
    assert "class" not in html


def test_a_longer_text_is_shown_whole_and_plain() -> None:
    assert to_html("# <b>" + "a" * MAX_CHARS) == f"<p># &lt;b&gt;{'a' * MAX_CHARS}</p>"


@pytest.mark.parametrize(("value", "html"), [("*a*", "<p><em>a</em></p>\n"), ("", ""), (None, "")])
def test_the_filter_takes_what_a_listing_has(value: str | None, html: str) -> None:
    template = engines["django"].from_string("{% load markdown %}{{ text|markdown }}")
    assert template.render({"text": value}) == html
