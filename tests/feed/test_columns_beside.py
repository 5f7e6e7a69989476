"""Columns that may have the same field, rows above the headings, and names: what is taken is said."""

from io import BytesIO

import pytest

from core.domain.model import Actor, Role
from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, READ, ROW, tried

ME = Actor("t", Role.ADMINISTRATOR)


@pytest.mark.parametrize("other", ["Total Recipients", "Audience size", "Qtd. de destinatários"])
@pytest.mark.parametrize(
    ("ours", "theirs"), [("5", "7"), ("", "7"), ("5", "7.000"), ("12.000", "9.000")]
)
def test_two_columns_with_other_recipients_are_refused_without_a_choice(
    loader: Loader, other: str, ours: str, theirs: str
) -> None:
    head = f"id,name,state,Recipients,{other},scheduled_at"
    text = f"{head}\n0,Z,draft,5,5,\n1,A,scheduled,{ours},{theirs},{AT}"
    differ = f"“Recipients” and “{other}” may both have the recipients, and they differ in line 3."
    assert differ in tried(loader, text, 'decimal = ","')
    chosen = 'decimal = ","\n[fields]\ntotal_records = "{}"'
    assert tried(loader, text, chosen.format("Recipients")).startswith("2 new")
    assert tried(loader, text, f'ignored = ["{other}"]\ndecimal = ","').startswith("2 new")


@pytest.mark.parametrize("theirs", ["5", "5.0", "", "-", "VIP list"])
def test_another_column_with_the_same_recipients_is_named(loader: Loader, theirs: str) -> None:
    head = "id,name,state,Total recipients,recipients,scheduled_at"
    found = tried(loader, f"{head}\n1,A,scheduled,{theirs},5,{AT}\nTotal,,,99,5,")
    assert found.startswith(READ)
    note = "from the column “recipients”. The column “Total recipients” may be meant too"
    assert note in found


@pytest.mark.parametrize(
    "heading", ["generated %", "% gerados", "generated_records (%)", "Generated ‰"]
)
def test_a_share_of_the_records_is_not_their_number(loader: Loader, heading: str) -> None:
    found = tried(loader, f"{HEAD},{heading}\n1,A,sending,10000,{AT},40")
    assert f"Columns that are not read: {heading}." in found
    assert "may be meant" not in found


@pytest.mark.parametrize(
    "heading", ["Recipients (%)", "% Destinatários", "Total €", "Recipients $"]
)
def test_a_share_or_an_amount_of_money_is_not_the_recipients(loader: Loader, heading: str) -> None:
    found = tried(loader, f"id,name,state,{heading},scheduled_at\n1,A,scheduled,12,{AT}")
    assert "no column for Recipients" in found
    beside = f"id,name,state,Recipients,{heading},scheduled_at\n1,A,scheduled,12,3,{AT}"
    assert tried(loader, beside).startswith("1 new")


@pytest.mark.parametrize("other", ["Sent", "Delivered", "Entregues", "Total"])
def test_counts_close_to_the_recipients_are_named(loader: Loader, other: str) -> None:
    found = tried(loader, f"{HEAD},{other}\n{ROW},4")
    assert found.startswith(READ)
    assert f"The column “{other}” may be meant too, and is not read." in found


@pytest.mark.parametrize(
    "moved", ["Rescheduled to", "New send date", "Nova data de envio", "Reprogramado para"]
)
def test_the_time_to_which_a_send_was_moved_counts(loader: Loader, moved: str) -> None:
    early = "2029-01-01T10:00Z"
    rows = [f"1,A,scheduled,5,{early},{AT}", f"2,B,scheduled,5,{AT},", f"3,C,scheduled,5,{AT},-"]
    for text in ("\n".join([f"{HEAD},{moved}", *each]) for each in (rows, rows[::-1])):
        found = tried(loader, text)
        assert found.startswith("3 new, 0 rejected")
        assert "A SCHEDULED 5 2030-01-02 12:00" in found or "3 C SCHEDULED 5 2030-01-02" in found
        note = "Scheduled time is the first of these columns that is not empty: "
        assert f"{note}{moved}, scheduled_at." in found


