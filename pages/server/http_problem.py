"""What is answered where a request is not granted."""

from __future__ import annotations

from core.errors import FeedError, FreioError


class Problem(FreioError):  # noqa: N818 - RFC 9457's word
    """A request that is not granted, and its status."""

    means = FeedError.means

    def __init__(
        self,
        status: int,
        happened: str,
        todo: str,
        /,
        means: str = "",
        headers: dict[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(happened, todo, means, **values)
        self.status = status
        self.headers = headers or {}
