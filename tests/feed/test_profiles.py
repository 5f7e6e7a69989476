"""Each profile reads a sample of its export or API answer.

The samples were written by hand, from public descriptions.
"""

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State, squeeze
from core.errors import FeedError
from core.feed.formats.rows import Layout
from core.feed.interpreting.headings import FieldSource
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping, from_toml, to_toml
from core.feed.profiles import profiles
from core.settings import ROOT

ME = Actor("t", Role.ADMINISTRATOR)
NOW = datetime(2026, 11, 28, tzinfo=UTC)

MAILCHIMP = (
    "Title,Subject,{list},Send Date,Send Weekday,Total Recipients,Successful Deliveries,Open Rate,Unique Id\n"
    'Spring,"Hello, you",Buyers,"Oct 26, 2018 02:56 pm",Friday,"1,200",1190,100.00%,aa11\n'
    'Spring,Again,Buyers,"Nov 02, 2018 09:05 am",Friday,800,799,41.20%,bb22\n'
)
SAMPLES: dict[str, tuple[str, str]] = {
    "Icomm": (
        "f.csv",
        "Código;Nome;Estado de Envio;Registros;Data de envio\n7;Promo;PROCESANDO;12.345;24/11/2030 18:30\n",
    ),
    "Mailchimp campaign report": ("f.csv", MAILCHIMP.format(list="List")),
    "Mailchimp campaign report (saved in Excel)": (
        "f.csv",
        "Title,Subject,List,Send_Date,Send_Weekday,Total_Recipients\n"
        "Winter,Hi,Buyers,2/24/17 11:29,Friday,350\nWinter,Hi,Buyers,3/4/17 8:00,Saturday,360\n",
    ),
    "Mailchimp campaigns (API)": (
        "f.json",
        json.dumps(
            {
                "campaigns": [
                    {
                        "id": "c1",
                        "type": "regular",
                        "status": "schedule",
                        "emails_sent": 0,
                        "send_time": "2030-04-01T12:00:00+00:00",
                        "settings": {"title": "Spring", "subject_line": "Hello"},
                        "recipients": {"list_name": "Buyers", "recipient_count": 1200},
                        "tracking": {"opens": True},
                    },
                    {
                        "id": "c2",
                        "type": "regular",
                        "status": "canceled",
                        "emails_sent": 400,
                        "send_time": "2026-04-01T12:00:00+00:00",
                        "settings": {"title": "Old", "subject_line": "Hello"},
                        "recipients": {"list_name": "Buyers", "recipient_count": 900},
                        "tracking": {"opens": True},
                    },
                ],
                "total_items": 2,
            },
            indent=1,
        ),
    ),
    "Klaviyo campaigns": (
        "f.csv",
        "Campaign Name,Tags,Subject,List,Send Time,Send Weekday,Total Recipients,Unique Placed Order,"
        "Placed Order Rate,Revenue,Unique Opens,Open Rate,Total Opens,Unique Clicks,Click Rate,Total Clicks,"
        "Unsubscribes,Spam Complaints,Spam Complaints Rate,Successful Deliveries,Bounces,Bounce Rate,"
        "Campaign ID,Campaign Channel\n"
        '"Launch,\nsecond part","a, b",Hi,Buyers,2025-04-09 09:38:00,Wednesday,64517.0,48.0,0.07%,2800.27,45587.0,'
        "41.2%,60000.0,300.0,0.5%,410.0,20.0,1.0,0.0%,64400.0,117.0,0.2%,k1,email\n"
        # An A/B test is one row, with these words as its subject.
        "Test,,[MULTIPLE VARIATIONS],Buyers,2025-04-10 09:38:00,Thursday,1000.0,1.0,0.1%,9.5,500.0,"
        "50.0%,600.0,30.0,3.0%,41.0,2.0,1.0,0.1%,990.0,10.0,1.0%,k2,email\n",
    ),
    "Klaviyo campaigns (a row for each variation)": (
        "f.csv",
        "Campaign Name,Variation Name,Subject,List,Send Time,Send Weekday,Total Recipients,"
        "Campaign ID,Campaign Channel\n"
        "Launch,A,Hi,Buyers,2025-04-09 09:38:00,Wednesday,500.0,k1,email\n"
        "Launch,B,Hello,Buyers,2025-04-09 09:38:00,Wednesday,700.0,k1,email\n",
    ),
    "Klaviyo campaigns (API)": (
        "f.json",
        json.dumps(
            {
                "data": [
                    {
                        "type": "campaign",
                        "id": "01A",
                        "attributes": {
                            "name": "Launch",
                            "status": "Scheduled",
                            "audiences": {"included": ["L1", "L2"], "excluded": []},
                            "created_at": "2026-11-01T10:00:00+00:00",
                            # When a person scheduled it.
                            "scheduled_at": "2026-11-02T10:00:00+00:00",
                            "updated_at": "2026-11-03T10:00:00+00:00",
                            "send_time": "2030-01-01T12:00:00+00:00",
                        },
                        "relationships": {"campaign-messages": {"data": [{"id": "m1"}]}},
                    }
                ],
                "links": {"self": "x", "next": None},
            }
        ),
    ),
    "Brevo campaigns (API)": (
        "f.json",
        json.dumps(
            {
                "campaigns": [
                    {
                        "id": 11,
                        "name": "Spring",
                        "type": "classic",
                        "status": "sent",
                        "scheduledAt": "2026-11-01T10:00:00.000Z",
                        "modifiedAt": "2026-10-01T10:00:00Z",
                        "recipients": {"lists": [3, 4], "exclusionLists": [5]},
                        "statistics": {"globalStats": {"sent": 1200, "delivered": 1190}},
                    },
                    {
                        "id": 12,
                        "name": "Later",
                        "type": "classic",
                        "status": "queued",
                        "scheduledAt": "2030-01-01T12:00:00.000Z",
                        "recipients": {"lists": [], "exclusionLists": []},
                        "statistics": {"globalStats": {"sent": 0}},
                    },
                    {"id": 13, "name": "x", "status": "draft", "recipients": {"lists": [1]}},
                ],
                "count": 3,
            },
            indent=1,
        ),
    ),
    "SendGrid single sends": (
        "f.json",
        json.dumps(
            {
                "result": [
                    {
                        "id": "s1",
                        "name": "Spring",
                        "status": "triggered",
                        "categories": [],
                        "send_at": "2026-04-01T12:00:00Z",
                        "created_at": "2026-03-01T12:00:00Z",
                        "updated_at": "2026-03-02T12:00:00Z",
                    }
                ],
                "_metadata": {"count": 1},
            }
        ),
    ),
    "Iterable campaigns": (
        "f.json",
        json.dumps(
            {
                "campaigns": [
                    {
                        "id": 9,
                        "name": "Spring",
                        "campaignState": state,
                        "startAt": 1893499200000,
                        "createdAt": 1790000000000,
                        "updatedAt": 1790000000000,
                        "sendSize": 5000.0,
                        "messageMedium": "Email",
                        "type": "Blast",
                        "labels": ["a", "b"],
                    }
                    for state in ["Running"]
                ]
            }
        ),
    ),
    "listmonk": (
        "f.json",
        json.dumps(
            {
                "data": {
                    "results": [
                        {
                            "id": 3,
                            "uuid": "u-3",
                            "name": "Spring",
                            "subject": "Hello",
                            "status": "running",
                            "type": "regular",
                            "send_at": "2026-04-01T12:00:00.123456-03:00",
                            "started_at": "2026-04-01T12:00:01.5-03:00",
                            "created_at": "2026-03-01T12:00:00Z",
                            "updated_at": "2026-04-01T15:02:00.000001Z",
                            "to_send": 9000,
                            "sent": 400,
                            "lists": [{"id": 1, "name": "Buyers"}, {"id": 2, "name": "Others"}],
                            "tags": ["x"],
                            "messenger": "email",
                        }
                    ],
                    "total": 1,
                    "per_page": 20,
                    "page": 1,
                }
            }
        ),
    ),
}
READ: dict[str, list[dict[str, Any]]] = {
    "Icomm": [{"id": "7", "state": State.PROCESANDO, "total_records": 12_345}],
    "Mailchimp campaign report": [
        {
            "id": "aa11",
            "name": "Spring",
            "state": State.SENT_DONE,
            "total_records": 1_200,
            "audience": "Buyers",
            "scheduled_at": datetime(2018, 10, 26, 17, 56, tzinfo=UTC),
        },
        {"id": "bb22", "total_records": 800},
    ],
    "Mailchimp campaign report (saved in Excel)": [
        {"id": "Winter 2/24/17 11:29", "state": State.SENT_DONE},
        {"id": "Winter 3/4/17 8:00", "scheduled_at": datetime(2017, 3, 4, 11, tzinfo=UTC)},
    ],
    "Mailchimp campaigns (API)": [
        {
            "id": "c1",
            "name": "Spring",
            "state": State.SCHEDULED,
            "total_records": 1_200,
            "generated_records": 0,
            "audience": "Buyers",
        },
        {"id": "c2", "state": State.CANCELLED, "generated_records": 400},
    ],
    "Klaviyo campaigns": [
        {"id": "k1", "state": State.SENT_DONE, "total_records": 64_517, "channel": "email"},
        {"id": "k2", "total_records": 1_000},
    ],
    "Klaviyo campaigns (a row for each variation)": [
        {"id": "k1 A", "state": State.SENT_DONE, "total_records": 500},
        {"id": "k1 B", "total_records": 700},
    ],
    "Klaviyo campaigns (API)": [
        {
            "id": "01A",
            "name": "Launch",
            "state": State.SCHEDULED,
            "total_records": None,
            "audience": "L1, L2",
            "scheduled_at": datetime(2030, 1, 1, 12, tzinfo=UTC),
        }
    ],
    "Brevo campaigns (API)": [
        {
            "id": "11",
            "state": State.SENT_DONE,
            "total_records": None,
            "generated_records": 1_200,
            "audience": "3, 4",
        },
        {"id": "12", "state": State.SCHEDULED, "generated_records": 0},
        {"id": "13", "state": State.DRAFT, "generated_records": None, "scheduled_at": None},
    ],
    "Iterable campaigns": [
        {
            "id": "9",
            "state": State.IN_PROGRESS,
            "total_records": 5_000,
            "channel": "Email",
            "scheduled_at": datetime(2030, 1, 1, 12, tzinfo=UTC),
        }
    ],
    "listmonk": [
        {
            "id": "3",
            "state": State.IN_PROGRESS,
            "total_records": 9_000,
            "generated_records": 400,
            "audience": "Buyers, Others",
            "scheduled_at": datetime(2026, 4, 1, 15, 0, 0, 123456, tzinfo=UTC),
        }
    ],
}