@pytest.mark.parametrize(
    ("headings", "at"),
    [
        *(("Scheduled at (UTC),Rescheduled to (UTC)", 10), ("Scheduled at,Rescheduled to", 13)),
        *(("Data de envio [GMT-3],Reagendado para (UTC-03:00)", 13),),
        *(("data.scheduled_at_utc,data.rescheduled_to_utc", 10),),
    ],
)
def test_the_time_to_which_a_send_was_moved_counts_in_its_zone(
    loader: Loader, headings: str, at: int
) -> None:
    row = "1,A,scheduled,5,2026-12-20 10:00,2026-12-01 10:00"
    found = tried(loader, f"id,name,state,recipients,{headings}\n{row}")
    assert f"1 A SCHEDULED 5 2026-12-01 {at}:00" in found


@pytest.mark.parametrize(
    "headings",
    [
        *("Scheduled at,Rescheduled to (UTC)", "Scheduled at (UTC),Rescheduled to"),
        *("Scheduled at (UTC),Reagendado para (GMT-3)",),
        *("Scheduled at,Rescheduled to date,Rescheduled to time",),
    ],
)
def test_a_moved_time_in_another_zone_or_in_two_columns_is_refused(
    loader: Loader, headings: str
) -> None:
    row = "1,A,scheduled,5,2026-12-20 10:00,2026-12-01 10:00,10:00"
    cells = ",".join(row.split(",")[: 4 + len(headings.split(","))])
    for line in ("", "All times in UTC\n"):
        text = f"{line}id,name,state,recipients,{headings}\n{cells}"
        assert "both mean Scheduled time. Nothing was changed" in tried(loader, text)
        chosen = f'[fields]\nscheduled_at = "{headings.split(",")[1]}"'
        assert "1 A SCHEDULED 5 2026-12-01" in tried(loader, text, chosen)


@pytest.mark.parametrize("heading", ["Day", "Weekday", "Dia da semana", "Día", "Send day"])
@pytest.mark.parametrize("weekday", ["Wed", "quarta-feira", "Fri"])
def test_a_column_with_the_weekday_decides_nothing(
    loader: Loader, heading: str, weekday: str
) -> None:
    head = f"id,name,state,recipients,{heading},Date"
    found = tried(loader, f"{head}\n1,A,scheduled,5,{weekday},{AT}")
    assert found.startswith(READ)
    assert f"Columns that are not read: {heading}." in found
    open_ = tried(loader, f"{head}\n1,A,scheduled,5,{weekday},05/04/2027 10:00")
    assert "The order of day and month in f.csv is not clear" in open_
    hours = tried(loader, f"{head},Time\n1,A,scheduled,5,{weekday},2030-01-02,10:00")
    assert hours.startswith("1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 13:00")


def test_the_time_at_which_someone_moved_a_send_is_not_its_time(loader: Loader) -> None:
    found = tried(loader, f"{HEAD},rescheduled_at\n{ROW},2026-11-27T09:12:44Z")
    assert found.startswith(READ)
    assert "Columns that are not read: rescheduled_at." in found


def test_a_time_that_does_not_count_may_prove_the_order_of_dates(loader: Loader) -> None:
    head = "id,name,state,recipients,Scheduled at,Rescheduled to"
    last = "2,B,scheduled,5,05/04/2027 10:00,"
    one = tried(loader, f"{head}\n1,A,scheduled,5,20/12/2026 10:00,05/04/2027 10:00\n{last}")
    assert "1 A SCHEDULED 5 2027-04-05 13:00" in one
    assert "because of “20/12/2026" in one
    both = f"{head}\n1,A,scheduled,5,20/12/2026 10:00,12/21/2026 10:00\n{last}"
    assert "f.csv has both orders of day and month" in tried(loader, both)


