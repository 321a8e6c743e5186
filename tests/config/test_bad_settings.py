"""Settings that do not hold: each said with its line, its path and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.files import GITHUB, JIRA, problems, shop, tracker

IN = "backlogs.shop"
T = f"{IN}.trackers"
LITERAL = (
    "a credential is only ever env/NAME or file/PATH; "
    "keep it in an environment variable or a file, and name that here"
)
URL = "write https://host/path"
TWINS = "say which items each gets: open, all, none or a condition"


def jira(**change: str) -> str:
    """A Jira tracker on line 4 with some of its settings changed."""
    usual = {"url": '"https://acme.atlassian.net"', "project": "SHOP", "auth": "{token: env/T}"}
    settings = ", ".join(f"{key}: {value}" for key, value in (usual | change).items())
    return tracker(f"jira: {{type: jira, {settings}}}")


def github(**change: str) -> str:
    usual = {"repository": "acme/shop", "auth": "{token: env/T}"}
    settings = ", ".join(f"{key}: {value}" for key, value in (usual | change).items())
    return tracker(f"github: {{type: github, {settings}}}")


ROWS: list[tuple[str, str, list[str]]] = [
    # The whole
    (
        "no backlogs",
        "state: sqlite:///x.db\n",
        ["1: backlogs: missing; add it: The backlogs, by name"],
    ),
    (
        "a backlog's name in capitals",
        f"backlogs: {{Shop: {{trackers: {{{GITHUB}}}}}}}\n",
        ["1: backlogs.Shop: expected lower-case letters, digits and -, a letter first; rename it"],
    ),
    (
        "a PostgreSQL without a database",
        "state: postgresql://db\n" + tracker(GITHUB),
        ["1: state: expected one database; write postgresql://USER@HOST/DATABASE"],
    ),
    (
        "a state in memory only",
        "state: 'sqlite:///:memory:'\n" + tracker(GITHUB),
        ["1: state: expected the address of a database file; write sqlite:///onebacklog.db"],
    ),
    (
        "a state that is a path",
        "state: onebacklog.db\n" + tracker(GITHUB),
        ["1: state: expected the address of a database file; write sqlite:///onebacklog.db"],
    ),
    (
        "a state with options",
        "state: sqlite:///x.db?mode=ro\n" + tracker(GITHUB),
        ["1: state: a path with ?, # or control characters; choose another"],
    ),
    (
        "an empty section",
        shop("fields:"),
        [f"6: {IN}.fields: empty; expected a mapping (key: value); give it a value, or remove it"],
    ),
    # Trackers
    (
        "a misspelt key",
        tracker(JIRA.replace("url:", "urll:")),
        [f"4: {T}.jira.urll: unknown key; did you mean url?"],
    ),
    (
        "a key of another type of tracker",
        tracker(JIRA.replace("project:", "repository: a/b, project:")),
        [
            f"4: {T}.jira.repository: unknown key; known here: api_url, auth, board, creates, "
            "deployment, project, publish, type, url, webhook_secret, where or writes_per_minute"
        ],
    ),
    (
        "a tracker without a type",
        tracker("jira: {project: SHOP}"),
        [f"4: {T}.jira.type: missing; add it: files, github or jira"],
    ),
    (
        "a type that is not known",
        tracker("jira: {type: trello}"),
        [f"4: {T}.jira.type: expected files, github or jira"],
    ),
    (
        "a tracker's name with a meaning of its own",
        tracker(GITHUB.replace("github:", "any:", 1)),
        [f"4: {T}.any: this name has another meaning; rename it"],
    ),
    (
        "a tracker called as another type",
        tracker(GITHUB.replace("github:", "jira:", 1)),
        [f"4: {T}.jira: this name says jira, its type github; rename it"],
    ),
    ("a literal token", jira(auth="{token: abc}"), [f"4: {T}.jira.auth.token: {LITERAL}"]),
    (
        "a literal e-mail address",
        jira(auth="{email: a@b.c, token: env/T}"),
        [f"4: {T}.jira.auth.email: {LITERAL}"],
    ),
    ("a number for a token", github(auth="{token: 12}"), [f"4: {T}.github.auth.token: {LITERAL}"]),
    (
        "an environment variable that cannot be one",
        github(auth="{token: env/a-b}"),
        [f"4: {T}.github.auth.token: {LITERAL}"],
    ),
    (
        "a literal webhook secret",
        github(webhook_secret="hush"),
        [f"4: {T}.github.webhook_secret: {LITERAL}"],
    ),
    (
        "a literal webhook secret beside a good one",
        github(webhook_secret="[env/S, hush]"),
        [f"4: {T}.github.webhook_secret.1: {LITERAL}"],
    ),
    (
        "the same webhook secret twice",
        github(webhook_secret="[env/S, env/S]"),
        [f"4: {T}.github.webhook_secret: says the same thing twice; keep one of them"],
    ),
    (
        "three webhook secrets",
        github(webhook_secret="[env/S, env/T, env/U]"),
        [
            f"4: {T}.github.webhook_secret: expected one secret or two; "
            "keep the new one, and the old"
        ],
    ),
    (
        "no token",
        jira(auth="{email: env/E}"),
        [
            f"4: {T}.jira.auth.token: missing; add it: The API token or personal access token, "
            "as env/NAME or file/PATH"
        ],
    ),
    (
        "an e-mail address for GitHub",
        github(auth="{email: env/E, token: env/T}"),
        [f"4: {T}.github.auth.email: unknown key; known here: token"],
    ),
    (
        "http over the network",
        jira(url="http://jira.acme.example"),
        [
            f"4: {T}.jira.url: not encrypted; "
            "use https; http is for 127.0.0.1, localhost and ::1 only"
        ],
    ),
    (
        "a credential in an address",
        jira(url="https://me:pw@jira.acme.example"),
        [f"4: {T}.jira.url: a credential in an address; remove it, and say it in auth"],
    ),
    (
        "an address without a host",
        jira(url="https:///x"),
        [f"4: {T}.jira.url: not an address; {URL}"],
    ),
    (
        "an address that is none",
        jira(url="'https://['"),
        [f"4: {T}.jira.url: not an address; {URL}"],
    ),
    (
        "an address with a port that is none",
        jira(url='"https://a:x"'),
        [f"4: {T}.jira.url: not an address; {URL}"],
    ),
    (
        "an address of a file",
        jira(url="file:///etc/passwd"),
        [f"4: {T}.jira.url: not an address; {URL}"],
    ),
    (
        "an address with a query",
        jira(api_url="'https://a/?b'"),
        [f"4: {T}.jira.api_url: a query or fragment in an address; end it before the ? or #"],
    ),
    (
        "an address over two lines",
        jira(url='"https://a\\nb"'),
        [f"4: {T}.jira.url: a space, control character or backslash in an address; remove it"],
    ),
    (
        "GitHub's web site for its API",
        github(url="https://github.com"),
        [f"4: {T}.github.url: the address of the web site, not of its API; leave url out"],
    ),
    (
        "a project's name for its key",
        jira(project="Shop"),
        [f"4: {T}.jira.project: expected a project's key, such as SHOP"],
    ),
    (
        "a number where a text should be",
        jira(project="12"),
        [f"4: {T}.jira.project: expected text; write it in quotes"],
    ),
    (
        "a deployment that is not known",
        jira(deployment="server"),
        [f"4: {T}.jira.deployment: expected cloud or datacenter"],
    ),
    (
        "an order in a scope",
        jira(where="status = Open order  by rank"),
        [f"4: {T}.jira.where: a scope has no order; leave ORDER BY out"],
    ),
    (
        "a board by name",
        jira(board="Shop"),
        [f"4: {T}.jira.board: expected a whole number"],
    ),
    (
        "a repository without an owner",
        github(repository="shop"),
        [f"4: {T}.github.repository: expected owner/name; write it as in acme/shop"],
    ),
    (
        "a repository called ..",
        github(repository="acme/.."),
        [f"4: {T}.github.repository: expected owner/name; write it as in acme/shop"],
    ),
    (
        "JQL for GitHub",
        github(where="status = Open"),
        [f"4: {T}.github.where: expected a mapping (key: value)"],
    ),
    (
        "a state that GitHub does not know",
        github(where="{state: opened}"),
        [f"4: {T}.github.where.state: expected open, closed or all; did you mean open?"],
    ),
    (
        "one label for a list of them",
        github(where="{labels: web}"),
        [f"4: {T}.github.where.labels: expected a list"],
    ),
    (
        "a project numbered 0",
        github(project="0"),
        [f"4: {T}.github.project: must be greater than or equal to 1"],
    ),
    (
        "files nowhere",
        tracker("files: {type: files, path: ' '}"),
        [f"4: {T}.files.path: expected a path"],
    ),
    # What is created, what is published
    (
        "a word for what is created that is not known",
        github(creates="opne"),
        [f"4: {T}.github.creates: expected open, all or none; did you mean open?"],
    ),
    (
        "a list of what is created",
        github(creates="[open]"),
        [f"4: {T}.github.creates: expected open, all, none or a condition (field: value)"],
    ),
    (
        "a condition on nothing",
        github(creates="{}"),
        [f"4: {T}.github.creates: holds nothing; give it an entry, or remove it"],
    ),
    (
        "a condition on a field that there is not",
        github(creates="{label: web}"),
        [f"4: {T}.github.creates.label: no such field; did you mean labels?"],
    ),
    (
        "a condition on a text",
        github(creates="{description: web}"),
        [
            f"4: {T}.github.creates.description: not a field of one line or a set; "
            "choose another field"
        ],
    ),
    (
        "a condition on a status that there is not",
        github(creates="{status: [todo, in-progress]}"),
        [
            f"4: {T}.github.creates.status.1: not among the values of status; "
            "did you mean in_progress?"
        ],
    ),
    (
        "one status that there is not, and nothing like it",
        github(creates="{status: zzz}"),
        [
            f"4: {T}.github.creates.status: not among the values of status; "
            "known here: cancelled, done, in_progress, in_review or todo"
        ],
    ),
    (
        "a field that there is not, to be published",
        github(publish="[title, name]"),
        [
            f"4: {T}.github.publish.1: no such field; known here: acceptance_criteria, assignees, "
            "attachments, blocked_by, components, description, due, duplicates, estimate, kind, "
            "labels, order, parent, priority, relates_to, release, resolution, sprint, status or "
            "title"
        ],
    ),
    (
        "a field published twice",
        github(publish="[title, title]"),
        [f"4: {T}.github.publish: says the same thing twice; keep one of them"],
    ),
    (
        "one field to be published, without a list",
        github(publish="title"),
        [f"4: {T}.github.publish: expected all"],
    ),
    (
        "a mapping of what is published",
        github(publish="{title: true}"),
        [f"4: {T}.github.publish: expected all or a list of fields, such as [title]"],
    ),
    (
        "two repositories that do not say what is created there",
        tracker(f"{GITHUB}\n      web: {{type: github, repository: a/b, auth: {{token: env/T}}}}"),
        [
            f"4: {T}.github.creates: missing; 2 trackers here are of type github; {TWINS}",
            f"5: {T}.web.creates: missing; 2 trackers here are of type github; {TWINS}",
        ],
    ),
    (
        "one repository twice, spelt otherwise",
        tracker(
            "a: {type: github, repository: acme/shop, auth: {token: env/T}, creates: all}\n"
            "      b: {type: github, repository: Acme/Shop, url: 'https://API.github.com/',"
            " auth: {token: env/T}, creates: none, where: {state: open}}"
        ),
        [f"5: {T}.b: the same place as {T}.a; remove one"],
    ),
    (
        "one Enterprise Server under two addresses",
        tracker(
            "a: {type: github, repository: a/b, auth: {token: env/T}, creates: all,"
            " url: 'https://ghe.acme.example'}\n"
            "      b: {type: github, repository: a/b, auth: {token: env/T}, creates: none,"
            " url: 'https://ghe.acme.example/api/v3'}"
        ),
        [f"5: {T}.b: the same place as {T}.a; remove one"],
    ),
    (
        "one project in two backlogs",
        tracker(JIRA) + f"  store:\n    trackers:\n      {JIRA.replace('.net', '.net/')}\n",
        [f"7: backlogs.store.trackers.jira: the same place as {T}.jira; remove one"],
    ),
    (
        "one folder in two backlogs",
        tracker("files: {type: files, path: backlog}")
        + "  store:\n    trackers: {files: {type: files, path: ./x/../backlog}}\n",
        [f"6: backlogs.store.trackers.files: the same place as {T}.files; remove one"],
    ),
    # Fields
    (
        "a field that is neither built in nor declared",
        shop("fields: {prority: {authority: jira}}"),
        [
            f"6: {IN}.fields.prority: not a built-in field, nor has it a type; "
            "did you mean priority? Else add type: line, text, number, date or set"
        ],
    ),
    (
        "a team's field without a type",
        shop("fields: {risk: {}}"),
        [
            f"6: {IN}.fields.risk: not a built-in field, nor has it a type; "
            "add type: line, text, number, date or set"
        ],
    ),
    (
        "a built-in field with a type",
        shop("fields: {title: {type: line}}"),
        [f"6: {IN}.fields.title.type: a built-in field has its type; remove it"],
    ),
    (
        "a type that no field has",
        shop("fields: {risk: {type: lines}}"),
        [f"6: {IN}.fields.risk.type: expected line, text, number, date or set; did you mean line?"],
    ),
    (
        "a team's field called as the item's id",
        shop("fields: {id: {type: line}}"),
        [f"6: {IN}.fields.id: every item's own id has this name; choose another"],
    ),
    (
        "a field's name with a dash",
        shop("fields: {due-on: {type: line}}"),
        [
            f"6: {IN}.fields.due-on: expected lower-case letters, digits and _, "
            "a letter first; rename it"
        ],
    ),
    (
        "a field that is no mapping",
        shop("fields: {status: jira}"),
        [f"6: {IN}.fields.status: expected a mapping (key: value)"],
    ),
    (
        "values of a text",
        shop("fields: {description: {values: [a]}}"),
        [f"6: {IN}.fields.description.values: this field has no fixed set of values; remove it"],
    ),
    (
        "an authority that there is not",
        shop("fields:", "  status:", "    authority: jria"),
        [f"8: {IN}.fields.status.authority: no such tracker; did you mean jira?"],
    ),
    (
        "a carrier on a tracker that there is not",
        shop("fields:", "  status:", "    githb: {carrier: state}"),
        [f"8: {IN}.fields.status.githb: unknown key; did you mean github?"],
    ),
    (
        "a field's own key misspelt",
        shop("fields: {status: {vlaues: [a]}}"),
        [f"6: {IN}.fields.status.vlaues: unknown key; did you mean values?"],
    ),
    (
        "a carrier of the other type of tracker",
        shop("fields: {status: {jira: {carrier: state}}}"),
        [f"6: {IN}.fields.status.jira.carrier: not a carrier of jira; did you mean status?"],
    ),
    (
        "a carrier unlike any",
        shop("fields: {status: {github: {carrier: xyz/a}}}"),
        [
            f"6: {IN}.fields.status.github.carrier: not a carrier of github; known here: state, "
            "label/NS, milestone, issue-type, sub-issue, dependency, assignees, "
            "project-field/NAME, issue-field/NAME, body-section/HEADING, checklist, "
            "state-reason or none"
        ],
    ),
    (
        "comments from and to trackers that there are not",
        shop("comments: {from: [jria], to: github, at: [jira]}"),
        [
            f"6: {IN}.comments.at: unknown key; known here: from or to",
            f"6: {IN}.comments.from.0: no such tracker; did you mean jira?",
            f"6: {IN}.comments.to: expected a list",
        ],
    ),
    (
        "comments from files",
        tracker("files: {type: files, path: x}") + "    comments: {from: [files], to: []}\n",
        [f"5: {IN}.comments.from.0: files hold no comments; remove it"],
    ),
    (
        "a carrier that needs a name",
        shop("fields: {priority: {github: {carrier: label/}}}"),
        [f"6: {IN}.fields.priority.github.carrier: this carrier needs a name; write label/NS"],
    ),
    (
        "a carrier that takes no name",
        shop("fields: {release: {github: {carrier: milestone/1}}}"),
        [f"6: {IN}.fields.release.github.carrier: this carrier takes no name; write milestone"],
    ),
    (
        "a carrier in files, and values there",
        tracker("files: {type: files, path: x}")
        + "    fields: {status: {files: {carrier: label/x, values: {todo: To do}}}}\n",
        [
            f"5: {IN}.fields.status.files.carrier: not a carrier of files; known here: none",
            f"5: {IN}.fields.status.files.values: files hold the backlog's own values; remove it",
        ],
    ),
    (
        "a value outside the field's own",
        shop("fields: {priority: {values: [high, low], jira: {values: {hihg: High}}}}"),
        [
            f"6: {IN}.fields.priority.jira.values.hihg: not among the values of priority; "
            "did you mean high?"
        ],
    ),
    (
        "a value outside the built-in ones",
        shop("fields: {status: {jira: {values: {wip: In Progress}}}}"),
        [
            f"6: {IN}.fields.status.jira.values.wip: not among the values of status; "
            "known here: cancelled, done, in_progress, in_review or todo"
        ],
    ),
    (
        "a carrier for the order",
        shop("fields: {order: {authority: jira, github: {carrier: state}}}"),
        [f"6: {IN}.fields.order.github: order takes an authority only; remove it"],
    ),
    # Conflicts
    (
        "a strategy that is not known",
        shop("conflicts: newst"),
        [f"6: {IN}.conflicts: expected hold or newest; did you mean newest?"],
    ),
    (
        "a preference for a tracker that there is not",
        shop("conflicts: [jira, githb]"),
        [f"6: {IN}.conflicts.1: no such tracker; did you mean github?"],
    ),
    (
        "a preference for a field's tracker that there is not",
        shop("conflicts:", "  prefer: [jira]", "  fields:", "    title: [x]", "    titel: hold"),
        [
            f"9: {IN}.conflicts.fields.title.0: no such tracker; known here: github or jira",
            f"10: {IN}.conflicts.fields.titel: no such field; did you mean title?",
        ],
    ),
    (
        "a tracker preferred twice",
        shop("conflicts: {prefer: [jira, jira]}"),
        [f"6: {IN}.conflicts.prefer: says the same thing twice; keep one of them"],
    ),
    # Users
    (
        "a user on a tracker that there is not",
        shop("users: {ada: {gitlab: ada}}"),
        [f"6: {IN}.users.ada.gitlab: no such tracker; did you mean github?"],
    ),
    (
        "two people who are one user, but for capitals",
        shop("users:", "  ada: {github: ada}", "  bob: {github: Ada}"),
        [
            f"8: {IN}.users.bob.github: another person is the same user on github; "
            "give each user to one person"
        ],
    ),
    (
        "a user's number without quotes",
        shop("users: {ada: {jira: 5570}}"),
        [f"6: {IN}.users.ada.jira: expected text; write it in quotes"],
    ),
    # Rules
    (
        "a rule that is not known",
        shop("rules: {label: report}"),
        [f"6: {IN}.rules.label: unknown key; did you mean labels?"],
    ),
    (
        "comments on items that say what there is not, or would run long",
        shop("rules: {notices: {template: '{% for a in findings %}{% endfor %}'}}"),
        [
            f"6: {IN}.rules.notices.template: line 1 goes through something else than the "
            "findings; {% for finding in findings %}"
        ],
    ),
    (
        "a mode that is not known, in short",
        shop("rules: {labels: reprot}"),
        [
            f"6: {IN}.rules.labels: expected off, report, comment, label, fix or hold; "
            "did you mean report?"
        ],
    ),
    (
        "a colour without quotes",
        shop("rules: {labels: {vocabulary: {bug: {color: 000000}}}}"),
        [f"6: {IN}.rules.labels.vocabulary.bug.color: expected text; write it in quotes"],
    ),
    (
        "a colour by name",
        shop("rules: {labels: {vocabulary: {bug: {color: red}}}}"),
        [
            f"6: {IN}.rules.labels.vocabulary.bug.color: expected three or six hexadecimal digits; "
            'write it as "d73a4a"'
        ],
    ),
    (
        "labels that GitHub does not take, or takes for one",
        shop(
            "rules:",
            "  labels:",
            "    vocabulary:",
            "      bug: {description: ' Broken'}",
            "      Bug: {color: '#12345', description: " + "x" * 101 + "}",
            "      " + "x" * 51 + ":",
        ),
        [
            f"9: {IN}.rules.labels.vocabulary.bug.description: expected one line of text, without "
            "spaces around it; trim it",
            f"10: {IN}.rules.labels.vocabulary.Bug: another label is spelled so but for upper and "
            "lower case; keep one of them",
            f"10: {IN}.rules.labels.vocabulary.Bug.color: expected three or six hexadecimal "
            'digits; write it as "d73a4a"',
            f"10: {IN}.rules.labels.vocabulary.Bug.description: expected at most 100 characters; "
            "shorten it",
            f"11: {IN}.rules.labels.vocabulary.{'x' * 51}: longer than 50 characters, which is "
            "the most that GitHub takes; shorten it",
        ],
    ),
    (
        "labels that contradict each other",
        shop(
            "rules:",
            "  labels:",
            "    vocabulary: {bug: , misc: , old: }",
            "    aliases: {old: bug, defekt: bgu, tidy: misc}",
            "    forbidden: [misc]",
        ),
        [
            f"8: {IN}.rules.labels.vocabulary.misc: in the vocabulary, but forbidden or to be "
            "renamed; decide for one",
            f"8: {IN}.rules.labels.vocabulary.old: in the vocabulary, but forbidden or to be "
            "renamed; decide for one",
            f"9: {IN}.rules.labels.aliases.defekt: renamed to a label outside the vocabulary; "
            "did you mean bug?",
            f"9: {IN}.rules.labels.aliases.tidy: renamed to a label that is itself forbidden or "
            "to be renamed; name the label that is to stay",
        ],
    ),
    (
        "criteria for a status that there is not",
        shop("rules: {acceptance-criteria: {statuses: [in_progres], minimum: 0}}"),
        [
            f"6: {IN}.rules.acceptance-criteria.minimum: must be greater than or equal to 1",
            f"6: {IN}.rules.acceptance-criteria.statuses.0: no such status; "
            "did you mean in_progress?",
        ],
    ),
    (
        "a limit for a priority that there is not",
        shop("rules: {priority-order: {limits: {top: 3}}}"),
        [
            f"6: {IN}.rules.priority-order.limits.top: no such priority; "
            "known here: high, highest, low, lowest or medium"
        ],
    ),
    (
        "scores that cannot be calculated",
        shop(
            "fields: {worth: {type: number}, note: {type: line}}",
            "rules:",
            "  priority-order:",
            "    score: {formula: wsjf, fields: {value: worht, urgency: worth, effort: worth}}",
            "    by_kind:",
            "      bug: {score: {formula: rice, expression: '1.0'}}",
            "      epic: {score: {mode: keep}}",
            "      story: {score: item.worht}",
            "      task: {score: {expression: 'item.worth + double(item.position)'}}",
            "      subtask: {score: item.note}",
        ),
        [
            f"9: {IN}.rules.priority-order.score.fields.effort: no part of wsjf; "
            "known here: risk, size, urgency or value",
            f"9: {IN}.rules.priority-order.score.fields.value: value is to stand in the field "
            "worht, which is none of numbers; define it under fields, or say fields: {value: …}",
            f"9: {IN}.rules.priority-order.score.formula: risk is to stand in the field risk, "
            "which is none of numbers; define it under fields, or say fields: {risk: …}",
            f"11: {IN}.rules.priority-order.by_kind.bug.score: neither or both of formula and "
            "expression; say one of them",
            f"12: {IN}.rules.priority-order.by_kind.epic.score: neither or both of formula and "
            "expression; say one of them",
            f"13: {IN}.rules.priority-order.by_kind.story.score: a name that there is not; "
            "did you mean worth?",
            f"14: {IN}.rules.priority-order.by_kind.task.score.expression: made of the position "
            "that it is to decide; leave that out",
            f"15: {IN}.rules.priority-order.by_kind.subtask.score: it gives no number; "
            "calculate one from fields that are numbers",
        ],
    ),
    (
        "a score of another form",
        shop("rules: {priority-order: {score: {formula: wsfj}}}"),
        [
            f"6: {IN}.rules.priority-order.score.formula: expected wsjf, rice or value-effort; "
            "did you mean wsjf?"
        ],
    ),
    (
        "a waiver without an end, for a rule that is not known",
        shop("rules:", "  waivers:", "    - {item: SHOP-7, rule: label, reason: why}"),
        [
            f"8: {IN}.rules.waivers.0.rule: no such rule; did you mean labels?",
            f"8: {IN}.rules.waivers.0.until: missing; add it: "
            "The last day on which the waiver holds, such as 2027-03-31",
        ],
    ),
    (
        "conditions of one's own that are none",
        shop(
            "rules:",
            "  custom:",
            "    labels: {expect: 'item.open', message: no}",
            "    typo: {expect: 'item.titel == \"\"', message: no}",
            "    form: {expect: '1 +', message: no}",
            "    types: {expect: 'item.title > 3', message: no}",
            "    bare: {expect: 'item.open'}",
        ),
        [
            f"8: {IN}.rules.custom.labels: a built-in rule is called so; rename it",
            f"9: {IN}.rules.custom.typo.expect: a name that there is not; did you mean title?",
            f"10: {IN}.rules.custom.form.expect: no expression at column 3; correct it",
            f"11: {IN}.rules.custom.types.expect: string and int do not go together; compare like "
            "with like, and ask has(…) of numbers first",
            f"12: {IN}.rules.custom.bare.message: missing; add it: What to say of an item of which "
            "it does not, such as `has nobody: assign somebody.`",
        ],
    ),
    (
        "a yes that is a text",
        shop("rules: {acceptance-criteria: {done_checked: yes}}"),
        [f"6: {IN}.rules.acceptance-criteria.done_checked: expected true or false"],
    ),
    # Guard and schedule
    (
        "a share over all",
        shop("guard: {changes: 30}"),
        [f"6: {IN}.guard.changes: must be less than or equal to 1"],
    ),
    (
        "a share in words",
        shop("guard: {changes: all, minimum: true}"),
        [
            f"6: {IN}.guard.changes: expected a number",
            f"6: {IN}.guard.minimum: expected a whole number",
        ],
    ),
    (
        "a number that is none",
        shop("guard: {at_most: {creates: -1, closes: 0.5, wishes: 3}, creates: -0.5}"),
        [
            f"6: {IN}.guard.at_most.closes: expected a whole number",
            f"6: {IN}.guard.at_most.creates: must be greater than or equal to 0",
            f"6: {IN}.guard.at_most.wishes: unknown key; known here: changes, closes, creates, "
            "labels, moves or releases",
            f"6: {IN}.guard.creates: must be greater than or equal to 0",
        ],
    ),
    (
        "limits of a tracker that is not there",
        shop("guard: {trackers: {githb: {closes: 0.1}, github: {closes: 3, trackers: {}}}}"),
        [
            f"6: {IN}.guard.trackers.githb: no such tracker; did you mean github?",
            f"6: {IN}.guard.trackers.github.closes: must be less than or equal to 1",
            f"6: {IN}.guard.trackers.github.trackers: unknown key; known here: at_most, changes, "
            "closes, creates, minimum or moves",
        ],
    ),
    (
        "a plan that never was good",
        shop("plans: {expire: 0}"),
        [f"6: {IN}.plans.expire: must be greater than 0"],
    ),
    (
        "a schedule that is no schedule",
        shop("schedule: {cron: '0 * * * *'}"),
        [f"6: {IN}.schedule.cron: unknown key; known here: every, full, report or timezone"],
    ),
    (
        "a full read every moment",
        shop("schedule: {full: 0}"),
        [f"6: {IN}.schedule.full: must be greater than 0; at most 168, a week"],
    ),
    (
        "a full read once in a blue moon",
        shop("schedule: {full: 1000}"),
        [f"6: {IN}.schedule.full: must be at most 168, a week; read whole at least once a week"],
    ),
    (
        "a full read at true",
        shop("schedule: {full: true}"),
        [f'6: {IN}.schedule.full: expected hours, or a cron time; write 6, or "0 3 * * *"'],
    ),
    (
        "a cron time that lacks a part",
        shop('schedule: {full: "0 3 * *"}'),
        [
            f"6: {IN}.schedule.full: expected a cron time of five parts: minute, hour, day, month, "
            'day of the week; write it like "0 3 * * *"'
        ],
    ),
    (
        "a cron time on the 31st of February",
        shop('schedule: {full: "0 3 31 2 *"}'),
        [f'6: {IN}.schedule.full: a cron time that never comes; write it like "0 3 * * *"'],
    ),
    (
        "a duration without a unit, and a place without a time zone",
        shop("schedule: {every: 5, timezone: Europe/Atlantis}"),
        [
            f"6: {IN}.schedule.every: expected a number and a unit: s, m, h or d; write it like 5m",
            f"6: {IN}.schedule.timezone: no time zone of that name; write it like Europe/Berlin, "
            "or UTC",
        ],
    ),
    (
        "a digest for nobody",
        shop('schedule: {report: "0 8 * * 1-5"}'),
        [f"6: {IN}.schedule.report: there is nobody to send it to; name an address under notify"],
    ),
    (
        "every second",
        shop("schedule: {every: 1s}"),
        [f"6: {IN}.schedule.every: expected something from 10s to 7d; write it like 5m"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_settings_that_do_not_hold(text: str, expected: list[str], tmp_path: Path) -> None:
    assert problems(tmp_path, text) == expected


def test_the_settings_that_the_table_starts_from_are_right(tmp_path: Path) -> None:
    for text in (shop(), jira(), github(), tracker(JIRA), tracker(GITHUB)):
        assert problems(tmp_path, text) == []


def test_everything_wrong_in_one_file_is_said_at_once_by_line(tmp_path: Path) -> None:
    text = (
        "state: onebacklog.db\n"
        + tracker("jira: {type: jira, urll: x, project: shop, auth: {token: abc}}")
        + "    fields: {status: {authority: jria}}\n"
        + "    users: {ada: {githb: ada}}\n"
        + "    guard: {closes: 2}\n"
    )
    assert problems(tmp_path, text) == [
        "1: state: expected the address of a database file; write sqlite:///onebacklog.db",
        f"5: {T}.jira.auth.token: {LITERAL}",
        f"5: {T}.jira.project: expected a project's key, such as SHOP",
        f"5: {T}.jira.urll: unknown key; did you mean url?",
        f"6: {IN}.fields.status.authority: no such tracker; did you mean jira?",
        f"7: {IN}.users.ada.githb: no such tracker; known here: jira",
        f"8: {IN}.guard.closes: must be less than or equal to 1",
    ]
