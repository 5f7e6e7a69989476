"""Error answers of the HTTP API, in the format of RFC 9457."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.errors import FeedError, FreioError
from core.locale import choose_language, choose_locale, wanted_languages
from pages.text import i18n
from pages.viewer.language import ReaderLanguage, using_language


class Problem(FreioError):  # noqa: N818 - RFC 9457's word
    """A request that is refused, and the HTTP status of the answer."""

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


def problem_response(problem: Problem, request: Request) -> Response:
    """Return the answer for a problem, in the language that the request prefers."""
    wanted = wanted_languages(request.headers.get("accept-language", ""))
    language = choose_language(wanted)
    with using_language(ReaderLanguage(language, choose_locale(language, wanted))):
        detail = i18n.error(problem)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": detail,
    }
    headers = {
        **problem.headers,
        "Content-Language": language,
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
    }
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")