@pytest.mark.parametrize(
    ("headings", "taken"),
    [
        *((each, each) for each in ("Title", "Subject", "Assunto", "Asunto", "Campanha")),
        *((each, each) for each in ("Campaña", "Email name", "Nome do e-mail", "Título")),
        *(("Subject,Title", "Title"), ("Subject,Campaign", "Campaign")),
        *(("Title,Campaign name", "Campaign name"), ("Campaign,Title,Subject", "Title")),
    ],
)
def test_the_best_heading_of_a_name_is_taken_and_said(
    loader: Loader, headings: str, taken: str
) -> None:
    names = headings.replace(taken, "A").replace("A name", "x")
    found = tried(
        loader, f"id,{headings},state,recipients,scheduled_at\n1,{names},scheduled,5,{AT}"
    )
    assert found.startswith(READ)
    assert f"Name is read from the column “{taken}”." in found


def test_a_name_comes_before_a_campaign(loader: Loader) -> None:
    send = loader.preview(BytesIO(f"{HEAD},Campaign\n{ROW},C".encode()), "f.csv", ME)
    first = send.summary.meaning.first_send
    assert first is not None
    assert (first.name, first.campaign) == ("A", "C")


@pytest.mark.parametrize(
    "above",
    [
        *("Campaign,,,Performance,", "Campaign,,Status,Recipients,", "name,state"),
        *("Campaign,,Status,Performance,", "Nome,,Estado,Destinatários,"),
    ],
)
def test_a_row_with_groups_of_columns_is_not_the_row_of_headings(
    loader: Loader, above: str
) -> None:
    found = tried(loader, f"{above}\n{HEAD}\n{ROW}")
    assert found.startswith(READ)
    assert f"The headings are in line 2; above them: “{above}”." in found


NAIVE = "1,A,scheduled,5,2030-01-02 12:00"


def test_another_table_below_the_sends_does_not_have_the_headings(loader: Loader) -> None:
    text = f"id,name,state,total_records,when\n1,A,scheduled,5,{AT}\n{HEAD}\n{ROW}"
    assert "The file has no column for Scheduled time" in tried(loader, text)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        *(("All times in UTC", "12"), ("Horários de Lima (GMT-5)", "17"), ("TZ: GMT-5", "17")),
        *(("Timezone: Europe/Madrid", "11"), ("Zona horaria,America/Bogota", "17")),
        *(("Horarios en Ciudad de México", "18"), ("Datas em UTC", "12")),
        *(
            ("Time zone: (GMT-05:00) Eastern Time", "17"),
            ("Exported 10:00 -0300, times in UTC", "12"),
            *(("Dados em UTC", "12"), ("Datos en UTC", "12"), ("Data in UTC", "12")),
            *(("Datos en hora de Lima", "17"), ("UTC", "12"), ("GMT-5", "17")),
            *(("America/Lima", "17"), ("Eastern Time", "17"), ("Pacific Time", "20")),
        ),
    ],
)
def test_a_zone_that_a_line_above_the_headings_names_is_used_and_said(
    loader: Loader, line: str, at: str
) -> None:
    found = tried(loader, f"{line}\n{HEAD}\n{NAIVE}")
    assert f"1 A SCHEDULED 5 2030-01-02 {at}:00" in found
    assert f"because the file says: “{line}”." in found
    chosen = tried(loader, f"{line}\n{HEAD}\n{NAIVE}", 'zone = "Asia/Tokyo"')
    assert "1 A SCHEDULED 5 2030-01-02 03:00" in chosen
    assert f"read as times in Asia/Tokyo, as chosen, but the file says: “{line}”." in chosen


@pytest.mark.parametrize("line", ["All times in UTC", "* Horários de Lima", "Times in Asia/Tokyo"])
def test_another_zone_that_a_line_below_the_sends_names_is_asked_for(
    loader: Loader, line: str
) -> None:
    text = f"{HEAD}\n{NAIVE}\n{line}"
    assert "OpenQuestionError: Times without an offset are read as times in A" in tried(
        loader, text
    )
    assert "2030-01-02 03:00" in tried(loader, text, 'zone = "Asia/Tokyo"')
    assert tried(loader, f"{HEAD}\n{ROW}\n{line}").startswith(READ)


@pytest.mark.parametrize("line", ["Horários de Brasília (GMT-3)", "Timezone: America/Sao_Paulo"])
def test_the_zone_of_the_settings_may_be_below_the_sends(loader: Loader, line: str) -> None:
    found = tried(loader, f"{HEAD}\n{NAIVE}\n{line}")
    assert "1 A SCHEDULED 5 2030-01-02 15:00" in found
    assert f"because the file says: “{line}”." in found


