"""Errors with texts for people."""


class Text(str):
    """An English text for people. Pages translate the text."""

    __slots__ = ()


class Texts(tuple[str, ...]):
    """Several English texts for people. Pages translate the texts and insert commas."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


class AdminText(str):
    """A text only for administrators and logs, for example a path or a host.

    Pages also hide a `Path` among the values of an error.
    """

    __slots__ = ()


def N_(message: str) -> Text:  # noqa: N802 - the name that gettext tools look for
    """Mark a text for translation."""
    return Text(message)


class FreioError(Exception):
    """An error that a person can understand and act on.

    - `means`: what happens to the sends: "Nothing was changed; sends go on as planned."
    - `happened`, `todo` and `means` are templates. `values` has the values for the templates. Pages
      translate a value that is a `Text`, a `Texts` or an error. Pages show an `int` as 1,234, so a
      process id is a `str`. Readers who are no administrators see `hidden` instead of an
      `AdminText` or a `Path`.
    """

    means: str = ""
    hidden: str = "…"

    def __init__(self, happened: str, todo: str, means: str = "", /, **values: object) -> None:
        self.happened, self.todo = happened, todo
        self.means = means or type(self).means
        self.values = values
        super().__init__(" ".join(part.format(**values) for part in self.parts))

    @property
    def parts(self) -> tuple[str, str, str]:
        """The three templates."""
        return self.happened, self.means, self.todo


UNCHANGED = N_("Nothing was changed; sends go on as planned.")
CLOSED = N_("Until this is corrected, no send can be stopped here; sends go on as planned.")


class AccessError(FreioError):
    """The person is not allowed to do this."""

    means = UNCHANGED


class DemoOverError(AccessError):
    """A demo visitor acted after the end of the demo."""

    def __init__(self) -> None:
        super().__init__(
            N_("Other data has replaced the demo data."), N_("Enter the access token to see it.")
        )


class SettingsError(FreioError):
    """A setting, or a file named in a setting, is not valid."""

    means = CLOSED


class FeedError(FreioError):
    """A file cannot be read."""

    means = N_("Nothing was changed; what is shown stays as it was.")


class StoreError(FreioError):
    """The store cannot do an operation; nothing was changed."""

    means = UNCHANGED


class StoreBusyError(StoreError):
    """The write waited too long."""


class StoreAwayError(StoreError):
    """The store does not answer. The store logs the outage, so callers do not log."""


class StoreLockedError(StoreError):
    """Another process has the database file open."""

    means = N_("Nothing was changed. This Freio cannot abort a send; sends go on as planned.")


class StoreDamagedError(StoreError):
    """The files of the database are damaged."""

    means = N_("Freio has changed nothing in it, and cannot abort a send; sends go on as planned.")


class StoreNewerError(StoreError):
    """A newer version of Freio wrote the database."""

    means = CLOSED


class StoreDiskError(StoreError):
    """The disk refused a write."""


class SpaceFreedError(StoreDiskError):
    """The disk was full. Freio has released space, so the caller can try again."""


class ConflictError(StoreError):
    """Another transaction wrote first. The caller can try again."""


class GaveWayError(StoreError):
    """A person's write stopped the write of a background job. The job can try again."""


class CommitUnknownError(StoreError):
    """A commit got no answer. `cause` is the error of the connection.

    The store then looks for the written row. If there is none, the store raises `cause`.
    """

    def __init__(self, cause: StoreError) -> None:
        super().__init__(cause.happened, cause.todo, cause.means, **cause.values)
        self.cause = cause


class OutcomeUnknownError(FreioError):
    """The store does not answer. Freio does not know whether a write was done."""

    means = N_("It is unknown whether an abort was recorded. Assume that its send goes out.")


class ConnectorError(FreioError):
    """The sending platform gave no usable answer.

    - `retry_after`: the seconds that the platform asks Freio to wait, or None.
    - `may_have_arrived`: perhaps the platform executed the request.
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
