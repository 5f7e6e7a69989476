"""Error answers of the HTTP API (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.domain.load_results import Reject
from core.errors import N_, FeedError, FreioError
from core.feed.import_report import rejects_report
from core.locale import choose_language, choose_locale, wanted_languages
from pages.text import i18n
from pages.viewer.language import ReaderLanguage, using_language


class Problem(FreioError):  # noqa: N818 - RFC 9457's word
    """The reason for the refusal of a request, and the HTTP status of the answer.

    If Freio could read no row of a file, `rejects` contains the first rejected rows.
    """

    means = FeedError.means
    rejects: Sequence[Reject] = ()

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


def require_post(request: Request, *, is_open: bool, todo: str, means: str = "") -> None:
    """Raise Problem if the method is not POST, or if `is_open` is False.

    `is_open`: the settings contain the secret or token of the endpoint.
    """
    if not is_open:
        raise Problem(404, N_("There is nothing here."), N_("Check the address."))
    if request.method != "POST":
        raise Problem(405, N_("Only POST is answered here."), todo, means, {"Allow": "POST"})


def wanted_language(request: Request) -> ReaderLanguage:
    """Return the language of the answer: the first wanted language that Freio has, or English."""
    wanted = wanted_languages(request.headers.get("accept-language", ""))
    language = choose_language(wanted)
    return ReaderLanguage(language, choose_locale(language, wanted))


def language_headers(language: ReaderLanguage) -> dict[str, str]:
    """Return the headers of an answer in `language`."""
    return {"Content-Language": language.code, "Vary": "Accept-Language"}


def problem_response(problem: Problem, request: Request) -> Response:
    """Return the answer for a problem."""
    with using_language(language := wanted_language(request)):
        body: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(problem.status).phrase,
            "status": problem.status,
            "detail": i18n.error(problem),
        }
        if problem.rejects:
            body["rejects"] = rejects_report(problem.rejects, i18n.value)
    headers = problem.headers | language_headers(language) | {"Cache-Control": "no-store"}
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")