def load(loader: Loader, profile: str, mapping: FeedMapping | None = None) -> str:
    name, text = SAMPLES[profile]
    options = LoadOptions(mapping=mapping)
    done = loader.load(BytesIO(text.encode()), name, ME, options)
    assert done.rejected == 0
    return " ".join(map(str, done.notes))


def test_each_profile_has_a_sample_and_names_its_public_page() -> None:
    assert {each.name for each in profiles()} == set(SAMPLES)
    # The help article of Icomm has no public address.
    addresses = [each.based_on for each in profiles() if each.name != "Icomm"]
    assert all(urlsplit(each).scheme == "https" and urlsplit(each).netloc for each in addresses)


def test_no_code_knows_the_sender_of_a_profile() -> None:
    senders = {each.name.split()[0].casefold() for each in profiles()}
    # Code has rules and a connector for the first two. The third is also a word of Python.
    senders -= {"icomm", "listmonk", "iterable"}
    assert {"mailchimp", "klaviyo", "sendgrid"} <= senders
    code = "".join(
        file.read_text("utf-8").casefold()
        for folder in ("core", "pages")
        for file in (ROOT / folder).rglob("*.py")
    )
    assert [each for each in senders if re.search(rf"\b{each}", code)] == []


@pytest.mark.parametrize("profile", READ)
def test_a_profile_is_recognised_and_reads_its_sample(loader: Loader, profile: str) -> None:
    notes = load(loader, profile)
    assert f"read by the mapping “{profile}”" in notes
    for expected in READ[profile]:
        send = loader.store.configuration(expected["id"])
        assert {name: getattr(send, name) for name in expected} == expected


