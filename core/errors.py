"""Errors with sentences for people, and marks for texts that pages translate.

An error has templates and values instead of finished sentences, so that pages can translate the
templates. `N_` marks a template for extraction and returns it unchanged.
"""


class Text(str):
    """An English text for people, which pages translate."""

    __slots__ = ()


class Texts(tuple[str, ...]):
    """Several English texts for people, which pages translate and separate by commas."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


class AdminText(str):
    """A text that pages show to administrators only, such as a path, a host or a user name.

    Logs contain it. A `Path` among an error's values is treated in the same way.
    """

    __slots__ = ()


def N_(message: str) -> Text:  # noqa: N802 - the name that gettext tools look for
    """Mark `message` as a text for people."""
    return Text(message)


class FreioError(Exception):
    """An error that a person can understand and act on.

    It has three parts: what happened, what it means for the recipients, and what to do now. If
    `means` is empty, the text of the class is used. A page can show a more exact text instead.

    Values: a `Text`, `Texts` or an error is translated. An `int` is formatted in the reader's
    language. Pass an identifier, such as a process id, as `str`. Readers who may not see a value
    see `hidden`.
    """

    means: str = ""
    hidden: str = "…"

    def __init__(self, happened: str, todo: str, /, means: str = "", **values: object) -> None:
        self.happened, self.todo = happened, todo
        self.means = means or type(self).means
        self.values = values
        super().__init__(" ".join(part.format(**values) for part in self.parts))

    @property
    def parts(self) -> tuple[str, str, str]:
        """The templates of the three parts."""
        return self.happened, self.means, self.todo


#: The meaning of most errors.
UNCHANGED = N_("Nothing was changed; sends go on as planned.")
#: The meaning of an error that prevents Freio from working at all.
CLOSED = N_("Until this is corrected, no send can be stopped here; sends go on as planned.")


class AccessError(FreioError):
    """The person may not do this; nothing was changed."""

    means = UNCHANGED


class DemoOverError(AccessError):
    """A person may act only on demo data, but other data has replaced it."""

    def __init__(self) -> None:
        super().__init__(
            N_("Other data has replaced the demo data."),
            N_("Enter the access token to see it."),
        )


class SettingsError(FreioError):
    """A setting or a file that a setting names is not valid."""

    means = CLOSED


class FeedError(FreioError):
    """A file cannot be read at all; nothing was changed."""

    means = N_("Nothing was changed; what is shown stays as it was.")


class StoreError(FreioError):
    """The store cannot do an operation; nothing was changed."""

    means = UNCHANGED


class StoreBusyError(StoreError):
    """The write waited too long for other writes; nothing was changed."""


class StoreAwayError(StoreError):
    """The store does not answer. The store logs when this starts and when it ends."""


class StoreLockedError(StoreError):
    """Another process holds the database file."""

    means = N_("Nothing was changed. This Freio can stop no send; sends go on as planned.")


class StoreDamagedError(StoreError):
    """The files of the database are damaged."""

    means = N_("Freio has changed nothing in it, and can stop no send; sends go on as planned.")


class StoreNewerError(StoreError):
    """The database was written by a newer version of Freio."""

    means = CLOSED


class StoreDiskError(StoreError):
    """The disk refused a write; nothing was changed."""


class SpaceFreedError(StoreDiskError):
    """The disk was full, and Freio released its reserve: the same write may be tried again."""


class ConflictError(StoreError):
    """Another write was first; nothing was changed, and the same write may be tried again."""


class GaveWayError(StoreError):
    """The write of a background job was stopped because a person's write waited for it.

    The background job may try it again.
    """


class CommitUnknownError(StoreError):
    """A commit got no answer, so the store has to look up whether it was written.

    `cause` is the error to raise if it was not written.
    """

    def __init__(self, cause: StoreError) -> None:
        super().__init__(cause.happened, cause.todo, cause.means, **cause.values)
        self.cause = cause


class OutcomeUnknownError(FreioError):
    """It is unknown whether a write was done, because the store still does not answer."""

    means = N_("It is unknown whether an abort was recorded. Assume that its send goes out.")


class ConnectorError(FreioError):
    """The sending platform gave no answer that can be used.

    `retry_after` is the number of seconds that the platform asks to wait, or None. If
    `may_have_arrived` is true, the request was sent and its answer was lost: the platform may have
    done what was requested.
    """

    means = N_("Assume that the send goes out until the platform shows that it stopped.")
    hidden = N_("the log has the reason")

    def __init__(
        self,
        happened: str,
        todo: str,
        /,
        *,
        retry_after: float | None = None,
        may_have_arrived: bool = False,
        **values: object,
    ) -> None:
        super().__init__(happened, todo, "", **values)
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived
