"""What the stand-in holds, as the JSON that GitHub shows."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import quote

from adapters.sandbox.github import addresses
from adapters.sandbox.github.editions import shows
from adapters.sandbox.github.state import (
    Account,
    Comment,
    FieldValue,
    Issue,
    IssueField,
    IssueType,
    Label,
    Milestone,
    Repository,
    Stamp,
    State,
)

Shape: TypeAlias = dict[str, Any]

UNLIKED = dict.fromkeys(
    ("total_count", "+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"), 0
)


def node_id(prefix: str, id_: int) -> str:
    """Opaque, as the real ones are, and distinct from the database id."""
    return f"{prefix}_kwDO{base64.urlsafe_b64encode(id_.to_bytes(6)).decode()}"


@dataclass(frozen=True)
class Shapes:
    """Shows everything as it is at this moment, with addresses below `base`."""

    state: State
    base: str
    """The API's own address, `http://127.0.0.1:PORT/github`; pages for people are below it too."""

    @cached_property
    def _accounts(self) -> dict[int, Shape]:
        return {}

    def account(self, login: str) -> Shape:
        account = self.state.account(login)
        if account.id not in self._accounts:
            self._accounts[account.id] = self._account(account)
        return self._accounts[account.id]

    def _account(self, account: Account) -> Shape:
        url = f"{self.base}/users/{account.login}"
        return {
            "login": account.login,
            "id": account.id,
            "node_id": node_id("U", account.id),
            "avatar_url": f"{self.base}/avatars/{account.id}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.base}/{account.login}",
            **addresses.below(url, addresses.ACCOUNT),
            "type": account.type,
            "user_view_type": "public",
            "site_admin": False,
        }

    def profile(self, login: str, at: Stamp) -> Shape:
        """An account as it shows itself."""
        account = self.state.account(login)
        unsaid = ("name", "company", "location", "email", "hireable", "bio", "twitter_username")
        return {
            **self.account(login),
            **dict.fromkeys(unsaid),
            "name": account.name,
            "email": account.email,
            "blog": "",
            **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
            "created_at": at,
            "updated_at": at,
        }

    def organization(self, login: str) -> Shape:
        account = self.state.account(login)
        url = f"{self.base}/orgs/{account.login}"
        return {
            "login": account.login,
            "id": account.id,
            "node_id": node_id("O", account.id),
            "url": url,
            **addresses.below(url, addresses.ORGANIZATION),
            "avatar_url": f"{self.base}/avatars/{account.id}",
            "description": "",
        }

    def repository(self, repository: Repository, login: str | None) -> Shape:
        """As `login` sees it: `permissions` are theirs; anonymous people have none to show."""
        url = self.repository_url(repository)
        html_url = f"{self.base}/{repository.full_name}"
        open_issues = repository.count("open")
        shape: Shape = {
            "id": repository.id,
            "node_id": node_id("R", repository.id),
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.private,
            "visibility": repository.visibility,
            "owner": self.account(repository.owner),
            "html_url": html_url,
            "description": None,
            "fork": False,
            "url": url,
            **addresses.below(url, addresses.REPOSITORY),
            "created_at": repository.created_at,
            "updated_at": repository.created_at,
            "pushed_at": repository.created_at,
            "git_url": f"{html_url}.git",
            "ssh_url": f"{html_url}.git",
            "clone_url": f"{html_url}.git",
            "svn_url": html_url,
            **dict.fromkeys(("homepage", "language", "license", "mirror_url")),
            **dict.fromkeys(("size", "forks", "forks_count", "watchers", "watchers_count"), 0),
            **dict.fromkeys(("stargazers_count", "network_count", "subscribers_count"), 0),
            "has_issues": repository.has_issues,
            **dict.fromkeys(("has_projects", "has_downloads", "has_wiki"), True),
            **dict.fromkeys(("has_pages", "disabled"), False),
            "has_discussions": any(issue.discussion for issue in repository.issues.values()),
            "archived": repository.archived,
            "allow_forking": True,
            "is_template": False,
            "web_commit_signoff_required": False,
            "topics": [],
            "open_issues": open_issues,
            "open_issues_count": open_issues,
            "default_branch": "main",
        }
        if login:
            may = repository.pushable(login)
            shape["permissions"] = {
                **dict.fromkeys(("admin", "maintain", "push", "triage"), may),
                "pull": True,
            }
        return shape

    def repository_url(self, repository: Repository) -> str:
        return f"{self.base}/repos/{repository.full_name}"

    def label(self, repository: Repository, label: Label) -> Shape:
        return {
            "id": label.id,
            "node_id": node_id("LA", label.id),
            "url": f"{self.repository_url(repository)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": label.description,
        }

    def milestone(self, repository: Repository, milestone: Milestone) -> Shape:
        url = f"{self.repository_url(repository)}/milestones/{milestone.number}"
        return {
            "url": url,
            "html_url": f"{self.base}/{repository.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": node_id("MI", milestone.id),
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.account(milestone.creator),
            "open_issues": repository.counts[milestone.number, "open"],
            "closed_issues": repository.counts[milestone.number, "closed"],
            "state": milestone.state,
            "created_at": milestone.created_at,
            "updated_at": milestone.updated_at,
            "due_on": milestone.due_on,
            "closed_at": milestone.closed_at,
        }

    def issue_type(self, type_: IssueType) -> Shape:
        return {
            "id": type_.id,
            "node_id": node_id("IT", type_.id),
            "name": type_.name,
            "description": None,
            "color": None,
            "is_enabled": True,
        }

    def issue_field(self, field: IssueField) -> Shape:
        """As its organization shows it."""
        options = [
            {"id": option.id, "name": option.name, "color": "gray", "priority": at + 1}
            for at, option in enumerate(field.options)
        ]
        return {
            "id": field.id,
            "node_id": node_id("IF", field.id),
            "name": field.name,
            "description": None,
            "data_type": field.type,
            "visibility": "organization_members_only",
            **({"options": options} if field.options else {}),
        }

    def field_values(self, repository: Repository, issue: Issue) -> list[Shape]:
        """What an issue has in its organization's fields."""
        fields = {field.id: field for field in self.state.fields_of(repository)}
        return [self._field_value(fields[id_], it) for id_, it in issue.fields if id_ in fields]

    def _field_value(self, field: IssueField, value: FieldValue) -> Shape:
        options = {
            option.name: {"id": option.id, "name": option.name, "color": "gray"}
            for option in field.options
        }
        shape: Shape = {
            "issue_field_id": field.id,
            "issue_field_name": field.name,
            "node_id": node_id("IFV", field.id),
            "data_type": field.type,
            "value": value,
        }
        if isinstance(value, tuple):
            chosen = [options[name] for name in value]
            return shape | {"value": ", ".join(value), "multi_select_options": chosen}
        if field.type == "single_select":
            shape["single_select_option"] = options[str(value)]
        return shape

    def issue_url(self, repository: Repository, number: int) -> str:
        return f"{self.repository_url(repository)}/issues/{number}"

    def issue(self, repository: Repository, issue: Issue) -> Shape:
        url = self.issue_url(repository, issue.number)
        milestone = repository.milestones.get(issue.milestone or 0)
        assignees = [self.account(login) for login in issue.assignees]
        kind = "pull" if issue.pull_request else "issues"
        shape: Shape = {
            "url": url,
            "repository_url": self.repository_url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"{self.base}/{repository.full_name}/{kind}/{issue.number}",
            "id": issue.id,
            "node_id": node_id("PR" if issue.pull_request else "I", issue.id),
            "number": issue.number,
            "title": issue.title,
            "user": self.account(issue.author),
            "labels": [self.label(repository, label) for label in repository.labels_of(issue)],
            "state": issue.state,
            "locked": issue.locked,
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": self.milestone(repository, milestone) if milestone else None,
            "comments": issue.comments,
            "created_at": issue.created_at,
            "updated_at": issue.updated_at,
            "closed_at": issue.closed_at,
            "author_association": self._association(repository, issue.author),
            "active_lock_reason": issue.lock_reason,
            "body": issue.body,
            "reactions": {"url": f"{url}/reactions", **UNLIKED},
            "timeline_url": f"{url}/timeline",
            "performed_via_github_app": None,
            "state_reason": issue.state_reason,
        }
        if issue.pull_request:
            return shape | self._pull(repository, issue)
        more = self._ties(repository, issue)
        if self.state.fields_of(repository):
            more["issue_field_values"] = self.field_values(repository, issue)
        return shape | {name: it for name, it in more.items() if shows(self.state.version, name)}

    def _pull(self, repository: Repository, issue: Issue) -> Shape:
        """What only pull requests have."""
        url = f"{self.repository_url(repository)}/pulls/{issue.number}"
        html_url = f"{self.base}/{repository.full_name}/pull/{issue.number}"
        addresses_ = {
            "url": url,
            "html_url": html_url,
            "diff_url": f"{html_url}.diff",
            "patch_url": f"{html_url}.patch",
            "merged_at": None,
        }
        return {"draft": False, "pull_request": addresses_}

    def _ties(self, repository: Repository, issue: Issue) -> Shape:
        """What only real issues have: type, sub-issues, dependencies."""
        sub_issues = self.state.found(issue.sub_issues)
        done = sum(sub.state == "closed" for _, sub in sub_issues)
        parent = self.state.find(issue.parent)
        blocked_by = self.state.found(issue.blocked_by)
        blocking = self.state.found(issue.blocking)
        types = {type_.name: type_ for type_ in self.state.types_of(repository)}
        return {
            "type": self.issue_type(types[issue.type]) if issue.type in types else None,
            "sub_issues_summary": {
                "total": len(sub_issues),
                "completed": done,
                "percent_completed": 100 * done // len(sub_issues) if sub_issues else 0,
            },
            "parent_issue_url": self.issue_url(parent[0], parent[1].number) if parent else None,
            "issue_dependencies_summary": {
                "blocked_by": sum(other.state == "open" for _, other in blocked_by),
                "total_blocked_by": len(blocked_by),
                "blocking": sum(other.state == "open" for _, other in blocking),
                "total_blocking": len(blocking),
            },
        }

    def comment(self, repository: Repository, comment: Comment) -> Shape:
        issue_url = self.issue_url(repository, comment.issue)
        url = f"{self.repository_url(repository)}/issues/comments/{comment.id}"
        page = f"{self.base}/{repository.full_name}/issues/{comment.issue}"
        return {
            "url": url,
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": issue_url,
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "user": self.account(comment.author),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": self._association(repository, comment.author),
            "body": comment.body,
            "reactions": {"url": f"{url}/reactions", **UNLIKED},
            "performed_via_github_app": None,
        }

    def _association(self, repository: Repository, login: str) -> str:
        if login == repository.owner:
            return "OWNER"
        return "COLLABORATOR" if repository.pushable(login) else "NONE"