@pytest.mark.parametrize("line", ["Times in BRT", "Horário: EST", "Timezone: PST"])
def test_a_short_name_of_a_zone_is_asked_for(loader: Loader, line: str) -> None:
    for text in (f"{line}\n{HEAD}\n{NAIVE}", f"{HEAD}\n{NAIVE}\n{line}"):
        assert f"The file says “{line}”, but" in tried(loader, text)
        assert "2030-01-02 03:00" in tried(loader, text, 'zone = "Asia/Tokyo"')


@pytest.mark.parametrize(
    ("line", "at"),
    [
        *(("Time zone: (UTC+00:00) Dublin, Edinburgh, Lisbon, London", "11"),),
        *(("Time zone: (GMT+01:00) Madrid", "10"), ("TZ: GMT-5 (New York)", "16")),
        *(("Timezone: America/New York", "16"), ("Timezone: UTC+05:30", "06:30")),
        *(("All times in UTC. Generated 2026-11-28", "12"), ("Fuso: (UTC-03:00) Brasília", "15")),
    ],
)
def test_the_summer_time_of_a_named_place_counts(loader: Loader, line: str, at: str) -> None:
    found = tried(loader, f"{line}\n{HEAD}\n1,A,scheduled,5,2030-07-02 12:00")
    assert f"1 A SCHEDULED 5 2030-07-02 {at}" in found
    assert found.count("Times without an offset are read") == 1


@pytest.mark.parametrize(
    "line",
    [
        *("Times are not in UTC", "All times in UTC except send time (local)"),
        *("Times in the column Created are in UTC", "Time zone of opens: UTC"),
        *("Time zone: EST5EDT", "Time zone: Central European Time", "Account time zone: UTC"),
        *("Time zone: India Standard Time", "Zona horaria: Hora del Pacífico"),
        *("Hora del Pacífico", "Hora del Este", "Horario del Centro", "Horário do Leste"),
        *("Central European Time", "Pacific Time (PT)", "Datos en hora del Pacífico"),
        *("Horarios en hora del Pacífico", "Times in Central European Time"),
        *("Send times are in America/New_York, opens in UTC", "Last updated (all times ET)"),
        *("Time zone: (UTC-05:00) Arizona", "Time zone: (UTC+09:00) Lima", "Times: UTC / GMT-3"),
    ],
)
def test_a_line_about_the_zone_that_freio_does_not_understand_is_asked_for(
    loader: Loader, line: str
) -> None:
    for text in (f'"{line}"\n{HEAD}\n{NAIVE}', f'{HEAD}\n{NAIVE}\n"{line}"'):
        assert f"The file says “{line}”, but “" in tried(loader, text)
        assert tried(loader, text, 'zone = "Asia/Tokyo"').startswith("1 new")
        assert tried(loader, text.replace(NAIVE, ROW)).startswith("1 new")


@pytest.mark.parametrize(
    "line",
    [
        *("Generated 2026-11-28 10:00 Eastern Time", "Exported at 10:00 Pacific Time"),
        *("Gerado em 28/11/2026 10:00 (horário de Bogotá)", "Client: Eastern Time Shoes"),
        *("Data source: Pacific Time Media", "Horario de atención: 9 a 18 (UTC-5)"),
        *("Creation dates are in UTC", "Open and click times are in UTC", "Datas em novembro"),
        *("Dados em análise", "Prime Time", "Hora del Planeta", "UTC Shoes"),
        *("Dates: 2026-11-01 to 2026-11-30", "name,time zone,recipients"),
    ],
)
def test_a_zone_in_a_line_about_something_else_is_not_used(loader: Loader, line: str) -> None:
    for text in (f"{line}\n{HEAD}\n{NAIVE}", f"{HEAD}\n{NAIVE}\n{line}"):
        found = tried(loader, text)
        assert "1 A SCHEDULED 5 2030-01-02 15:00" in found
        assert "the file says" not in found
    if " are in " in line:
        assert f"The line “{line}” may name a zone" in found


