"""Hooks of a repository, and their deliveries. https://docs.github.com/rest/repos/webhooks"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from adapters.sandbox.github.answers import (
    NO_CONTENT,
    Answer,
    Refused,
    invalid,
    malformed,
    not_found,
)
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.shapes import Shape
from adapters.sandbox.github.state import Delivery, Hook, Repository
from adapters.sandbox.github.webhooks import is_loopback

MASK = "********"
"""What GitHub shows in the place of a hook's secret."""
MOST_HOOKS = 20
"""For one event."""
EVENTS = frozenset(
    {
        *("*", "ping", "push", "create", "delete", "fork", "gollum", "public", "release"),
        *("issues", "issue_comment", "issue_dependencies", "sub_issues", "label", "milestone"),
        *("pull_request", "pull_request_review", "pull_request_review_comment"),
        *("repository", "member", "team_add", "star", "watch", "status", "page_build"),
        *("branch_protection_rule", "check_run", "check_suite", "commit_comment"),
        *("deployment", "deployment_status", "discussion", "discussion_comment"),
        *("workflow_job", "workflow_run"),
    }
)
"""What a repository's hook may ask for. Events of Projects are for organizations' hooks only."""


def _hook(call: Call) -> tuple[Repository, Hook]:
    repository = call.pushable()
    hook = repository.hooks.get(call.number("hook_id"))
    if not hook:
        raise not_found()
    return repository, hook


def _url(call: Call, repository: Repository, hook: Hook) -> str:
    return f"{call.shapes.repository_url(repository)}/hooks/{hook.id}"


def _shape(call: Call, repository: Repository, hook: Hook) -> Shape:
    url = _url(call, repository, hook)
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": list(hook.events),
        "config": config_of(hook),
        "updated_at": hook.updated_at,
        "created_at": hook.created_at,
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": hook.last_code, "status": hook.last_status, "message": None},
    }


def config_of(hook: Hook) -> Shape:
    config = {"content_type": hook.content_type, "insecure_ssl": "0", "url": hook.url}
    return config | ({"secret": MASK} if hook.secret else {})


def list_hooks(call: Call) -> Answer:
    repository = call.pushable()
    hooks = list(repository.hooks.values())
    return call.page(hooks, lambda one: _shape(call, repository, one), "/hooks", repository)


def get_hook(call: Call) -> Answer:
    repository, hook = _hook(call)
    return Answer(_shape(call, repository, hook))


def configured(config: Any, required: bool) -> dict[str, Any]:
    """The fields that a hook's `config` sets."""
    if not isinstance(config, dict):
        raise malformed("For 'properties/config', it is not an object.")
    fields: dict[str, Any] = {}
    if required or "url" in config:
        url = config.get("url")
        if not isinstance(url, str) or not url:
            raise invalid("Hook", "url", "missing_field")
        if not is_loopback(url):
            message = "url must be on loopback: the stand-in sends to no other machine"
            raise invalid("Hook", "url", "custom", message=message)
        fields["url"] = url
    if "content_type" in config:
        if config["content_type"] not in ("json", "form"):
            raise invalid("Hook", "content_type")
        fields["content_type"] = config["content_type"]
    if "secret" in config:
        fields["secret"] = str(config["secret"]) if config["secret"] else None
    return fields


def checked(events: list[str], known: frozenset[str] = EVENTS) -> tuple[str, ...]:
    unknown = sorted(set(events) - known)
    if unknown:
        message = f"These events are not allowed for this hook: {', '.join(unknown)}"
        raise invalid("Hook", "events", "custom", message=message)
    return tuple(dict.fromkeys(events))


def create_hook(call: Call) -> Answer:
    repository = call.pushable()
    fields = configured(call.object().get("config", {}), required=True)
    events = checked(call.names("events") if "events" in call.object() else ["push"])
    for event in events:
        others = [hook for hook in repository.hooks.values() if event in hook.events]
        if any(hook.url == fields["url"] for hook in others):
            message = "Hook already exists on this repository"
            raise invalid("Hook", "url", "custom", message=message)
        if len(others) >= MOST_HOOKS:
            message = f'The "{event}" event cannot have more than {MOST_HOOKS} hooks'
            raise invalid("Hook", "events", "custom", message=message)
    hook = Hook(
        id=next(call.state.ids),
        events=events,
        active=call.flag("active", True),
        created_at=call.stamp,
        updated_at=call.stamp,
        **fields,
    )
    repository.hooks[hook.id] = hook
    _ping(call, repository, hook)
    return Answer(_shape(call, repository, hook), 201)


