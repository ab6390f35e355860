import pytest

from publishers.contract.points import POINTS, TYPES, event_fields, points_of


def test_the_points_stand_in_the_order_of_the_contract():
    assert list(POINTS) == [
        "lookup-api",
        "sms-incoming",
        "taskrouter-create-task",
        "voice-incoming",
        "recording-verb",
        "recording-api",
        "recording-conference",
        "recording-dial",
    ]


def test_numbers_restrict_messages_and_calls_only():
    assert [name for name, point in POINTS.items() if point.number_scoped] == [
        "sms-incoming",
        "voice-incoming",
    ]


def test_recordings_and_tasks_take_no_numbers():
    assert [name for name, point in POINTS.items() if point.assignable] == [
        "lookup-api",
        "sms-incoming",
        "voice-incoming",
    ]


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_points_of_its_own_mode(name):
    assert {point.mode for point in points_of(name)} == {TYPES[name].mode}


def test_a_phone_number_add_on_never_sees_the_body_of_a_message():
    assert event_fields("phone-number", "sms-incoming") == {"primary_address", "secondary_address"}
    assert event_fields("message-analysis", "sms-incoming") == {
        "primary_address",
        "secondary_address",
        "body",
    }