@pytest.mark.parametrize("name", ["Send date", "Data de envio"])
@pytest.mark.parametrize(
    ("form", "day"),
    [("dd/mm/yyyy", "04-03"), ("MM/DD/YYYY", "03-04"), ("dd/mm/aaaa hh:mm", "04-03")],
)
def test_the_form_of_dates_in_a_heading_proves_their_order(
    loader: Loader, name: str, form: str, day: str
) -> None:
    text = f"id,name,state,recipients,{name} ({form})\n1,A,scheduled,5,03/04/2030 12:00"
    found = tried(loader, text)
    assert f"1 A SCHEDULED 5 2030-{day} 15:00" in found
    assert f"because of “{name} ({form})” in line 1." in found
    other = "25/04/2030" if form.startswith("MM") else "04/25/2030"
    assert "dates with different orders" in tried(loader, f"{text}\n2,B,scheduled,5,{other} 12:00")


@pytest.mark.parametrize("heading", ["Send date (yyyy-mm-dd)", "Send time (24h)"])
def test_a_heading_with_a_form_is_known(loader: Loader, heading: str) -> None:
    assert tried(loader, f"id,name,state,recipients,{heading}\n{ROW}").startswith(READ)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        *(("(UTC-03:00) Brasilia", "15"), ("(GMT-05:00) Eastern Time (US & Canada)", "17")),
        *(("Brasília", "15"), ("+05:30", "06"), ("horário de Lima", "17"), ("GMT-5", "17")),
    ],
)
def test_a_zone_in_words_is_known_in_a_line_a_column_and_a_heading(
    loader: Loader, zone: str, at: str
) -> None:
    head, cells = "id,name,state,recipients", "1,A,scheduled,5,2030-01-02 12:00"
    texts = [f"Time zone: {zone}\n{HEAD}\n{cells}", f"{HEAD},timezone\n{cells},{zone}"]
    texts += [] if "(" in zone else [f"{head},Send time ({zone})\n{cells}"]
    for text in texts:
        found = tried(loader, text)
        assert f"1 A SCHEDULED 5 2030-01-02 {at}:" in found
        assert "Etc/" not in found
    if zone == "GMT-5":
        assert "read as times in UTC-5: its heading" in found


@pytest.mark.parametrize("zone", ["BRT", "ET", "EST/EDT"])
def test_a_short_name_of_a_zone_in_a_heading_is_asked_for(loader: Loader, zone: str) -> None:
    text = f"id,name,state,recipients,Send time ({zone})\n1,A,scheduled,5,2030-01-02 12:00"
    assert f"has “{zone}”, which is not a zone that Freio knows" in tried(loader, text)
    assert "2030-01-02 03:00" in tried(loader, text, 'zone = "Asia/Tokyo"')


@pytest.mark.parametrize("at", ["Friday 23 November 2026", "2026-11-23", "23/11/2026 (sex)"])
def test_a_weekday_that_is_not_that_of_its_date_is_rejected(loader: Loader, at: str) -> None:
    found = tried(loader, f"{HEAD}\n{ROW}\n2,B,scheduled,5,{at} 10:00")
    assert (f"the weekday in “{at} 10:00” is not" in found) is (at != "2026-11-23")


@pytest.mark.parametrize(
    "line",
    [
        "Export time: 2026-11-01 10:00 America/Lima",
        "Exported 2026-11-01 10:00 UTC",
        "Data e hora da exportação: 01/11/2026 10:00 (UTC)",
    ],
)
def test_the_zone_of_the_export_is_not_that_of_the_sends(loader: Loader, line: str) -> None:
    for text in (f"{line}\n{HEAD}\n{NAIVE}", f"{HEAD}\n{NAIVE}\n{line}"):
        found = tried(loader, text)
        assert "1 A SCHEDULED 5 2030-01-02 15:00" in found
        assert "the file says" not in found


def test_a_line_about_a_zone_that_is_not_named_is_said(loader: Loader) -> None:
    found = tried(loader, f"Horarios en hora local\n{HEAD}\n{NAIVE}")
    assert "The line “Horarios en hora local” may name a zone" in found


