"""Read the login cookie of a request. Streamlit reads the cookie only for a session."""

import json
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.access.identity import netloc


def claims_of(connection: HTTPConnection) -> dict[str, object]:
    """Return the claims in the login cookie. For an invalid cookie, return no claims."""

    def signed(name: str) -> bytes | None:
        value = connection.cookies.get(name, "").encode("latin-1", "replace")
        return decode_signed_value(get_cookie_secret(), name, value)

    try:
        claims = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"null")
    except ValueError:
        return {}
    if not isinstance(claims, dict):
        return {}
    # Browsers send cookies to all ports of a host. Reject a login at another port, as Streamlit
    # does.
    login_at = urlsplit(str(claims.pop("origin", ""))).netloc
    origin, host = connection.headers.get("origin"), connection.headers.get("host", "")
    return claims if login_at == (netloc(origin) if origin else host) else {}
