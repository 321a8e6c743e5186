"""People of the backlog ↔ accounts of one Jira. Pure.

Who has no account here, and which account is nobody's in the backlog, is kept on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.model import FieldName
from sync.tracker import Unmapped


class Accounts:
    """How one Jira names people."""

    def __init__(self, logins: Mapping[str, str], *, identity: bool) -> None:
        """`logins`: canonical name of a person → accountId (Cloud), or name (Data Center).

        `identity`: is an account's name the person's, where the settings name no other?
        """
        self._logins, self._identity = dict(logins), identity
        self._persons = {login: person for person, login in logins.items()}

    def person(self, login: str) -> str | None:
        return self._persons.get(login, login if self._identity else None)

    def login(self, person: str) -> str | None:
        return self._logins.get(person, person if self._identity else None)

    def read_sharing(self, shown: Iterable[str], held: frozenset[str]) -> frozenset[str]:
        """Where Jira holds one person: who else has the item is not seen, and still has it."""
        shown = list(shown)
        now = self._known(shown)
        if now & held:
            return held
        names = sorted(person for person in held if self.login(person))
        gone = set(names[:1]) if not shown or now else set()
        return frozenset((held - gone) | now)

    def write_sharing(self, value: frozenset[str], shown: Iterable[str]) -> list[str]:
        """One account: the one shown, where that is one of the people's, or nobody's."""
        logins = [login for person in sorted(value) if (login := self.login(person))]
        kept = [login for login in shown if login in logins or self.person(login) is None]
        return kept[:1] or logins[:1]

    def read_all(self, shown: Iterable[str], held: frozenset[str]) -> frozenset[str]:
        return self._known(shown) | {person for person in held if self.login(person) is None}

    def write_all(self, value: frozenset[str], shown: Iterable[str]) -> list[str]:
        logins = {login for person in value if (login := self.login(person))}
        return sorted(logins | {login for login in shown if self.person(login) is None})

    def read_one(self, shown: str | None, held: str | None) -> str | None:
        """An account that is nobody's tells nothing."""
        if shown is None:
            return None if held is None or self.login(held) else held
        return self.person(shown) or held

    def write_one(self, name: FieldName, value: str | None, shown: str | None) -> str | None:
        """Raises Unmapped for a person without an account."""
        if shown is not None and self.person(shown) is None:
            return shown
        if value is None:
            return None
        login = self.login(value)
        if login is None:
            raise Unmapped(name, value, "name the account of this person under users")
        return login

    def _known(self, shown: Iterable[str]) -> frozenset[str]:
        return frozenset(person for login in shown if (person := self.person(login)))
