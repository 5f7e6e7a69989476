"""Alerts without a store: quiet hours, texts, addresses, and no secrets."""

import logging
from datetime import UTC, datetime

import pytest

from core.alerts.channels import open_channels
from core.alerts.message import MOST_LINES, MessageComposer
from core.domain.alerts import Alert, AlertKind
from core.domain.model import ConfigurationId
from core.domain.quiet_hours import QuietHours
from core.errors import SettingsError
from core.settings import Settings, as_text, read_settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def alert(name: str = "A", kind: AlertKind = AlertKind.LARGE) -> Alert:
    id = ConfigurationId("a/b")
    return Alert(event=name, kind=kind, at=NOW, configuration_id=id, name=name, recipients=12_345)


@pytest.mark.parametrize(
    ("quiet", "hour", "holds"),
    [
        *(("22:00-07:00", hour, hour >= 22 or hour < 7) for hour in (6, 7, 12, 21, 22, 0)),
        *(("12:00-14:00", hour, hour in (12, 13)) for hour in (11, 12, 13, 14, 0)),
    ],
)
def test_the_quiet_time_may_go_over_midnight(quiet: str, hour: int, holds: bool) -> None:
    assert QuietHours.parse(quiet).contains(NOW.replace(hour=hour)) is holds


def test_the_quiet_time_ends_today_or_tomorrow() -> None:
    quiet = QuietHours.parse("22:00-07:00")
    assert quiet.next_end(NOW.replace(hour=23)) == NOW.replace(day=24, hour=7)
    assert quiet.next_end(NOW.replace(hour=3)) == NOW.replace(hour=7)


@pytest.mark.parametrize("text", ["22-7", "22:00", "24:00-07:00", "07:00-07:00", "night"])
def test_what_is_no_quiet_time_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="Give it a time such as 22:00-07:00, or off,"):
        read_settings({"FREIO_ALERT_QUIET": text})


def test_the_settings_of_alerts_are_read() -> None:
    assert read_settings({"FREIO_ALERT_QUIET": "off"}).alert_quiet is None
    assert str(read_settings({"FREIO_ALERT_QUIET": "22:00-7:00"}).alert_quiet) == "22:00-07:00"
    assert read_settings({"FREIO_ALERT_RECIPIENTS": "off"}).alert_recipients is None
    assert read_settings({"FREIO_PUBLIC_URL": "https://a.example/"}).public_url == (
        "https://a.example"
    )
    with pytest.raises(SettingsError, match="Give it an address such as"):
        read_settings({"FREIO_PUBLIC_URL": "freio.example"})


def test_addresses_of_services_are_only_ever_said_to_be_set() -> None:
    settings = read_settings({"FREIO_ALERT_URLS": "json://user:s3cret@127.0.0.1/t0ken"})
    assert as_text(settings)["FREIO_ALERT_URLS"] == "set"
    assert as_text(Settings())["FREIO_ALERT_URLS"] == "not set"
    [service] = open_channels(settings.alert_urls)
    seen = repr(settings) + repr(as_text(settings)) + service.name + service.key
    assert "s3cret" not in seen
    assert "t0ken" not in seen


def test_the_error_of_an_unknown_address_names_its_number() -> None:
    with pytest.raises(SettingsError, match="its address number 2") as refused:
        open_channels("json://127.0.0.1/a, nope://s3cret/b")
    assert "s3cret" not in str(refused.value)


def test_the_log_of_a_failure_has_no_address(caplog: pytest.LogCaptureFixture) -> None:
    [service] = open_channels("json://user:s3cret@127.0.0.1:9/t0ken")
    with caplog.at_level(logging.DEBUG):
        assert not service.send(MessageComposer(UTC).message([alert()], is_demo=False))
    assert "s3cret" not in caplog.text
    assert "t0ken" not in caplog.text


def test_one_alert_says_what_happened_and_where_to_look() -> None:
    said = MessageComposer(UTC, "https://freio.example").message([alert()], is_demo=True)
    assert said.title == "Freio: Demo, nothing here is real: A large send starts soon"
    assert said.body == (
        "“A” starts at 23 Nov 12:00 and goes to 12,345 recipients. Before it begins to go "
        "out, it can be stopped completely. https://freio.example/configuration?id=a%2Fb"
    )
    assert not said.is_urgent


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (AlertKind.CONTRADICTED, "It reaches up to 12,345 recipients"),
        (AlertKind.NOT_DELIVERED, "Unless it was deleted there, it may go out to 12,345"),
    ],
)
def test_an_alert_also_holds_for_a_send_that_is_deleted_or_has_gone_out(
    kind: AlertKind, words: str
) -> None:
    assert words in MessageComposer(UTC).message([alert(kind=kind)], is_demo=False).body


def test_many_alerts_are_a_summary_with_a_number_for_the_rest() -> None:
    many = [alert(str(n)) for n in range(MOST_LINES + 3)]
    said = MessageComposer(UTC).message([*many, alert(kind=AlertKind.CONTRADICTED)], is_demo=False)
    assert said.title == "Freio: 14 alerts"
    assert said.body.splitlines()[-1] == "and 4 more"
    assert said.is_urgent


def test_a_name_cannot_begin_a_line_nor_call_a_channel() -> None:
    said = MessageComposer(UTC).message([alert("Oi\n@channel\x07 " + "x" * 200)], is_demo=False)
    assert "\n" not in said.body
    assert "@channel" not in said.body
    assert len(said.body) < 260


def test_alerts_speak_the_language_that_is_set() -> None:
    said = MessageComposer(UTC, language="pt").message([alert(), alert("B")], is_demo=False)
    assert said.title == "Freio: 2 alertas"
    assert "vai para 12.345 destinatários" in said.body
    assert read_settings({"FREIO_ALERT_LANGUAGE": "ES"}).alert_language == "es"
