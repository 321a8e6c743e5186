"""References to attachments in texts: by name in Jira's markup, by address everywhere else. Pure.

A text of Jira's is read as if its references were addresses, and written with those references in
their place again: what nobody changed is sent as it was, to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.jira.attached import address
from adapters.text.tree import check_tree
from sync.model import Json

_VERBATIM = re.compile(r"(\{(code|noformat)(?::[^}\n]*)?\}.*?\{\2\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one issue, as its texts refer to them."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    """By name; of several files of one name, Jira means the latest."""

    @classmethod
    def of(cls, told: Json, site: str) -> Files:
        """`told`: the issue's field `attachment`."""
        latest = sorted(told or (), key=lambda one: (str(one.get("created")), int(one["id"])))
        return cls({str(one["filename"]): address(one, site) for one in latest})

    def named_out(self, native: Json) -> Json:
        """A text of either markup with addresses in the place of names. Raises TextError."""
        if not self.addresses or not native:
            return native
        if isinstance(native, str):
            return _outside_code(native, self._addressed)
        return _with_media(check_tree(native), self._external)

    def named_in(self, native: Json, held: Json) -> Json:
        """A text to be written, with names in the place of addresses: `held` is what Jira has.

        An address that people wrote there themselves stays one.
        """
        if not self.addresses or not native:
            return native
        if isinstance(native, str):
            own = held if isinstance(held, str) else ""
            files = {url: name for name, url in self.addresses.items() if url not in own}
            return _outside_code(native, lambda text: _renamed(text, files)) if files else native
        media = {
            url: node["attrs"]
            for node in _nodes(held or {})
            if node.get("type") == "media" and (url := self._url(node))
        }
        return _with_media(native, lambda node: _internal(node, media))

    # Data Center: `!shot.png|thumbnail!`, `[^spec.pdf]`, `[the spec|^spec.pdf]`

    def _addressed(self, text: str) -> str:
        names = "|".join(re.escape(name) for name in sorted(self.addresses, key=len, reverse=True))
        picture = re.compile(rf"(?<![\w\\!])!(?P<name>{names})(?:\|(?P<shape>[^!\n]*))?!")
        file = re.compile(rf"(?<!\\)\[(?:(?P<label>[^\[\]|\n^]+)\|)?\^(?P<name>{names})\]")
        return file.sub(self._file, picture.sub(self._picture, text))

    def _picture(self, found: re.Match[str]) -> str:
        name, shape = found["name"], found["shape"]
        said = _alt(name)
        if said is None or f'alt="{name}"' in (shape or ""):
            return found[0]
        alt = "" if "alt=" in (shape or "") else said
        more = ",".join(filter(None, (shape, alt)))
        # An empty shape, `!a.png|!`, could not be told from none.
        return found[0] if shape == "" else f"!{self.addresses[name]}|{more}!"

    def _file(self, found: re.Match[str]) -> str:
        label, name = found["label"], found["name"]
        plain = not re.search(r"[\[\]|\\{}*_^~+!?@-]", name.rpartition(".")[0])
        if label == name or (label is None and not plain):
            return found[0]
        return f"[{label or name}|{self.addresses[name]}]"

    # Cloud: a node of media, which has the file's name as its `alt`

    def _url(self, node: Mapping[str, Json]) -> str | None:
        attributes = node.get("attrs") or {}
        named = attributes.get("type") == "file" and isinstance(attributes.get("alt"), str)
        return self.addresses.get(attributes["alt"]) if named else None

    def _external(self, node: Json) -> Json:
        url = self._url(node)
        if url is None:
            return node
        return {**node, "attrs": {"type": "external", "url": url, "alt": node["attrs"]["alt"]}}


def _alt(name: str) -> str | None:
    """What says that a picture is called so; None where it cannot be said."""
    return None if set(name) & set('"|!,') else f'alt="{name}"'


def _renamed(text: str, files: Mapping[str, str]) -> str:
    """The references as `Files` found them."""
    urls = "|".join(re.escape(url) for url in sorted(files, key=len, reverse=True))

    def picture(found: re.Match[str]) -> str:
        name = files[found["url"]]
        said = [part for part in (found["shape"] or "").split(",") if part != _alt(name)]
        shape = ",".join(said)
        return f"!{name}|{shape}!" if shape else f"!{name}!"

    def file(found: re.Match[str]) -> str:
        name = files[found["url"]]
        return f"[^{name}]" if found["label"] == name else f"[{found['label']}|^{name}]"

    text = re.sub(rf"!(?P<url>{urls})(?:\|(?P<shape>[^!\n]*))?!", picture, text)
    return re.sub(rf"\[(?P<label>[^\[\]|\n]+)\|(?P<url>{urls})\]", file, text)


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts = _VERBATIM.split(text)  # every third is text; then its code, and that one's macro
    codes = [*parts[1::3], ""]
    return "".join(change(said) + code for said, code in zip(parts[::3], codes, strict=True))


def _internal(node: Json, media: Mapping[str, Json]) -> Json:
    attributes = node.get("attrs") or {}
    known = media.get(str(attributes.get("url"))) if attributes.get("type") == "external" else None
    return {**node, "attrs": known} if known else node


def _with_media(node: Json, change: Callable[[Json], Json]) -> Json:
    """The tree with other nodes of media. It is no deeper than `check_tree` allows."""
    changed = change(node) if node.get("type") == "media" else node
    if not isinstance(node.get("content"), Sequence):
        return changed
    return {**changed, "content": [_with_media(child, change) for child in node["content"]]}


def _nodes(node: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [child for child in one.get("content") or () if isinstance(child, dict)]
