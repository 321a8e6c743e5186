"""The addresses that GitHub puts into every account and repository."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ACCOUNT: Mapping[str, str] = MappingProxyType(
    {
        "followers_url": "/followers",
        "following_url": "/following{/other_user}",
        "gists_url": "/gists{/gist_id}",
        "starred_url": "/starred{/owner}{/repo}",
        "subscriptions_url": "/subscriptions",
        "organizations_url": "/orgs",
        "repos_url": "/repos",
        "events_url": "/events{/privacy}",
        "received_events_url": "/received_events",
    }
)
"""Below an account's own address in the API."""

ORGANIZATION: Mapping[str, str] = MappingProxyType(
    {
        "repos_url": "/repos",
        "events_url": "/events",
        "hooks_url": "/hooks",
        "issues_url": "/issues",
        "members_url": "/members{/member}",
        "public_members_url": "/public_members{/member}",
    }
)

REPOSITORY: Mapping[str, str] = MappingProxyType(
    {
        "archive_url": "/{archive_format}{/ref}",
        "assignees_url": "/assignees{/user}",
        "blobs_url": "/git/blobs{/sha}",
        "branches_url": "/branches{/branch}",
        "collaborators_url": "/collaborators{/collaborator}",
        "comments_url": "/comments{/number}",
        "commits_url": "/commits{/sha}",
        "compare_url": "/compare/{base}...{head}",
        "contents_url": "/contents/{+path}",
        "contributors_url": "/contributors",
        "deployments_url": "/deployments",
        "downloads_url": "/downloads",
        "events_url": "/events",
        "forks_url": "/forks",
        "git_commits_url": "/git/commits{/sha}",
        "git_refs_url": "/git/refs{/sha}",
        "git_tags_url": "/git/tags{/sha}",
        "hooks_url": "/hooks",
        "issue_comment_url": "/issues/comments{/number}",
        "issue_events_url": "/issues/events{/number}",
        "issues_url": "/issues{/number}",
        "keys_url": "/keys{/key_id}",
        "labels_url": "/labels{/name}",
        "languages_url": "/languages",
        "merges_url": "/merges",
        "milestones_url": "/milestones{/number}",
        "notifications_url": "/notifications{?since,all,participating}",
        "pulls_url": "/pulls{/number}",
        "releases_url": "/releases{/id}",
        "stargazers_url": "/stargazers",
        "statuses_url": "/statuses/{sha}",
        "subscribers_url": "/subscribers",
        "subscription_url": "/subscription",
        "tags_url": "/tags",
        "teams_url": "/teams",
        "trees_url": "/git/trees{/sha}",
    }
)


def below(base: str, paths: Mapping[str, str]) -> dict[str, str]:
    return {name: base + path for name, path in paths.items()}