@pytest.mark.parametrize(
    "profile", [n for n in READ if "report" in n or ("Klaviyo campaigns" in n and "API" not in n)]
)
def test_a_report_without_a_state_says_that_all_is_read_as_sent(
    loader: Loader, profile: str
) -> None:
    assert "All rows have the value “SENT-DONE” in State" in load(loader, profile)


@pytest.mark.parametrize("profile", [name for name, (file, _) in SAMPLES.items() if "json" in file])
@pytest.mark.parametrize("form", ["array", "lines", "pages", "another place"])
def test_a_part_of_a_known_answer_is_recognised_too(
    loader: Loader, profile: str, form: str
) -> None:
    answer = json.loads(SAMPLES[profile][1])
    (mapping,) = (each for each in profiles() if each.name == profile)
    found = answer
    for key in mapping.list.split("."):
        found = found[key]
    text = {
        "array": json.dumps(found),
        "lines": "\n".join(map(json.dumps, found)),
        "pages": json.dumps([answer]),
        "another place": json.dumps({"answer": {mapping.list.rpartition(".")[2]: found}}),
    }[form]
    done = loader.load(BytesIO(text.encode()), "f.json", ME)
    assert (done.new, done.rejected) == (len(found), 0)
    assert f"read by the mapping “{profile}”" in " ".join(map(str, done.notes))


