"""Copying files between issues and elsewhere: downloads, and uploads that are made once.

The issue's property is told of an upload before it is made, and of the attachment's id after it:
whatever is lost in between, the next read knows the attachment for a copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from urllib3 import encode_multipart_formdata

from adapters.attachments import LARGEST, Link, file_name, free, named, too_large
from adapters.jira.attached import AT, PROPERTY, Begun, Ledger
from adapters.jira.client import Issue, JiraClient, Refusal
from adapters.jira.project import Project
from sync.model import Json
from sync.tracker import Attached, Fetch, NotFound, Rejected, RetryLater

MOST = 800
"""Copies that one issue may have: a property holds no more than 32,768 characters.
https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/"""
STAYS = "it stays a link"
SAYS_OTHERWISE = (
    "this Jira calls itself {site}: name that as the tracker's url, or no attachments are copied "
    "from it"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one issue is to get copies of."""

    links: tuple[str, ...] = ()
    """As the backlog has them."""
    fetch: Fetch | None = None


@dataclass(slots=True)
class Copier:
    """Attaches copies to the issues of one Jira."""

    client: JiraClient
    most: int = LARGEST
    """Bytes that one file may have."""
    barred: str | None = None
    """Why nothing can be attached; None: it can be."""

    @classmethod
    def survey(cls, client: JiraClient, project: Project) -> Copier:
        """What the site takes; asked for where copies are to be made."""
        told = client.get("attachment/meta")
        if told.get("enabled") is False:
            why = "attachments are switched off in this Jira; switch them on, or say `links`"
            return cls(client, 0, why)
        if "CREATE_ATTACHMENTS" not in project.allowed:
            why = (
                f"this account may not attach files in {project.key}; give it 'Create attachments'"
            )
            return cls(client, 0, why)
        limit = told.get("uploadLimit")
        return cls(client, min(LARGEST, limit) if isinstance(limit, int) else LARGEST)

    def copy(self, issue: Issue, wanted: Wanted) -> str | None:
        """Why some stay links; None: all are copied. Raises TrackerErrors."""
        if self.barred or wanted.fetch is None:
            return f"{self.barred or 'their files are not at hand'}; {STAYS}"
        told = issue["fields"].get("attachment") or ()
        noted = Ledger.of(issue)
        upload = _Upload(self.client, str(issue["id"]), told, noted.settled(told), noted)
        refused = []
        for link in wanted.links:
            try:
                upload.send(link, wanted.fetch(link, self.most))
            except Rejected as error:
                refused.append(f"{named(link)}: {error}")
        upload.note()
        return f"{'; '.join(refused)}; {STAYS}" if refused else None


@dataclass(slots=True)
class _Upload:
    """What is attached to one issue."""

    client: JiraClient
    id: str
    told: Sequence[Mapping[str, Json]]
    """What was attached before."""
    ledger: Ledger
    noted: Ledger
    """The same, as Jira has it."""
    _names: set[str] = field(default_factory=set)

    def send(self, link: str, file: Attached) -> None:
        if len(self.ledger.copies) >= MOST:
            raise Rejected(f"the issue has {MOST} copies already")
        # Of several files of one name, texts of Jira's mean the latest.
        taken = {str(one["filename"]) for one in self.told} | self._names
        name = free(file_name(file.name), taken)
        ids = [*(int(one["id"]) for one in self.told), *map(int, self.ledger.copies)]
        before = self.ledger
        self.ledger = before.with_begun(link, Begun(name, len(file.content), max(ids, default=0)))
        try:
            self.note()
            id = self._post(*encode_multipart_formdata({"file": (name, file.content)}))
        except Rejected:
            self.ledger = before
            raise
        self._names.add(name)
        self.ledger = self.ledger.with_copy(link, id)

    def _post(self, body: bytes, kind: str) -> str:
        """The id of the new attachment."""
        answer = self.client.upload(f"issue/{self.id}/attachments", body, kind)
        if isinstance(answer, Refusal):
            raise Rejected(str(answer))
        made = answer.entries()
        if len(made) != 1 or not str(made[0].get("id", "")).isdecimal():
            raise RetryLater("Jira did not say what it attached; the next run looks for it")
        return str(made[0]["id"])

    def note(self) -> None:
        """Has the issue itself say which its copies are."""
        if self.ledger == self.noted:
            return
        path = f"issue/{self.id}/properties/{PROPERTY}"
        answer = self.client.write("PUT", path, self.ledger.dump())
        if isinstance(answer, Refusal):
            raise Rejected(f"{answer} (a copy is noted in a property of the issue)")
        self.noted = self.ledger


def download(client: JiraClient, site: str, link: str, most: int) -> Attached:
    """The file of a link to an attachment here. Raises NotFound for a link to elsewhere."""
    found = Link.parse(link)
    beginning = f"{site}{AT}"
    if found is None or not found.address.startswith(beginning):
        raise NotFound("it is not an attachment of this Jira")
    id = found.address.removeprefix(beginning).partition("/")[0]
    if not (id.isascii() and id.isdecimal()):
        raise NotFound("it is not an attachment of this Jira")
    told = client.get(f"attachment/{id}")
    name, size = str(told.get("filename")), told.get("size")
    if not isinstance(size, int) or size > most:
        raise Rejected(too_large("it", size if isinstance(size, int) else 0, most))
    path = f"attachment/content/{id}" if client.cloud else f"site:{AT}{id}/{quote(name, safe='')}"
    content = client.download(path)
    if len(content) != size:
        raise RetryLater(f"{len(content)} of the {size} bytes of {found.words} came")
    return Attached(name, content)


def listen(client: JiraClient) -> None:
    """Has the answers of Data Center completed; Cloud's say all."""
    if client.cloud:
        return
    noted, others = Noted(client, client.get("myself").get("name")), client.complete
    client.complete = lambda issues: others(noted.complete(issues))


@dataclass(slots=True)
class Noted:
    """Completes what searches of Data Center leave out: the properties of issues with copies."""

    client: JiraClient
    me: str | None
    """Our own account: what others attached is no copy."""

    def complete(self, issues: Sequence[Issue]) -> list[Issue]:
        return [self._whole(issue) if self._asks(issue) else issue for issue in issues]

    def _asks(self, issue: Issue) -> bool:
        if "properties" in issue:
            return False
        attached = (issue.get("fields") or {}).get("attachment") or ()
        return any((one.get("author") or {}).get("name") == self.me for one in attached)

    def _whole(self, issue: Issue) -> Issue:
        path = f"issue/{issue['id']}/properties/{PROPERTY}"
        answer = self.client.call("GET", path, accept=(404,))
        value = answer.mapping().get("value") if answer.status == 200 else None
        return {**issue, "properties": {PROPERTY: value}}
