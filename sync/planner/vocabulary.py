"""The labels that trackers keep, beside the vocabulary: judged, and kept as it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.merge import ANY, BACKLOG
from sync.model import ItemId, TrackerName, derive_id
from sync.plan import Edit, Finding, LabelEdit, Severity
from sync.planner.context import Context, Reading
from sync.planner.edits import allowed
from sync.planner.relabels import (
    LABELS,
    folded,
    relabelled_item,
    relabelled_link,
    relabelled_record,
)
from sync.planner.waiting import others_waiting
from sync.rules.enforce import BY_RULE, own_labels
from sync.rules.labels import Labels
from sync.rules.labels_vocabulary import (
    COLOR,
    DESCRIPTION,
    NAME,
    RULE,
    Compared,
    Other,
    compare,
    defined,
    kept,
)
from sync.rules.view import quote, several
from sync.tracker import Change, Record, Snapshot

VOCABULARY = "vocabulary"
"""Under which `Facts.cannot` says why labels themselves cannot be changed."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is to be written of labels themselves."""

    edits: tuple[Edit, ...] = ()
    """Of labels, not of items. Names are given up before they are given to others."""
    records: Mapping[ItemId, Record] = field(default_factory=dict)
    """Labels as they were read, by the ids that edits name them by."""
    called: Mapping[TrackerName, Mapping[str, str]] = field(default_factory=dict)
    """Where a tracker calls a label by its old name until that is written: ours → theirs."""
    plan: tuple[LabelEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptVocabulary:
    """What became of the labels that trackers keep, and what that means for the items."""

    context: Context
    """For the items: they have labels by the names that these have now."""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    findings: tuple[Finding, ...] = ()
    because: Mapping[ItemId, str] = field(default_factory=dict)
    """Items whose labels have other names now, and why."""
    waiting: frozenset[tuple[TrackerName, ItemId]] = frozenset()
    """Labels of which an edit failed, and waits."""


def keep_vocabulary(context: Context) -> KeptVocabulary:
    """Holds what trackers keep of labels against the vocabulary, and mends it in mode `fix`.

    A label that is renamed is so everywhere: on items and on all trackers, open or closed.
    """
    chosen = kept(context.settings.rules)
    if chosen is None:
        return KeptVocabulary(context)
    rule, options = chosen
    ours = own_labels(context.settings.rules)
    found = {
        name: compare(reading.snapshot.vocabulary, options, ours)
        for name, reading in context.readings.items()
        if reading.snapshot.vocabulary is not None
    }
    fixing = rule.mode == "fix"
    told = [_told(context, name, one, rule.severity, fixing) for name, one in found.items()]
    findings = tuple(finding for one in told for finding in one)
    if not fixing:
        return KeptVocabulary(context, findings=findings)
    edits = {name: _edits(context, name, one, options) for name, one in found.items()}
    every = sorted((one for of in edits.values() for one in of), key=_rank)
    made, waiting, said = others_waiting(context, every, "label")
    vocabulary = _vocabulary(context, found, every, made)
    renamed = _renames(context, options, found, vocabulary)
    because = {
        id: f"{BY_RULE}{RULE}"
        for id, item in context.backlog.items.items()
        if renamed.backlog.items[id] != item
    }
    findings = (*findings, *said)
    return KeptVocabulary(renamed, vocabulary, findings, because, frozenset(waiting))


def label_id(backlog: str, tracker: TrackerName, record: str) -> ItemId:
    """What edits and the journal name a label by; `record`: its id on the tracker, or the name of
    one that is to be made."""
    return derive_id(backlog, "label", tracker, record)


def why_not(context: Context, tracker: TrackerName, *, name: bool = False) -> str | None:
    """Why labels themselves are not written there. `name`: why they are not renamed."""
    facts, fields = context.readings[tracker].facts, allowed(context, tracker)
    if VOCABULARY in facts.cannot or facts.sealed:
        return facts.sealed or facts.cannot[VOCABULARY]
    if fields is not None and LABELS not in fields:
        return f"it is public: name labels under trackers.{tracker}.publish, if everybody may know"
    authority = context.settings.policy(LABELS).authority
    if name and authority not in (ANY, BACKLOG):
        return f"labels belong to {authority}: rename it there"
    if name and context.failures:
        return f"{', '.join(sorted(context.failures))} did not answer: the next run renames it"
    return None


def _vocabulary(
    context: Context,
    found: Mapping[TrackerName, Compared],
    edits: Sequence[Edit],
    made: Sequence[Edit],
) -> Vocabulary:
    """`made`: of the edits those that do not wait. A label keeps its old name until it is made."""
    backlog = context.backlog.name
    records = {
        label_id(backlog, name, one.record.id): one.record
        for name, of in found.items()
        for one in of.others
    }
    called: dict[TrackerName, dict[str, str]] = {name: {} for name in found}
    for one in edits:
        if _renames_it(one):
            name = one.fields[NAME]
            called[one.tracker][str(name.after)] = str(name.before)
    return Vocabulary(tuple(made), records, called, label_edits(context, made))


def _edits(context: Context, tracker: TrackerName, found: Compared, options: Labels) -> list[Edit]:
    """What the tracker lacks of the vocabulary, but for what it may not be told."""
    if why_not(context, tracker):
        return []
    edits, because = list[Edit](), f"{BY_RULE}{RULE}"
    for label in found.missing:
        fields = {part: Change(None, said) for part, said in defined(label, options).items()}
        id = label_id(context.backlog.name, tracker, label)
        edits.append(Edit(id, tracker, "create", None, fields, because))
    for one in found.others:
        barred = why_not(context, tracker, name=True)
        fields = {
            part: Change(one.record.shown[part], value)
            for part, value in one.wanted.items()
            if part != NAME or not barred
        }
        id = label_id(context.backlog.name, tracker, one.record.id)
        if fields:
            edits.append(Edit(id, tracker, "update", one.record.key, fields, because))
    return edits


def label_edits(context: Context, edits: Iterable[Edit]) -> tuple[LabelEdit, ...]:
    """Edits of labels as the plan shows them."""
    return tuple(_label_edit(context, one) for one in edits)


def _label_edit(context: Context, one: Edit) -> LabelEdit:
    name = one.fields.get(NAME)
    label = (one.key or "").removeprefix("label ") if one.key else str(name.after if name else "")
    items = 0
    if _renames_it(one):
        links = context.backlog.links_of(one.tracker)
        old = {str(one.fields[NAME].before).casefold(): ""}
        items = sum(not link.gone and relabelled_link(link, old) != link for link in links)
    fields = {part: (change.before, change.after) for part, change in sorted(one.fields.items())}
    return LabelEdit(label, one.tracker, one.action, fields, items, one.because)


def _renames_it(one: Edit) -> bool:
    return one.action == "update" and NAME in one.fields


def _rank(one: Edit) -> tuple[TrackerName, bool, bool, str]:
    name = one.fields.get(NAME)
    key = one.key or str(name.after if name else "")
    return one.tracker, one.action == "create", not _renames_it(one), key


def _renames(
    context: Context,
    options: Labels,
    found: Mapping[TrackerName, Compared],
    vocabulary: Vocabulary,
) -> Context:
    """The items as if each label had always had the name that it has now, or is about to get.

    A label that no longer is on a tracker is on none of its records: where an old name is gone
    and the new one is there, it was renamed, by a person or by a run that was killed; unless the
    records that had it were read, and show neither: then it was deleted.
    """
    names, links = dict[str, str](), dict(context.backlog.links)
    readings = dict(context.readings)
    for tracker in found:
        if why_not(context, tracker, name=True):
            continue
        called = vocabulary.called.get(tracker, {})
        names |= {old.casefold(): new for new, old in called.items()}
        snapshot = context.readings[tracker].snapshot
        worn = _worn(context, tracker, _gone(snapshot, options))
        gone = {old: new for old, (new, shown) in worn.items() if not shown or any(shown)}
        known = links.get(tracker, {})
        moved = {id: relabelled_link(link, gone) for id, link in known.items()}
        if moved == known:
            continue
        names |= gone
        links[tracker] = moved
        records = tuple(relabelled_record(record, gone) for record in snapshot.records)
        reading = context.readings[tracker]
        readings[tracker] = Reading(reading.facts, replace(snapshot, records=records))
    known_items = context.backlog.items
    items = {id: relabelled_item(item, names) for id, item in known_items.items()}
    backlog = replace(context.backlog, items=items, links=links)
    return replace(context, backlog=backlog, readings=readings)


def doubtful(context: Context) -> frozenset[TrackerName]:
    """Trackers that are to be read whole, for only their records tell whether a label of an old
    name was renamed or deleted, and none of those was read."""
    chosen = kept(context.settings.rules)
    if chosen is None or chosen[0].mode != "fix":
        return frozenset()
    return frozenset(
        tracker
        for tracker, reading in context.readings.items()
        if not reading.snapshot.complete
        and any(
            not shown
            for _, shown in _worn(context, tracker, _gone(reading.snapshot, chosen[1])).values()
        )
    )


def _gone(snapshot: Snapshot, options: Labels) -> dict[str, str]:
    """Old names, folded, that the tracker has no more, each with the new one, which it has."""
    if snapshot.vocabulary is None:
        return {}
    there = {str(one.shown[NAME]).casefold() for one in snapshot.vocabulary}
    return {
        old.casefold(): new
        for old, new in options.aliases.items()
        if old.casefold() not in there and new.casefold() in there
    }


def _worn(
    context: Context, tracker: TrackerName, gone: Mapping[str, str]
) -> dict[str, tuple[str, list[bool]]]:
    """Of old names that are gone those that records had when they were last read, each with the
    new one, and whether what was read now of these records shows that."""
    if not gone:
        return {}
    read = {one.id: one for one in context.readings[tracker].snapshot.records}
    found: dict[str, tuple[str, list[bool]]] = {}
    for id, link in context.backlog.links.get(tracker, {}).items():
        before = folded(link.record.shown)
        for old in before & gone.keys():
            new = gone[old].casefold()
            shown = found.setdefault(old, (gone[old], []))[1]
            if id in read and new not in before:
                shown.append(new in folded(read[id].shown))
    return found


def _told(
    context: Context,
    tracker: TrackerName,
    found: Compared,
    severity: Severity | None,
    fixing: bool,
) -> list[Finding]:
    """What one tracker lacks of the vocabulary, and what it has beside it."""

    def say(usual: Severity, message: str, fix: bool = False) -> Finding:
        return Finding(RULE, severity or usual, message, fix=fix)

    barred = why_not(context, tracker) if fixing else None
    unnamed = why_not(context, tracker, name=True) if fixing else None
    mends, findings = fixing and not barred, list[Finding]()
    if found.missing:
        names = several(map(quote, found.missing))
        message = f"{tracker} lacks labels of the vocabulary: {names}. Add them there."
        findings.append(say("info", message, mends))
    for one in found.others:
        fix = mends and not (NAME in one.wanted and unnamed)
        findings.append(say("warning", _of_other(tracker, one), fix))
    for one in found.beside:
        findings.append(say("info", _of_both(tracker, one)))
    if found.unknown:
        names = several(map(quote, found.unknown))
        message = (
            f"{tracker} has labels that are not in the vocabulary: {names}. Delete there what "
            "nobody needs, or add it to the vocabulary. Nothing is deleted by itself."
        )
        findings.append(say("info", message))
    old = any(NAME in one.wanted for one in found.others)
    if barred and (found.missing or found.others):
        findings.append(say("warning", f"The vocabulary is not kept on {tracker}: {barred}."))
    elif unnamed and old:
        findings.append(say("warning", f"No label is renamed on {tracker}: {unnamed}."))
    return findings


def _of_other(tracker: TrackerName, one: Other) -> str:
    name, parts = str(one.record.shown[NAME]), list(_parts(one))
    has = f"{tracker} has the label {quote(name)}"
    if NAME in one.wanted:
        also = f", with {several(parts)}" if parts else ""
        return f"{has}, which is {quote(one.label)} by now: rename it there{also}; issues keep it."
    return f"{has} otherwise than the vocabulary: give it {several(parts)}."


def _parts(one: Other) -> Iterator[str]:
    if COLOR in one.wanted:
        old = one.record.shown[COLOR]
        yield f"the color {one.wanted[COLOR]} instead of {old}"
    if DESCRIPTION in one.wanted:
        said = one.wanted[DESCRIPTION]
        yield f"the description {quote(said)}" if said else "no description"


def _of_both(tracker: TrackerName, one: Other) -> str:
    name = quote(str(one.record.shown[NAME]))
    return (
        f"{tracker} has the label {name} beside {quote(one.label)}, which took its place: give its "
        "issues the new one, then delete the old one there."
    )