def _ping(call: Call, repository: Repository, hook: Hook) -> None:
    payload = {
        "zen": "Keep it logically awesome.",
        "hook_id": hook.id,
        "hook": _shape(call, repository, hook),
        **call.around(repository),
    }
    call.webhooks.send(repository, [hook], "ping", payload)


def update_hook(call: Call) -> Answer:
    repository, hook = _hook(call)
    body = call.object()
    events = call.names("events") if "events" in body else list(hook.events)
    events += call.names("add_events")
    removed = call.names("remove_events")
    fields = configured(body.get("config", {}), required=False)
    fields["events"] = checked([event for event in events if event not in removed])
    fields["active"] = call.flag("active", hook.active)
    hook = replace(hook, updated_at=call.stamp, **fields)
    repository.hooks[hook.id] = hook
    return Answer(_shape(call, repository, hook))


def delete_hook(call: Call) -> Answer:
    repository, hook = _hook(call)
    del repository.hooks[hook.id]
    repository.deliveries.pop(hook.id, None)
    return NO_CONTENT


def ping_hook(call: Call) -> Answer:
    _ping(call, *_hook(call))
    return NO_CONTENT


def get_config(call: Call) -> Answer:
    return Answer(config_of(_hook(call)[1]))


def update_config(call: Call) -> Answer:
    repository, hook = _hook(call)
    fields = configured(call.object(), required=False)
    hook = replace(hook, updated_at=call.stamp, **fields)
    repository.hooks[hook.id] = hook
    return Answer(config_of(hook))


def _deliveries(call: Call) -> tuple[Repository, Hook, list[Delivery]]:
    """Newest first."""
    repository, hook = _hook(call)
    return repository, hook, repository.deliveries.get(hook.id, [])[::-1]


def _item(repository: Repository, delivery: Delivery) -> Shape:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": None,
        "repository_id": repository.id,
        "throttled_at": None,
    }


def list_deliveries(call: Call) -> Answer:
    repository, hook, found = _deliveries(call)
    below = f"/hooks/{hook.id}/deliveries"
    return call.page(found, lambda one: _item(repository, one), below, repository)


def _delivery(call: Call) -> tuple[Repository, Hook, Delivery]:
    repository, hook, found = _deliveries(call)
    wanted = call.number("delivery_id")
    for delivery in found:
        if delivery.id == wanted:
            return repository, hook, delivery
    raise not_found()


def get_delivery(call: Call) -> Answer:
    repository, hook, delivery = _delivery(call)
    request = {
        "headers": dict(delivery.request_headers),
        "payload": json.loads(delivery.payload),
    }
    response = {"headers": dict(delivery.response_headers), "payload": delivery.response}
    more = {"url": hook.url, "request": request, "response": response}
    return Answer({**_item(repository, delivery), **more})


def redeliver(call: Call) -> Answer:
    repository, hook, delivery = _delivery(call)
    if not hook.active:
        raise Refused(422, "The hook is not active")
    call.webhooks.resend(repository, hook, delivery)
    return Answer({}, 202)


HOOKS = "/repos/{owner}/{repo}/hooks"
HOOK = HOOKS + "/{hook_id}"
DELIVERY = HOOK + "/deliveries/{delivery_id}"
PAGE = "repos/webhooks"

OPERATIONS = (
    Operation("GET", HOOKS, list_hooks, f"{PAGE}#list-repository-webhooks", "hooks"),
    Operation("POST", HOOKS, create_hook, f"{PAGE}#create-a-repository-webhook", "hooks"),
    Operation("GET", HOOK, get_hook, f"{PAGE}#get-a-repository-webhook", "hooks"),
    Operation("PATCH", HOOK, update_hook, f"{PAGE}#update-a-repository-webhook", "hooks"),
    Operation("DELETE", HOOK, delete_hook, f"{PAGE}#delete-a-repository-webhook", "hooks"),
    Operation("POST", f"{HOOK}/pings", ping_hook, f"{PAGE}#ping-a-repository-webhook", "hooks"),
    Operation("GET", f"{HOOK}/config", get_config, PAGE, "hooks"),
    Operation("PATCH", f"{HOOK}/config", update_config, PAGE, "hooks"),
    Operation("GET", f"{HOOK}/deliveries", list_deliveries, PAGE, "hooks"),
    Operation("GET", DELIVERY, get_delivery, PAGE, "hooks"),
    Operation("POST", f"{DELIVERY}/attempts", redeliver, PAGE, "hooks"),
)
