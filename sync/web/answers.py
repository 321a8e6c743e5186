"""What is answered: short JSON in our own words, never an error's."""

from __future__ import annotations

from starlette.responses import JSONResponse

PAUSE = 30
"""Seconds after which a sender may come again."""


def accepted() -> JSONResponse:
    return JSONResponse({"said": "accepted"}, 202)


def refused(status: int, why: str) -> JSONResponse:
    """The connection ends with it: the rest of a body that was refused is not waited for."""
    return JSONResponse({"said": why}, status, {"connection": "close"})


def unsigned() -> JSONResponse:
    """The same for every name."""
    return refused(401, "no valid signature")


def later() -> JSONResponse:
    """Nothing is wrong with the request."""
    said, pause = "not now; nothing was stored, so send it again", {"retry-after": str(PAUSE)}
    return JSONResponse({"said": said}, 503, {**pause, "connection": "close"})


def failed() -> JSONResponse:
    """Something that nobody foresaw; the log has it."""
    return JSONResponse({"said": "failed; the server's log says why"}, 500)
