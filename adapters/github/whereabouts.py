"""What became of issues that are linked and were not listed; and which were made discussions.

Asked for in bulk by GraphQL, by the immutable id; only what is no longer in the repository costs a
request of its own, since REST alone tells a transfer (301) from a deletion (410).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.github.client import GitHubClient
from adapters.github.shapes import Issue, shaped
from adapters.nested import part, parts
from sync.model import Json
from sync.tracker import Gone, RecordId

ASKED = 100
"""Ids that one query takes."""
STANDING = """
query Standing($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Issue { id url repository { nameWithOwner } }
  }
}
"""
# https://docs.github.com/graphql/reference/objects#convertedtodiscussionevent
CONVERTED = """
query Converted($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Issue {
      id
      timelineItems(itemTypes: [CONVERTED_TO_DISCUSSION_EVENT], last: 1) {
        nodes { ... on ConvertedToDiscussionEvent { discussion { url } } }
      }
    }
  }
}
"""


@dataclass
class Whereabouts:
    """Of the issues of one repository."""

    client: GitHubClient
    discussions: bool = False
    """Has the repository any?"""

    def numbers(self, ids: Collection[RecordId]) -> dict[RecordId, int]:
        """Those of issues of this repository that are known by their ids alone, such as new ones.

        An id may be of another form than the issue's own: GitHub has an old one and a new one.
        """
        found: dict[RecordId, int] = {}
        for id, node in zip(ids, self._listed(STANDING, list(ids)), strict=True):
            number = str(part(node, "url")).rpartition("/issues/")[2]
            if self._is_here(node) and number.isascii() and number.isdigit():
                found[id] = int(number)
        return found

    def _is_here(self, node: Json) -> bool:
        place = part(node, "repository", "nameWithOwner")
        return str(place).casefold() == self.client.repository.casefold()

    def missing(self, numbers: Mapping[RecordId, int | None]) -> dict[RecordId, Gone | Issue]:
        """What became of issues, by their ids; `numbers` are what they had when last seen."""
        standing = {str(node["id"]): node for node in self._nodes(STANDING, sorted(numbers))}
        found: dict[RecordId, Gone | Issue] = {}
        for id, number in numbers.items():
            node = standing.get(id)
            if self._is_here(node):
                found[id] = Gone("out of scope")
            elif node is not None:
                found[id] = Gone("moved", str(node.get("url")))
            else:
                found[id] = self.single(id, number)
        return found

    def single(self, id: RecordId | None, number: int | None) -> Gone | Issue:
        """One issue as it is now, or what became of it. `id`: None where the number is sure."""
        if number is None:
            return Gone("hidden")
        answer = self.client.find(number)
        if answer.status == 301:
            return Gone("moved", self.client.follow(answer))
        if answer.status != 200:
            return Gone("deleted" if answer.status == 410 else "hidden")
        issue = shaped(Issue, answer)
        # Another issue of that number: the repository was deleted, and made anew.
        return issue if id in (None, issue.node_id) else Gone("deleted")

    def converted(self, issues: Collection[Issue]) -> dict[RecordId, Gone]:
        """Those that were made discussions, which locks them, and where these are.

        What is left of the issue is closed; that is nobody's decision about the item.
        """
        locked = sorted(issue.node_id for issue in issues if issue.locked)
        if not self.discussions:
            return {}
        found: dict[RecordId, Gone] = {}
        for node in self._nodes(CONVERTED, locked):
            for event in parts(node, "timelineItems", "nodes"):
                url = part(event, "discussion", "url")
                where = url if isinstance(url, str) else None
                found[str(node["id"])] = Gone("made a discussion", where)
        return found

    def _nodes(self, query: str, ids: Sequence[RecordId]) -> Iterator[Mapping[str, Json]]:
        """The nodes that there are; of others the answer says only that they are not there."""
        return (node for node in self._listed(query, ids) if part(node, "id"))

    def _listed(self, query: str, ids: Sequence[RecordId]) -> Iterator[Json]:
        """A node for each id, None where there is none."""
        for start in range(0, len(ids), ASKED):
            some = list(ids[start : start + ASKED])
            nodes = part(self.client.graphql.ask(query, {"ids": some}).data, "nodes")
            yield from (
                nodes if isinstance(nodes, list) and len(nodes) == len(some) else [None] * len(some)
            )