def test_a_profile_without_recipients_does_not_hide_a_column_of_recipients(loader: Loader) -> None:
    send = json.loads(SAMPLES["SendGrid single sends"][1])["result"][0] | {"recipients": 700}
    loader.load(BytesIO(json.dumps([send]).encode()), "f.json", ME)
    stored = loader.store.configuration(ConfigurationId("s1"))
    assert stored is not None
    assert stored.total_records == 700


@pytest.mark.parametrize("again", ["Total Recipients", "total_recipients", "Send Date", "List"])
def test_a_heading_of_a_profile_that_a_file_has_twice_is_asked_for(
    loader: Loader, again: str
) -> None:
    lines = MAILCHIMP.format(list="List").splitlines()
    text = "\n".join([f"{again},{lines[0]}", *(f"7,{line}" for line in lines[1:])])
    name = {"List": "audience", "Send Date": "scheduled_at"}.get(again, "total_records")
    label = {"List": "Audience", "Send Date": "Scheduled time"}.get(again, "Recipients")
    with pytest.raises(FeedError, match=f"both mean {label}") as refused:
        loader.load(BytesIO(text.encode()), "f.csv", ME)
    assert "choose there which column is which" in str(refused.value)
    (profile,) = (each for each in profiles() if each.name == "Mailchimp campaign report")
    place = 2 + [squeeze(each) for each in lines[0].split(",")].index(squeeze(again))
    for own in (
        replace(profile, ignored=(1,)),
        replace(profile, fields=profile.fields | {name: FieldSource((place,))}),
    ):
        found = loader.preview(BytesIO(text.encode()), "f.csv", ME, LoadOptions(mapping=own))
        assert found.summary.rejected == 0
        assert found.summary.meaning.largest == 1_200


def test_a_column_that_a_profile_does_not_read_may_be_there_twice(loader: Loader) -> None:
    text = MAILCHIMP.format(list="List").replace("Open Rate", "Send Weekday")
    done = loader.load(BytesIO(text.encode()), "f.csv", ME)
    assert (done.new, done.rejected) == (2, 0)


def test_a_profile_of_finished_sends_does_not_hide_a_column_of_states(loader: Loader) -> None:
    text = (
        "Campaign Name,Subject,List,Send Time,Send Weekday,Total Recipients,Campaign ID,Status\n"
        "B,Hello,All,2030-04-10 10:00,Wed,12,02H,Scheduled\n"
    )
    found = loader.preview(BytesIO(text.encode()), "f.csv", ME)
    send = found.summary.meaning.first_send
    assert send is not None
    assert send.state is State.SCHEDULED


def test_a_profile_that_was_saved_without_the_column_of_states_is_used_again(
    loader: Loader,
) -> None:
    (profile,) = (each for each in profiles() if each.name == "Mailchimp campaign report")
    text = (
        "Title,Subject,List,Audience,Send Date,Total Recipients,Unique Id,Status\n"
        "B,Hello,All,,2020-04-10 10:00,12,02H,Archived\n"
    )
    headings = tuple(text.splitlines()[0].split(","))
    loader.mappings.save(replace(profile, name="Finished").made_for(headings, ""))
    send = loader.preview(BytesIO(text.encode()), "f.csv", ME).summary.meaning.first_send
    assert send is not None
    assert send.state is State.SENT_DONE
    assert loader.mapping_for([*headings, "Estado"], Layout()) == FeedMapping()


