"""Hooks of an organization. They are kept; no event is sent to them.

https://docs.github.com/rest/orgs/webhooks
"""

from __future__ import annotations

from dataclasses import replace

from adapters.sandbox.github import hooks
from adapters.sandbox.github.answers import NO_CONTENT, Answer, not_found, page
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.shapes import Shape
from adapters.sandbox.github.state import Hook

EVENTS = hooks.EVENTS | {"organization", "projects_v2", "projects_v2_item"}


def _owned(call: Call) -> dict[int, Hook]:
    """The hooks of the organization in the path. To those who do not own it there is none."""
    name = call.path["org"].lower()
    if (call.caller.login or "") not in call.state.owners.get(name, ()):
        raise not_found()
    return call.state.hooks.setdefault(name, {})


def _hook(call: Call) -> Hook:
    found = _owned(call).get(call.number("hook_id"))
    if not found:
        raise not_found()
    return found


def _shape(call: Call, hook: Hook) -> Shape:
    url = f"{call.base}/orgs/{call.path['org']}/hooks/{hook.id}"
    return {
        "type": "Organization",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": list(hook.events),
        "config": hooks.config_of(hook),
        "updated_at": hook.updated_at,
        "created_at": hook.created_at,
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }


def list_hooks(call: Call) -> Answer:
    url = f"{call.base}/orgs/{call.path['org']}/hooks"
    return page(list(_owned(call).values()), lambda one: _shape(call, one), call.query, url)


def create_hook(call: Call) -> Answer:
    held = _owned(call)
    fields = hooks.configured(call.object().get("config", {}), required=True)
    hook = Hook(
        id=next(call.state.ids),
        events=hooks.checked(call.names("events") or ["push"], EVENTS),
        active=call.flag("active", True),
        created_at=call.stamp,
        updated_at=call.stamp,
        **fields,
    )
    held[hook.id] = hook
    return Answer(_shape(call, hook), 201)


def get_hook(call: Call) -> Answer:
    return Answer(_shape(call, _hook(call)))


def update_hook(call: Call) -> Answer:
    """Takes no `add_events`: an organization's hook is given all its events."""
    hook = _hook(call)
    fields = hooks.configured(call.object().get("config", {}), required=False)
    if "events" in call.object():
        fields["events"] = hooks.checked(call.names("events"), EVENTS)
    fields["active"] = call.flag("active", hook.active)
    hook = replace(hook, updated_at=call.stamp, **fields)
    _owned(call)[hook.id] = hook
    return Answer(_shape(call, hook))


def delete_hook(call: Call) -> Answer:
    del _owned(call)[_hook(call).id]
    return NO_CONTENT


def list_deliveries(call: Call) -> Answer:
    _hook(call)
    return Answer([])


HOOKS = "/orgs/{org}/hooks"
HOOK = HOOKS + "/{hook_id}"
PAGE = "orgs/webhooks"

OPERATIONS = (
    Operation("GET", HOOKS, list_hooks, PAGE, "hooks"),
    Operation("POST", HOOKS, create_hook, PAGE, "hooks"),
    Operation("GET", HOOK, get_hook, PAGE, "hooks"),
    Operation("PATCH", HOOK, update_hook, PAGE, "hooks"),
    Operation("DELETE", HOOK, delete_hook, PAGE, "hooks"),
    Operation("GET", f"{HOOK}/deliveries", list_deliveries, PAGE, "hooks"),
)
