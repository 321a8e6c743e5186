"""The people who can be assigned to a repository's issues."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from pydantic import BaseModel

from adapters.github.client import GitHubClient
from adapters.github.shapes import shaped
from sync.tracker import Person

MOST = 1000
"""So many are listed at most."""
MOST_NAMED = 50
"""Of so many people the profile is asked for, one request each; the others are just logins."""


class _Account(BaseModel):
    login: str


class _Profile(BaseModel):
    name: str | None = None
    email: str | None = None


def people(client: GitHubClient, mapped: Collection[str]) -> tuple[Person, ...]:
    """The assignable people; those who are not `mapped` with name and address, where shown.

    https://docs.github.com/rest/issues/assignees#list-assignees
    """
    pages = (shaped(list[_Account], answer) for answer in client.pages("/assignees"))
    logins = [account.login for account in islice((one for page in pages for one in page), MOST)]
    unknown = [login for login in logins if login not in mapped][:MOST_NAMED]
    profiles = {login: _profile(client, login) for login in unknown}
    nobody = _Profile()
    found = ((login, profiles.get(login, nobody)) for login in logins)
    return tuple(Person(login, one.name or "", one.email) for login, one in found)


def _profile(client: GitHubClient, login: str) -> _Profile:
    answer = client.http.call("GET", f"/users/{login}", accept=(404,))
    return _Profile() if answer.status == 404 else shaped(_Profile, answer)
