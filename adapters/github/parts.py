"""The parts of an issue's body: what stands where, and references to issues in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from adapters.github.carriers import Carriers
from adapters.sections import HEADING, Place
from adapters.sections.layout import Layout
from adapters.sections.lists import Fits, is_line
from sync.model import FieldName, Shape

_SHORT = re.compile(r"(?:(?P<repository>[\w.-]+/[\w.-]+)?#|GH-)(?P<number>[1-9]\d{0,8})")
_LINK = re.compile(r"\[(?:\\.|[^\]\\])*\]\((?P<url>[^()\s]+)\)|<(?P<bare>[^<>\s]+)>")
_ADDRESS = re.compile(
    r"(?P<web>https?://[^\s]+?)/(?P<repository>[\w.-]+/[\w.-]+)/issues/(?P<number>[1-9]\d{0,8})/?"
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where bodies stand, as far as references in them depend on it."""

    repository: str
    web: str | None = None
    """The address that pages of repositories are below; None: addresses are not read."""

    @classmethod
    def of(cls, repository: str, html_url: str) -> Home:
        """By one of its issues."""
        found = _ADDRESS.fullmatch(html_url)
        return cls(repository, found["web"] if found else None)

    def key(self, entry: str) -> str | None:
        """The issue that an entry of a list names, `acme/shop#12`; None where it is none."""
        link = _LINK.fullmatch(entry)
        entry = (link["url"] or link["bare"]) if link else entry
        found = _SHORT.fullmatch(entry) or _ADDRESS.fullmatch(entry.partition("#")[0])
        if found is None or found.groupdict().get("web", self.web) != self.web:
            return None
        repository = found["repository"] or self.repository
        if repository.casefold() == self.repository.casefold():
            repository = self.repository
        return f"{repository}#{found['number']}"

    def entry(self, key: str) -> str:
        """How a list names an issue, so that GitHub shows its title: `#12` where it is near."""
        return key.removeprefix(self.repository) if self._is_near(key) else key

    def _is_near(self, key: str) -> bool:
        return key.rpartition("#")[0] == self.repository


def headings(carriers: Carriers) -> Mapping[FieldName, str]:
    """The sections of the body, by the field that each carries; but for the criteria's."""
    sections = carriers.all_of("body-section").items()
    held = {name: it.argument or "" for name, it in sections}
    return {n: it for n, it in held.items() if carriers.shapes[n] is not Shape.CRITERIA}


def layout(carriers: Carriers, home: Home) -> Layout:
    """What stands where in a body."""
    criteria: str | Place | None = None
    for name, carrier in carriers.all_of("body-section", "checklist").items():
        if carriers.shapes[name] is Shape.CRITERIA:
            listed = carrier.kind == "checklist"
            criteria = Place.CHECKLIST if listed else carrier.argument or HEADING
    fits: dict[Shape, Fits] = {Shape.ITEMS: partial(_names, home), Shape.SET: is_line}
    sections = headings(carriers).items()
    lists = {it: fits[s] for n, it in sections if (s := carriers.shapes[n]) in fits}
    texts = tuple(it for _, it in sections if it not in lists)
    return Layout(criteria, lists, texts)


def relisted(
    home: Home, entries: Iterable[str], added: Iterable[str], removed: Collection[str]
) -> tuple[str, ...]:
    """The entries of a list of references, where keys were added and removed; others stay."""
    kept = [entry for entry in entries if home.key(entry) not in removed]
    return (*kept, *(home.entry(key) for key in sorted(added)))


def relined(
    _: Home, entries: Iterable[str], added: Iterable[str], removed: Collection[str]
) -> tuple[str, ...]:
    """The same for a list of lines."""
    return (*(entry for entry in entries if entry not in removed), *sorted(added))


def _names(home: Home, entry: str) -> bool:
    return home.key(entry) is not None
