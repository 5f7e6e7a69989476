"""The result of an import as JSON values, for the watched folder's reports and the HTTP API."""

from dataclasses import fields

from core.domain.imports import ImportSummary, Meaning

#: The maximum number of state words in the notes.
MOST_WORDS = 20


def as_report(done: ImportSummary) -> dict[str, object]:
    """Return the id, name and time of an import, all its counts, and the notes on it."""
    values = {each.name: getattr(done, each.name) for each in fields(done)}
    return {
        "id": done.id,
        "name": done.name,
        "loaded_at": done.loaded_at.isoformat(),
        "rows": done.rows,
        # bool is a subclass of int, but not a count.
        **{name: value for name, value in values.items() if type(value) is int},
        "notes": [*map(str, done.notes), *_sentences(done.meaning)],
    }


def _sentences(meaning: Meaning) -> list[str]:
    """Return sentences in English about what the rows of a file mean."""
    found = [
        f"State “{each.word}” is read as {each.state.value} (rows: {each.rows})."
        for each in meaning.states[:MOST_WORDS]
    ]
    if meaning.earliest and meaning.latest:
        first, last = (f"{t:%A %Y-%m-%d %H:%M} UTC" for t in (meaning.earliest, meaning.latest))
        found.append(f"Scheduled times: from {first} to {last}.")
    if meaning.smallest is not None:
        found.append(
            f"Recipients: the smallest number is {meaning.smallest}, the median "
            f"{meaning.median}, the largest {meaning.largest}."
        )
    for what, send in (
        ("First row", meaning.first_send),
        ("Largest send", meaning.largest_send),
        ("Next to go out", meaning.next_send),
    ):
        if send is not None:
            people = "not reported" if send.total_records is None else send.total_records
            due = send.scheduled_at
            at = "no scheduled time" if due is None else f"{due:%Y-%m-%d %H:%M} UTC"
            found.append(
                f"{what}: {send.id}, “{send.name}”, {send.state.value}, recipients: {people}, {at}."
            )
    return found