def test_finished_sends_that_are_scheduled_for_the_future_are_not_read_silently(
    loader: Loader,
) -> None:
    text = MAILCHIMP.format(list="List").replace("Oct 26, 2018", "Oct 26, 2030")
    notes = loader.preview(BytesIO(text.encode()), "f.csv", ME).summary.notes
    assert any("some are scheduled for the future" in str(n) for n in notes)


def test_a_profile_can_be_declined(loader: Loader) -> None:
    with pytest.raises(FeedError, match="no column for State"):
        load(loader, "Mailchimp campaign report", FeedMapping())


def test_a_file_that_does_not_fit_the_mapping_is_refused_with_the_columns_of_the_mapping(
    loader: Loader,
) -> None:
    data = b"id,name,state,total_records,scheduled_at\n1,a,sent,5,2030-01-01\n"
    wanted = "mapping “Klaviyo campaigns”: it has no column “Campaign ID”, “Campaign Name”, "
    with pytest.raises(FeedError, match=wanted) as refused:
        loader.load(BytesIO(data), "f.csv", ME, LoadOptions(mapping_name="Klaviyo campaigns"))
    assert "“List”" not in str(refused.value)  # a field that may be missing


def test_a_source_without_recipients_is_loaded_with_unknown_numbers_and_not_with_zeros(
    loader: Loader,
) -> None:
    notes = load(loader, "SendGrid single sends")
    send = loader.store.configuration(ConfigurationId("s1"))
    assert send is not None
    assert (send.total_records, send.state) == (None, State.DELIVERY_ENDING)
    assert "Sends whose recipients are not reported: 1. Sums leave them out." in notes


def test_a_file_without_recipients_is_refused_until_a_mapping_says_that_they_are_not_reported(
    loader: Loader,
) -> None:
    data = b"id,name,state,scheduled_at\n1,a,sent,2030-01-01\n"
    with pytest.raises(FeedError, match=r"no column for Recipients\."):
        loader.load(BytesIO(data), "f.csv", ME)
    mapping = from_toml("[fields]\ntotal_records = { reported = false }\n")
    assert from_toml(to_toml(mapping)) == mapping
    done = loader.load(BytesIO(data), "f.csv", ME, LoadOptions(mapping=mapping))
    assert (done.new, done.rejected) == (1, 0)
    assert "the files do not report Recipients" in str(done.notes[0])


def test_listmonk_reports_recipients_only_from_the_start_and_a_start_by_hand_has_no_time(
    loader: Loader,
) -> None:
    def campaign(id: int, **facts: object) -> dict[str, object]:
        known = {"id": id, "uuid": f"u{id}", "name": "a", "messenger": "email", "lists": []}
        known |= {"send_at": None, "started_at": None, "updated_at": "2026-11-01T12:00:00Z"}
        return known | {"to_send": 0, "sent": 0} | facts

    found = [
        campaign(1, status="draft"),
        campaign(2, status="scheduled", send_at="2030-01-01T12:00:00Z"),
        campaign(3, status="running", started_at="2026-11-01T12:00:00Z", to_send=9_000, sent=4_000),
        campaign(4, status="paused", started_at="2026-11-01T12:00:00Z", to_send=9_000, sent=1),
    ]
    text = json.dumps({"data": {"results": found}}, indent=1)
    done = loader.load(BytesIO(text.encode()), "f.json", ME)
    assert (done.new, done.rejected) == (4, 0)
    assert "“0” in Recipients means that it is not reported" in " ".join(map(str, done.notes))
    draft, planned, running, paused = (
        loader.store.configuration(ConfigurationId(str(n))) for n in range(1, 5)
    )
    assert draft is not None
    assert planned is not None
    assert running is not None
    assert paused is not None
    assert (draft.total_records, draft.scheduled_at) == (None, None)
    assert (planned.total_records, planned.generated_records) == (None, 0)
    assert running.scheduled_at == paused.scheduled_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert (running.total_records, running.generated_records) == (9_000, 4_000)


