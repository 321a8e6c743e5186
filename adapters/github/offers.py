"""What a repository, its organization and its server offer to carriers: asked once, when opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.github.capabilities import DATA_TYPES, Need
from adapters.github.carriers import Carriers, Offer, instead_of
from adapters.github.client import GitHubClient
from adapters.github.shapes import Issue, Repository
from sync.model import FieldName

_BELOW: Mapping[Need, str] = {
    Need.SUB_ISSUES: "sub_issues",
    Need.DEPENDENCIES: "dependencies/blocked_by",
}
"""APIs that a server may not have: their list below an issue."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Asks for what the carriers need, and for nothing else."""

    client: GitHubClient
    repository: Repository
    sample: Issue | None
    """One of the issues, where there is any."""

    def offered(self, carriers: Carriers) -> Carriers:
        """The carriers that this token and this server really have."""
        name, server = self.repository.full_name, self.client.server
        carriers = carriers.lacking(set(self._lacks(carriers)), name, server)
        lacks: set[Need] = set()
        offers: dict[FieldName, Offer | str] = {}
        if wanting := carriers.all_of("issue-type"):
            types = self.client.issue_types()
            lacks |= {Need.ISSUE_TYPES} if types is None else set()
            names = tuple(one.name for one in types or () if one.is_enabled)
            offers |= dict.fromkeys(wanting, Offer(options=names))
        if wanting := carriers.all_of("issue-field"):
            fields = self.client.issue_fields(self.repository.organization)
            lacks |= {Need.ISSUE_FIELDS} if fields is None else set()
            listed = {one.name: Offer(one.id, one.data_type, one.choices) for one in fields or ()}
            if fields is not None:
                offers |= {field: self._offer(field, carriers, listed) for field in wanting}
        return carriers.offering(offers).lacking(lacks, name, server)

    def _lacks(self, carriers: Carriers) -> Iterator[Need]:
        may = self.repository.permissions
        # An app's token reads the repository, and is yet said to have no right at all.
        if may and may.pull and not may.push:
            yield Need.PUSH
        if self.repository.personal:
            yield Need.ORGANIZATION
        if self.sample is None or not self.repository.has_issues:
            return
        shown = {
            Need.SUB_ISSUES: self.sample.sub_issues_summary is not None,
            Need.DEPENDENCIES: self.sample.issue_dependencies_summary is not None,
        }
        for need, below in _BELOW.items():
            path = f"/issues/{self.sample.number}/{below}"
            if carriers.needing(need) and not shown[need] and not self.client.has(path):
                yield need

    def _offer(
        self, name: FieldName, carriers: Carriers, listed: Mapping[str, Offer]
    ) -> Offer | str:
        """What the organization's field that carries this one offers; or why it cannot."""
        carrier, shape = carriers.by_field[name], carriers.shapes[name]
        known = {title.casefold(): offer for title, offer in listed.items()}
        offer = known.get((carrier.argument or "").casefold())
        owner, instead = self.repository.organization, instead_of(name, carrier)
        if offer is None:
            has = ", ".join(map(repr, sorted(listed))) or "none"
            return (
                f"{owner} has no issue field {carrier.argument!r}, but {has}: add it, or {instead}"
            )
        if DATA_TYPES.get(offer.type) is not shape:
            holds = " or ".join(type_ for type_, held in DATA_TYPES.items() if held is shape)
            return (
                f"the issue field {carrier.argument!r} of {owner} is of the type {offer.type}, "
                f"and {name} needs {holds}: make one, or {instead}"
            )
        return offer
