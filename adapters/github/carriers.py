"""Which part of a GitHub issue carries which field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from adapters.base import Carrier, Setup
from adapters.comments import NOWHERE
from adapters.github.capabilities import CAPABILITIES, LACKS, Need
from adapters.github.labels import namespace_of
from adapters.sections import HEADING
from adapters.values import KNOWN
from sync.model import COMMENTS, FieldName, Shape

DEFAULTS: Mapping[FieldName, Carrier] = MappingProxyType(
    {
        "title": Carrier("title"),
        "description": Carrier("body"),
        "acceptance_criteria": Carrier("body-section", HEADING),
        "kind": Carrier("label", "kind"),
        "status": Carrier("state"),
        "priority": Carrier("label", "priority"),
        "labels": Carrier("labels"),
        "assignees": Carrier("assignees"),
        "estimate": Carrier("label", "estimate"),
        "parent": Carrier("sub-issue"),
        "blocked_by": Carrier("dependency"),
        "release": Carrier("milestone"),
        "sprint": Carrier("label", "sprint"),
        "components": Carrier("label", "component"),
        "resolution": Carrier("state-reason"),
        "relates_to": Carrier("body-section", "Related"),
        "duplicates": Carrier("body-section", "Duplicates"),
        "attachments": Carrier("body-section", "Attachments"),
        "comments": Carrier("comments"),
        "notice": Carrier("notice"),
    }
)
OWN = frozenset(it.only for it in CAPABILITIES.values() if it.only) - {"status", "resolution"}
"""Fields that have one carrier and no other."""
STATUS = frozenset({"state", "label", "issue-field", "project-field"})
"""Kinds that carry a status: beside the issue's own state, or by it alone."""
ALONE = frozenset({"label", "body-section", "issue-field", "issue-type", "milestone", "checklist"})
"""Kinds of which each one carries one field."""
OFFERED = ("issue-type", "issue-field")
"""Kinds whose values depend on what a place offers."""
REFERENCES = ("sub-issue", "dependency")
"""Kinds that are written call by call."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a place has for a field: one of an organization's fields, or its issue types."""

    id: int = 0
    type: str = ""
    """One of DATA_TYPES."""
    options: tuple[str, ...] | None = None
    """None: it takes anything."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """Each field's carrier, or why it has none."""

    by_field: Mapping[FieldName, Carrier]
    shapes: Mapping[FieldName, Shape]
    cannot: Mapping[FieldName, str] = field(default_factory=dict)
    offers: Mapping[FieldName, Offer] = field(default_factory=dict)
    """Where it was asked."""

    def of(self, kind: str) -> FieldName | None:
        """The field that this kind of carrier carries; the first, where several do."""
        return next((name for name, it in self.by_field.items() if it.kind == kind), None)

    def all_of(self, *kinds: str) -> Mapping[FieldName, Carrier]:
        """The fields that carriers of these kinds carry."""
        return {name: it for name, it in self.by_field.items() if it.kind in kinds}

    def labelled(self) -> Mapping[str, FieldName]:
        """Namespace, folded → the field that labels of it carry."""
        return {(it.argument or "").casefold(): n for n, it in self.all_of("label").items()}

    def field_of(self, label: str) -> FieldName | None:
        """The field that a label of this name carries, where it is not just a label."""
        namespace = namespace_of(label)
        return None if namespace is None else self.labelled().get(namespace)

    def needing(self, need: Need) -> list[FieldName]:
        """The fields whose carriers need this."""
        return [n for n, it in self.by_field.items() if need in CAPABILITIES[it.kind].needs]

    def lacking(self, needs: Collection[Need], repository: str, server: str) -> Carriers:
        """Without the fields that cannot be carried where this is lacking, each with its reason."""
        lost: dict[FieldName, str] = {}
        for name, carrier in self.by_field.items():
            lacks = [need for need in CAPABILITIES[carrier.kind].needs if need in needs]
            if lacks:
                lost[name] = LACKS[lacks[0]].format(
                    name=name,
                    repository=repository,
                    server=server,
                    instead=instead_of(name, carrier),
                )
        return self._without(lost)

    def offering(self, offers: Mapping[FieldName, Offer | str]) -> Carriers:
        """With what the place offers; a field for which that is a reason is not carried."""
        lost = {name: offer for name, offer in offers.items() if isinstance(offer, str)}
        kept = {name: offer for name, offer in offers.items() if isinstance(offer, Offer)}
        return replace(self._without(lost), offers={**self.offers, **kept})

    def _without(self, lost: Mapping[FieldName, str]) -> Carriers:
        kept = {n: carrier for n, carrier in self.by_field.items() if n not in lost}
        return replace(self, by_field=kept, cannot={**self.cannot, **lost})


