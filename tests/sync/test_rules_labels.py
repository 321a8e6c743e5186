"""The rule labels, check by check."""

import pytest

from sync.rules import RULES, Labels, RuleSettings, Terms, enforce
from tests.sync.test_rules import item, messages, view_of

RULE = "labels"


def said(options: Labels, *labels: str) -> list[str]:
    """What the rule says of one item with these labels, without its name."""
    view = view_of(item("a", labels=frozenset(labels)))
    return [
        message.removeprefix("“a” (KEY-a) ")
        for message in messages(view, RULE, RuleSettings(options=options))
    ]


UNKNOWN = "has a label that is not in the vocabulary: "
USE = ". Use one that is, or add it to the vocabulary."
VOCABULARY = ("backend", "frontend", "type:bug", "type:chore")


@pytest.mark.parametrize(
    ("options", "labels", "expected"),
    [
        pytest.param(Labels(), ["anything"], [], id="no vocabulary: any label is right"),
        pytest.param(Labels(VOCABULARY), ["backend", "type:bug"], [], id="all known"),
        pytest.param(Labels(VOCABULARY), ["Backend"], ["The label “backend”"], id="case is other"),
        pytest.param(
            Labels(VOCABULARY),
            ["zebra", "backnd"],
            [
                "has labels that are not in the vocabulary: “backnd” (did you mean “backend”?), "
                "“zebra”. Use others, or add them to the vocabulary."
            ],
            id="unknown ones, with what is near",
        ),
        pytest.param(Labels(VOCABULARY, unknown="off"), ["zebra"], [], id="switched off"),
        pytest.param(
            Labels(VOCABULARY, namespaces={"type": "at-most-one"}),
            ["type:story"],
            [f"{UNKNOWN}“type:story”{USE}"],
            id="unknown in a namespace that the vocabulary fills",
        ),
        pytest.param(
            Labels(VOCABULARY, namespaces={"Area:": "at-most-one"}),
            ["area:north"],
            [],
            id="known in a namespace that the vocabulary leaves open",
        ),
        pytest.param(
            Labels(VOCABULARY, aliases={"defect": "type:bug"}, forbidden=["urgent"]),
            ["Defect", "urgent"],
            [
                "has a label by an old name: rename “Defect” to “type:bug”.",
                "has a label that is not to be used: “urgent”. Remove it.",
            ],
            id="an alias or a forbidden one is not unknown besides",
        ),
    ],
)
def test_vocabulary(options: Labels, labels: list[str], expected: list[str]) -> None:
    found = said(options, *labels)
    assert len(found) == len(expected)
    assert all(message.startswith(start) for message, start in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("options", "labels", "expected"),
    [
        pytest.param(
            Labels(namespaces={"type": "exactly-one"}),
            [],
            ["has no label of the namespace “type”: give it one."],
            id="none where there is to be one",
        ),
        pytest.param(
            Labels(VOCABULARY, namespaces={"type:": "exactly-one"}),
            ["backend"],
            ["has no label of the namespace “type”: give it one of “type:bug”, “type:chore”."],
            id="none, with the vocabulary's choice",
        ),
        pytest.param(
            Labels(namespaces={"type": "at-most-one"}),
            ["types"],
            [],
            id="none where none is needed",
        ),
        pytest.param(
            Labels(namespaces={"type": "exactly-one"}),
            ["Type:bug"],
            [],
            id="one, whatever its case",
        ),
        pytest.param(
            Labels(namespaces={"type": "at-most-one"}),
            ["type:b", "type:a"],
            ["has 2 labels of the namespace “type”: “type:a”, “type:b”. Keep one."],
            id="two",
        ),
    ],
)
def test_namespaces(options: Labels, labels: list[str], expected: list[str]) -> None:
    assert said(options, *labels) == expected


def test_forbidden_labels_are_found_whatever_their_case() -> None:
    assert said(Labels(forbidden=["Urgent", "asap"]), "urgent", "ASAP", "ui") == [
        "has labels that are not to be used: “ASAP”, “urgent”. Remove them."
    ]


def spelled(best: str, other: str, times: int, first: str) -> str:
    return (
        f"The label “{best}” is also spelled “{other}” (on "
        f"{'1 item:' if times == 1 else f'{times} items, first'} “{first}” (KEY-{first})): "
        f"spell it “{best}” everywhere."
    )


