"""How much a person may abort at once, and why an older version still starts with these settings."""

import pytest

from core import settings
from core.domain.bulk_abort import BulkLimit
from core.domain.model import Actor, Role
from core.services.bulk_limits import BulkLimits
from core.settings import VARIABLES, read_settings, unknown_names

OURS = ("FREIO_MAX_BULK_SENDS", "FREIO_MAX_BULK_RECIPIENTS", "FREIO_BULK_TYPE_ABOVE")


def limit(role: Role, accounts: frozenset[str] | None = None) -> BulkLimit:
    found = read_settings({})
    limits = BulkLimits(found.max_bulk_sends, found.max_bulk_recipients, found.bulk_type_above)
    return limits.of(Actor("someone", role, accounts))


def test_without_settings_an_operator_may_abort_200_sends_and_an_administrator_all() -> None:
    assert limit(Role.OPERATOR).sends == 200
    assert limit(Role.OPERATOR).recipients is None
    assert limit(Role.ADMINISTRATOR).sends is None


def test_an_administrator_of_some_accounts_has_the_limit_of_an_operator() -> None:
    assert limit(Role.ADMINISTRATOR, frozenset({"a"})).sends == 200


def test_the_limits_can_be_turned_off() -> None:
    found = read_settings(dict.fromkeys(OURS, "off"))
    assert found.max_bulk_sends is found.max_bulk_recipients is found.bulk_type_above is None


@pytest.mark.parametrize(
    ("sends", "recipients", "asks"),
    [(10, 500_000, False), (11, 1, True), (1, 500_001, True)],
)
def test_the_number_is_typed_above_ten_sends_or_many_recipients(
    sends: int, recipients: int, asks: bool
) -> None:
    assert limit(Role.OPERATOR).needs_typing(sends, recipients) is asks


@pytest.mark.parametrize("name", OURS)
def test_an_older_version_takes_no_name_for_a_misspelt_setting(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {each: field for each, field in VARIABLES.items() if each not in OURS}
    monkeypatch.setattr(settings, "VARIABLES", older)
    assert name in unknown_names({name: "1"})
    read_settings({name: "1"})