ITERABLE = {"messageMedium": "Email", "createdAt": 1790000000000, "updatedAt": 1790000000000}
ITERABLE |= {"type": "Blast", "labels": []}


@pytest.mark.parametrize("drafts", [1, 1_100])
def test_an_iterable_answer_leaves_out_the_time_and_the_size_of_a_campaign_that_is_not_sent_yet(
    loader: Loader, drafts: int
) -> None:
    found: list[dict[str, object]] = [
        ITERABLE | {"id": n, "name": "a", "campaignState": "Draft"} for n in range(drafts)
    ]
    found.append(ITERABLE | {"id": 9001, "name": "b", "campaignState": "Ready"})
    # The keys of the only scheduled campaign come after those that are looked at first.
    planned = {"id": 9002, "name": "c", "campaignState": "Scheduled", "startAt": 1893499200000}
    found.append(ITERABLE | planned | {"sendSize": 700})
    text = json.dumps({"campaigns": found}, indent=1)
    done = loader.load(BytesIO(text.encode()), "f.json", ME)
    assert (done.new, done.rejected) == (drafts + 2, 0)
    draft, ready, scheduled = (
        loader.store.configuration(ConfigurationId(id)) for id in ("0", "9001", "9002")
    )
    assert draft is not None
    assert ready is not None
    assert scheduled is not None
    assert (draft.scheduled_at, draft.total_records) == (None, None)
    assert (ready.scheduled_at, ready.total_records) == (None, None)
    assert scheduled.total_records == 700
    assert scheduled.scheduled_at == datetime(2030, 1, 1, 12, tzinfo=UTC)
    notes = " ".join(map(str, done.notes))
    assert f"Sends whose recipients are not reported: {drafts + 1}." in notes
    assert f"Sends without a scheduled time: {drafts + 1}." in notes


def test_an_answer_with_drafts_alone_says_which_columns_of_its_mapping_it_lacks(
    loader: Loader,
) -> None:
    drafts = [ITERABLE | {"id": 1, "name": "a", "campaignState": "Draft"}]
    data = json.dumps({"campaigns": drafts}).encode()
    done = loader.load(BytesIO(data), "f.json", ME)
    assert (done.new, done.rejected) == (1, 0)
    assert "do not have these columns of the mapping: sendSize, startAt, endedAt." in " ".join(
        map(str, done.notes)
    )


def test_a_path_of_a_mapping_that_no_object_has_is_refused_if_every_send_needs_it(
    loader: Loader,
) -> None:
    mapping = from_toml('[fields]\nid = "nr"\nname = "name"\nscheduled_at = "when"\n')
    data = b'[{"id": 1, "name": "a", "state": "sent", "total_records": 5, "when": "2030-01-01"}]'
    with pytest.raises(FeedError, match="no column for ID"):
        loader.load(BytesIO(data), "f.json", ME, LoadOptions(mapping=mapping))


@pytest.mark.parametrize("state", ["Finished", "Recurring", "Archived", "Running"])
@pytest.mark.parametrize("size", [{}, {"sendSize": None}])
def test_an_iterable_campaign_may_have_no_size_in_any_state(
    loader: Loader, state: str, size: dict[str, object]
) -> None:
    at = {"startAt": 1893499200000}
    found = ITERABLE | {"id": 1, "name": "a", "campaignState": state} | at | size
    other = ITERABLE | {"id": 2, "name": "b", "campaignState": "Finished", "sendSize": 0} | at
    done = loader.load(BytesIO(json.dumps({"campaigns": [found, other]}).encode()), "f.json", ME)
    assert (done.new, done.rejected) == (2, 0)
    stored = [loader.store.configuration(ConfigurationId(id)) for id in ("1", "2")]
    assert [each and each.total_records for each in stored] == [None, 0]
    assert "Sends whose recipients are not reported: 1." in " ".join(map(str, done.notes))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"title": "", "subject_line": "Hello"}, "Hello"),
        ({"title": None, "subject_line": "Hello"}, "Hello"),
        ({"subject_line": "Hello"}, "Hello"),
        ({"title": "Spring", "subject_line": "Hello"}, "Spring"),
        ({"title": "", "subject_line": ""}, "c9"),
        ({}, "c9"),
    ],
)
def test_a_mailchimp_campaign_without_a_title_is_named_by_its_subject(
    loader: Loader, settings: dict[str, object], name: str
) -> None:
    answer = json.loads(SAMPLES["Mailchimp campaigns (API)"][1])
    answer["campaigns"].append(answer["campaigns"][0] | {"id": "c9", "settings": settings})
    done = loader.load(BytesIO(json.dumps(answer).encode()), "f.json", ME)
    assert (done.new, done.rejected) == (3, 0)
    stored = loader.store.configuration(ConfigurationId("c9"))
    assert stored is not None
    assert stored.name == name
    note = "Name is the first of these columns that is not empty: settings.title, settings.subj"
    assert note in " ".join(map(str, done.notes))


