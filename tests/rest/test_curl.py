"""The commands that pages show."""

import shlex

from rest.curl import curl


def test_values_reach_the_shell_as_they_are() -> None:
    command = curl("POST", "https://x.example/v1", [("Configuration", '{"it\'s": "$HOME `id`"}')])
    assert shlex.split(command.replace("\\\n", "")) == [
        *("curl", "-X", "POST", "https://x.example/v1", "-u", "$API_KEY:$API_SECRET"),
        *("--data-urlencode", 'Configuration={"it\'s": "$HOME `id`"}'),
    ]


def test_a_get_sends_its_parameters_in_the_query() -> None:
    assert curl("GET", "https://x.example/v1").startswith("curl -G https://x.example/v1 ")
