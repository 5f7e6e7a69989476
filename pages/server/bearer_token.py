"""The token in the header `Authorization: Bearer <token>`."""

import hmac

from starlette.requests import Request


def has_bearer_token(request: Request, token: str) -> bool:
    """Return whether a request has `token`. The time of this check reveals no part of `token`."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8"), token.encode("utf-8"))
    return same and scheme.lower() == "bearer"