@pytest.mark.parametrize(
    ("vocabulary", "labels", "expected"),
    [
        pytest.param([], ["ui", "ui"], [], id="one spelling"),
        pytest.param(
            [], ["ui", "UI", "ui"], [spelled("ui", "UI", 1, "b")], id="the most used wins"
        ),
        pytest.param([], ["ui", "UI"], [spelled("UI", "ui", 1, "a")], id="of equals, the first"),
        pytest.param(
            ["UI"], ["ui", "UI", "ui"], [spelled("UI", "ui", 2, "a")], id="the vocabulary's wins"
        ),
    ],
)
def test_labels_that_differ_in_case_only(
    vocabulary: list[str], labels: list[str], expected: list[str]
) -> None:
    items = [item(chr(97 + at), labels=frozenset({label})) for at, label in enumerate(labels)]
    settings = RuleSettings(options=Labels(vocabulary))
    assert messages(view_of(*items), RULE, settings) == expected


def test_closed_items_are_not_judged() -> None:
    view = view_of(item("a", status="done", labels=frozenset({"urgent"})))
    assert messages(view, RULE, RuleSettings(options=Labels(forbidden=["urgent"]))) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"kind": "bug", "labels": {"type:bug"}}, [], id="what follows is there"),
        pytest.param({"kind": "task"}, [], id="nothing follows from this kind"),
        pytest.param(
            {"kind": "bug"},
            ["lacks “type:bug”, which follows from its components and kind: add it."],
            id="what follows is missing",
        ),
        pytest.param(
            {"kind": "task", "labels": {"type:bug"}},
            [
                "has “type:bug”, which does not follow from its components and kind: remove it, or "
                "correct the field."
            ],
            id="what is there does not follow",
        ),
        pytest.param(
            {"kind": "task", "components": frozenset({"api", "web"})},
            ["lacks “area:api”, which follows from its components and kind: add it."],
            id="of a set, each element counts",
        ),
    ],
)
def test_labels_that_fields_imply(values, expected):
    options = Labels(implied={"kind": {"bug": "type:bug"}, "components": {"api": "area:api"}})
    entry = item("a", **{**values, "labels": frozenset(values.get("labels", ()))})
    said = messages(view_of(entry), RULE, RuleSettings(options=options))
    assert [message.removeprefix("“a” (KEY-a) ") for message in said] == expected


COMPONENTS = Terms(
    vocabulary=("checkout", "web:search"),
    namespaces={"web": "at-most-one"},
    aliases={"basket": "checkout"},
    forbidden=["misc"],
)


@pytest.mark.parametrize(
    ("components", "expected", "fixed"),
    [
        pytest.param({"checkout"}, [], None, id="one that there is"),
        pytest.param(
            {"chekout"},
            [
                "has a component that is not in the vocabulary: “chekout” (did you mean "
                "“checkout”?). Use one that is, or add it to the vocabulary."
            ],
            None,
            id="one that there is not",
        ),
        pytest.param(
            {"Basket", "Misc"},
            [
                "has a component by an old name: rename “Basket” to “checkout”.",
                "has a component that is not to be used: “Misc”. Remove it.",
            ],
            {"checkout"},
            id="an old name, and a forbidden one",
        ),
        pytest.param(
            {"web:search", "web:help"},
            [
                "has 2 components of the namespace “web”: “web:help”, “web:search”. Keep one.",
                "has a component that is not in the vocabulary: “web:help”. Use one that is, or "
                "add it to the vocabulary.",
            ],
            None,
            id="two of a namespace",
        ),
    ],
)
def test_components_are_held_to_their_own_terms_as_labels_are(components, expected, fixed):
    view = view_of(item("a", components=frozenset(components), labels=frozenset({"misc"})))
    options = Labels(forbidden=["old"], components=COMPONENTS)
    found = messages(view, RULE, RuleSettings(options=options))
    assert [message.removeprefix("“a” (KEY-a) ") for message in found] == expected
    off = {name: RuleSettings("off") for name in RULES}
    rules = {**off, RULE: RuleSettings("fix", options=options)}
    mended = enforce(view, rules, (), lambda item, name: True)
    after = {id_: set(one.components) for id_, one in mended.items.items()}
    assert after == ({} if fixed is None else {"a": fixed})
    assert all(one.labels == {"misc"} for one in mended.items.values())


def test_components_are_not_looked_at_where_nothing_is_said_of_them():
    view = view_of(item("a", components=frozenset({"misc", "Misc"})))
    assert messages(view, RULE, RuleSettings(options=Labels(["ui"], forbidden=["misc"]))) == []
