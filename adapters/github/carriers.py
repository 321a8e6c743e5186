"""Which part of a GitHub issue carries which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from adapters.base import Carrier, Setup
from adapters.sections import HEADING
from adapters.values import KNOWN
from sync.model import FieldName, Shape

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
    }
)

ONLY: Mapping[str, FieldName] = MappingProxyType(
    {
        "title": "title",
        "body": "description",
        "state": "status",
        "labels": "labels",
        "assignees": "assignees",
    }
)
"""Carriers that carry one field and no other."""
TAKES: Mapping[str, frozenset[Shape]] = MappingProxyType(
    {
        "body-section": frozenset({Shape.CRITERIA}),
        "label": frozenset({Shape.LINE, Shape.NUMBER, Shape.SET}),
        "sub-issue": frozenset({Shape.ITEM}),
        "dependency": frozenset({Shape.ITEMS}),
        "milestone": frozenset({Shape.LINE}),
    }
)
"""Carriers that carry any field of these shapes."""
OWN = frozenset(ONLY.values()) - {"status"}
"""Fields that have one carrier and no other."""
LATER = frozenset({"issue-type", "project-field", "issue-field"})
PUSH = frozenset({"label", "labels", "assignees", "milestone"})
"""Carriers that GitHub drops without a word where the token may not push.
https://docs.github.com/rest/issues/issues#create-an-issue"""


@dataclass(frozen=True, slots=True)
class Carriers:
    """Each field's carrier, or why it has none."""

    by_field: Mapping[FieldName, Carrier]
    shapes: Mapping[FieldName, Shape]
    cannot: Mapping[FieldName, str] = field(default_factory=dict)

    def of(self, kind: str) -> FieldName | None:
        """The field that this kind of carrier carries; the first, where several do."""
        return next((name for name, it in self.by_field.items() if it.kind == kind), None)

    def labelled(self) -> Mapping[str, FieldName]:
        """Namespace, folded → the field that labels of it carry."""
        return {
            (carrier.argument or "").casefold(): name
            for name, carrier in self.by_field.items()
            if carrier.kind == "label"
        }

    def field_of(self, label: str) -> FieldName | None:
        """The field that a label of this name carries, where it is not just a label."""
        namespace = namespace_of(label)
        return None if namespace is None else self.labelled().get(namespace)

    def heading(self) -> str | None:
        """That of the body's section of criteria."""
        name = self.of("body-section")
        return self.by_field[name].argument or HEADING if name else None

    def without(self, kinds: Iterable[str], why: str) -> Carriers:
        """Without the fields that these kinds of carriers carry, each for this reason."""
        lost = {n: why for n, carrier in self.by_field.items() if carrier.kind in set(kinds)}
        kept = {n: carrier for n, carrier in self.by_field.items() if n not in lost}
        return replace(self, by_field=kept, cannot={**self.cannot, **lost})


def namespace_of(label: str) -> str | None:
    """`priority` of "Priority: high"; None where the label has no namespace."""
    namespace, colon, argument = label.partition(":")
    return namespace.strip().casefold() if colon and argument.strip() else None


def argument_of(label: str) -> str:
    """`high` of "priority: high"."""
    return label.partition(":")[2].strip()


def resolve(setup: Setup) -> Carriers:
    """The carriers that the settings name, else the default ones."""
    chosen: dict[FieldName, Carrier] = {}
    cannot: dict[FieldName, str] = {}
    namespaces: dict[str, FieldName] = {}
    for name, shape in setup.schema.items():
        carrier = setup.carriers.get(name, DEFAULTS.get(name))
        if carrier is None:
            if name not in setup.carriers:
                cannot[name] = (
                    f"no carrier is named for {name}: name one under fields.{name}.{setup.name}, "
                    f"such as label/{name}"
                )
            continue
        if name in setup.values and not carrier.values:
            carrier = replace(carrier, values=setup.values[name])
        refusal = _refusal(name, shape, carrier)
        namespace = (carrier.argument or "").casefold()
        if refusal is None and carrier.kind == "label" and namespace in namespaces:
            refusal = (
                f"{name} and {namespaces[namespace]} have the same labels, {carrier.argument}:…: "
                "give each its own namespace"
            )
        if refusal is None:
            chosen[name] = carrier
            if carrier.kind == "label":
                namespaces[namespace] = name
        else:
            cannot[name] = refusal
    return Carriers(chosen, setup.schema, cannot)


def _refusal(name: FieldName, shape: Shape, carrier: Carrier) -> str | None:
    """Why this carrier cannot carry this field."""
    kind, argument = carrier.kind, carrier.argument
    text = f"{kind}/{argument}" if argument else kind
    usual = DEFAULTS.get(name) or Carrier("label", name)
    instead = f"carry {name} by {usual.kind}" + (f"/{usual.argument}" if usual.argument else "")
    if kind in LATER:
        return f"the carrier {text} is not supported yet: {instead}"
    if kind not in TAKES and kind not in ONLY:
        return f"GitHub has no carrier {text}: {instead}"
    fits = ONLY.get(kind) == name or (shape in TAKES.get(kind, ()) and name not in OWN)
    if not fits:
        return f"{text} cannot carry {name}: {instead}"
    if kind == "label" and (not argument or ":" in argument):
        return f"label needs a namespace without a colon: {instead}"
    return None


def ranked(name: FieldName, carrier: Carrier) -> tuple[str, ...]:
    """The words that its labels may have, folded, the first before the others."""
    words = carrier.values.values() if carrier.values else KNOWN.get(name, ())
    return tuple(word.casefold() for word in words)