@pytest.mark.parametrize(
    "heading_line",
    [
        "JobID,EmailName,JobStatus,NumberTargeted,SchedTime",
        "SendID,EmailName,Status,NumberTargeted,SendDate",
        "Email ID,Email name,State,Recipients,Publish date",
        "Bulk Id,Campaign name,Status,Messages,Scheduled at",
        "Sid,Friendly Name,Status,To Count,Send At",
        "Message ID,Message name,Status,Planned recipients,Scheduled time",
        "Campaign Id,Campaign Name,Status,Attempted,Sent Time",
        "ID;Nome do email;Situação;Leads selecionados;Data/hora de envio",
        "Código da campanha;Campanha;Status do disparo;Tamanho da base;Data e hora do disparo",
        "ID del envío;Asunto;Estado actual;Contactos seleccionados;Fecha y hora programada",
        "Broadcast ID,Subject line,Current status,Subscribers,Broadcast date",
    ],
)
def test_headings_of_more_senders_are_known(loader: Loader, heading_line: str) -> None:
    found = tried(
        loader, f"{heading_line}\n{ROW}".replace(",", ";" if ";" in heading_line else ",")
    )
    assert found.startswith(READ)


def test_recipients_in_two_columns_of_one_rank_are_read_if_they_are_equal(loader: Loader) -> None:
    head = "id,name,state,Total Recipients,Audience Size,scheduled_at"
    found = tried(loader, f"{head}\n1,A,scheduled,5,5,{AT}")
    assert found.startswith(READ)
    assert found.count("Recipients is read from the column") == 1
    assert "they differ in line 2" in tried(loader, f"{head}\n1,A,scheduled,5,6,{AT}")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *(("Pending approval", "WAITING-CONFIRMATION"), ("Aguardando aprovação", "WAITING-CONF")),
        *(("Em fila de envio", "SCHEDULED"), ("En proceso de envío", "IN-PROGRESS")),
    ],
)
def test_more_state_words_are_known(loader: Loader, word: str, state: str) -> None:
    assert f"1 A {state}" in tried(loader, f"{HEAD}\n{ROW.replace('scheduled', word)}")


@pytest.mark.parametrize(
    ("taken", "other"),
    [
        ("scheduled_at", "send_time"),  # a flat export of Klaviyo
        ("scheduled_at", "launch_date"),
        ("Data de envio", "Agendamento"),
        ("fecha de envio", "Fecha prevista"),
        ("send_date", "send_time"),
        ("attributes.scheduled_at", "attributes.send_time"),
    ],
)
def test_two_columns_with_other_scheduled_times_are_refused_without_a_choice(
    loader: Loader, taken: str, other: str
) -> None:
    text = f"id,name,state,recipients,{taken},{other}\n0,Z,draft,5,{AT},{AT}\n1,A,scheduled,5,{AT},"
    differ = f"“{taken}” and “{other}” may both have the scheduled time, and they differ in line 3."
    assert differ in tried(loader, text + "2030-01-03T12:00Z")
    assert differ in tried(loader, text + "03/01/2030 12:00")
    for chosen in (f'[fields]\nscheduled_at = "{taken}"', f'ignored = ["{other}"]'):
        assert tried(loader, text + "2030-01-03T12:00Z", chosen).startswith("2 new, 0 rejected")


@pytest.mark.parametrize(
    "same", [AT, "2030-01-02 09:00:20-03:00", "1893585600", "", "-", "14:30", "now", "Friday"]
)
def test_another_column_with_the_same_scheduled_time_is_no_question(
    loader: Loader, same: str
) -> None:
    text = f"id,name,state,recipients,scheduled_at,send_time\n1,A,scheduled,5,{AT},{same}"
    assert tried(loader, text).startswith(READ)


@pytest.mark.parametrize("other", ["Scheduled at (local)", "sent_at", "created_at", "date"])
def test_a_column_with_another_meaning_is_no_question_about_the_scheduled_time(
    loader: Loader, other: str
) -> None:
    text = f"id,name,state,recipients,Scheduled at (UTC),{other}\n1,A,scheduled,5,{AT},2029-01-01"
    assert tried(loader, text).startswith(READ)