@pytest.mark.parametrize("kind", ["Mailchimp campaign report", "(saved in Excel)"])
@pytest.mark.parametrize("heading", ["Audience", "Folder"])
@pytest.mark.parametrize("is_reversed", [True, False])
def test_a_mailchimp_report_may_name_an_audience_or_none_in_any_order(
    loader: Loader, kind: str, heading: str, is_reversed: bool
) -> None:
    text = next(text for name, (_, text) in SAMPLES.items() if name.endswith(kind))
    rows = [row[::-1] if is_reversed else row for row in csv.reader(StringIO(text))]
    out = StringIO()
    csv.writer(out).writerows([heading if c == "List" else c for c in row] for row in rows)
    done = loader.load(BytesIO(out.getvalue().encode()), "f.csv", ME)
    assert (done.new, done.rejected) == (2, 0)
    assert done.meaning.first_send is not None
    assert done.meaning.first_send.audience == ("Buyers" if heading == "Audience" else "")


def test_a_mailchimp_answer_may_have_no_titles_at_all(loader: Loader) -> None:
    answer = json.loads(SAMPLES["Mailchimp campaigns (API)"][1])
    for campaign in answer["campaigns"]:
        del campaign["settings"]["title"]
    done = loader.load(BytesIO(json.dumps(answer).encode()), "f.json", ME)
    assert (done.new, done.rejected) == (2, 0)


def test_a_mailchimp_report_without_a_title_has_the_subject_as_the_name(loader: Loader) -> None:
    text = MAILCHIMP.format(list="List").replace("Spring,Again", ",Again")
    done = loader.load(BytesIO(text.encode()), "f.csv", ME)
    assert (done.new, done.rejected) == (2, 0)
    stored = loader.store.configuration(ConfigurationId("bb22"))
    assert stored is not None
    assert stored.name == "Again"


def test_a_saved_mapping_comes_before_a_profile(loader: Loader) -> None:
    (mailchimp,) = (each for each in profiles() if each.name == "Mailchimp campaign report")
    own = from_toml(
        to_toml(mailchimp).replace("SENT-DONE", "CANCELLED").replace(mailchimp.name, "x")
    )
    loader.mappings.save(own)
    assert "the mapping “x”" in load(loader, mailchimp.name)
    send = loader.store.configuration("aa11")
    assert send is not None
    assert send.state is State.CANCELLED


def test_a_mapping_is_chosen_by_its_name_or_by_the_name_of_the_file(loader: Loader) -> None:
    own = FeedMapping(name="own", files="erp-*.csv", states={"zonk": State.PAUSED})
    loader.mappings.save(own)
    data = b"id,name,state,total_records,scheduled_at\n1,a,Zonk,5,2030-01-01\n"
    for n, (name, options) in enumerate(
        [("erp-1.csv", LoadOptions()), ("f.csv", LoadOptions(mapping_name="own"))]
    ):
        done = loader.load(BytesIO(data.replace(b"\n1,", b"\n%d," % n)), name, ME, options)
        assert [each.state for each in done.meaning.states] == [State.PAUSED]
    done = loader.load(BytesIO(data), "f.csv", ME)
    assert "state Freio does not know: 1. The words are: Zonk (1)" in str(done.notes[-1])
    with pytest.raises(FeedError, match="There is no mapping “other”"):
        loader.load(BytesIO(data), "f.csv", ME, LoadOptions(mapping_name="other"))
