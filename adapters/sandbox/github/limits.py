"""How much each caller may ask for. https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.sandbox.github.answers import Refused

PAGE = "overview/rate-limits-for-the-rest-api"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Window:
    """What one caller has used, and when that is forgotten."""

    reset: datetime
    used: int = 0


@dataclass
class Limits:
    budget: int = 5_000
    """Requests an hour, for each caller."""
    creations_per_minute: int | None = None
    """What one caller may POST about issues within 60 seconds; None: any number. github.com: 80."""
    refusal: int = 403
    """How what is too fast is refused: 403, or 429 as is documented too."""
    windows: dict[str | None, Window] = field(default_factory=dict)
    creations: dict[str | None, deque[datetime]] = field(default_factory=dict)

    def forget(self) -> None:
        """Begins anew for everyone."""
        self.windows.clear()
        self.creations.clear()

    def window(self, login: str | None, now: datetime) -> Window:
        window = self.windows.get(login)
        if not window or window.reset <= now:
            window = self.windows[login] = Window(now + HOUR)
        return window

    def remaining(self, login: str | None, now: datetime) -> int:
        return max(0, self.budget - self.window(login, now).used)

    def refuse_exhausted(self, login: str | None, now: datetime, request_id: str) -> None:
        if self.remaining(login, now) <= 0:
            who = f"user {login}" if login else "this address"
            raise Refused(
                403,
                f"API rate limit exceeded for {who}. If you reach out to GitHub Support for help, "
                f"please include the request ID {request_id}.",
            )

    def refuse_hasty(self, login: str | None, now: datetime) -> None:
        """Refuses a creation that comes too soon after too many others, and says when to retry."""
        if self.creations_per_minute is None:
            return
        recent = self.creations.setdefault(login, deque())
        while recent and recent[0] <= now - MINUTE:
            recent.popleft()
        if len(recent) >= self.creations_per_minute:
            free = recent[-self.creations_per_minute] if recent else now
            refused = Refused(
                self.refusal,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you "
                "try again.",
            )
            wait = (free + MINUTE - now).total_seconds()
            refused.headers["Retry-After"] = str(max(1, math.ceil(wait)))
            raise refused

    def spend(self, login: str | None, now: datetime) -> None:
        self.window(login, now).used += 1

    def created(self, login: str | None, now: datetime) -> None:
        self.creations.setdefault(login, deque()).append(now)

    def headers(self, login: str | None, now: datetime) -> dict[str, str]:
        rate = self.rate(login, now)
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in rate.items()} | {
            "X-RateLimit-Resource": "core"
        }

    def rate(self, login: str | None, now: datetime) -> dict[str, int]:
        """`reset` is in seconds since 1970."""
        window = self.window(login, now)
        return {
            "limit": self.budget,
            "remaining": self.remaining(login, now),
            "used": min(window.used, self.budget),
            "reset": int(window.reset.timestamp()),
        }

    def overview(self, login: str | None, now: datetime) -> dict[str, Any]:
        rate = self.rate(login, now)
        untouched = {"used": 0, "reset": rate["reset"]}
        search = {"limit": 30, "remaining": 30, **untouched}
        graphql = {"limit": 5_000, "remaining": 5_000, **untouched}
        return {"resources": {"core": rate, "search": search, "graphql": graphql}, "rate": rate}