def resolve(setup: Setup) -> Carriers:
    """The carriers that the settings name, else the default ones."""
    chosen: dict[FieldName, Carrier] = {}
    cannot: dict[FieldName, str] = {}
    taken: dict[tuple[str, str], FieldName] = {}
    for name, shape in setup.schema.items():
        if name == COMMENTS and not (setup.comments.read or setup.comments.write):
            cannot[name] = NOWHERE
            continue
        carrier = setup.carriers.get(name, DEFAULTS.get(name))
        if carrier is None:
            if name not in setup.carriers:
                cannot[name] = _unnamed(name, shape, setup.name)
            continue
        if name in setup.values and not carrier.values:
            carrier = replace(carrier, values=setup.values[name])
        place = (carrier.kind, (carrier.argument or "").casefold())
        refusal = _refusal(name, shape, carrier)
        if refusal is None and carrier.kind in ALONE and place in taken:
            refusal = _shared(name, taken[place], carrier)
        if refusal is None:
            chosen[name] = carrier
            taken[place] = name
        else:
            cannot[name] = refusal
    return Carriers(chosen, setup.schema, cannot)


def _unnamed(name: FieldName, shape: Shape, tracker: str) -> str:
    """Why a field has no carrier where the settings name none."""
    fits = [kind for kind, it in CAPABILITIES.items() if it.argument and _fits(kind, name, shape)]
    such = {"label": f"label/{name}"}
    fits.sort(key=lambda kind: (kind not in such, kind))
    forms = [such.get(kind, f"{kind}/{CAPABILITIES[kind].argument}") for kind in fits]
    listed = " or ".join(filter(None, (", ".join(forms[:-1]), *forms[-1:])))
    return (
        f"no carrier is named for {name}: name one under fields.{name}.{tracker}, such as {listed}"
    )


def _shared(name: FieldName, other: FieldName, carrier: Carrier) -> str:
    """Why two fields are not carried by one thing."""
    if carrier.kind == "label":
        return (
            f"{name} and {other} have the same labels, {carrier.argument}:…: "
            "give each its own namespace"
        )
    return f"{name} and {other} have the same carrier, {spelt(carrier)}: give each its own"


def spelt(carrier: Carrier) -> str:
    """As the settings write it."""
    return f"{carrier.kind}/{carrier.argument}" if carrier.argument else carrier.kind


def _fits(kind: str, name: FieldName, shape: Shape) -> bool:
    """Can this kind carry the field?"""
    capability = CAPABILITIES[kind]
    if name == "status" and kind not in STATUS:
        return False
    return capability.only == name or (shape in capability.holds and name not in OWN)


def instead_of(name: FieldName, carrier: Carrier) -> str:
    """What to do where this carrier cannot carry the field."""
    usual = DEFAULTS.get(name) or Carrier("label", name)
    if usual == replace(carrier, values={}):
        usual = Carrier("none")
    return f"carry {name} by {spelt(usual)}"


def _refusal(name: FieldName, shape: Shape, carrier: Carrier) -> str | None:
    """Why this carrier cannot carry this field, wherever that is."""
    capability, instead = CAPABILITIES.get(carrier.kind), instead_of(name, carrier)
    if capability is None:
        return f"GitHub has no carrier {spelt(carrier)}: {instead}"
    if not _fits(carrier.kind, name, shape):
        return f"{spelt(carrier)} cannot carry {name}: {instead}"
    if carrier.kind == "label" and (not carrier.argument or ":" in carrier.argument):
        return f"label needs a namespace without a colon: {instead}"
    if capability.argument and not (carrier.argument or "").strip():
        return f"{carrier.kind} needs a name, {carrier.kind}/{capability.argument}: {instead}"
    return None


def ranked(name: FieldName, carrier: Carrier) -> tuple[str, ...]:
    """The words that its labels may have, folded, the first before the others."""
    words = carrier.values.values() if carrier.values else KNOWN.get(name, ())
    return tuple(word.casefold() for word in words)
