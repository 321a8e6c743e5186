"""Makes docs/rules.md: the rules' options from the settings, examples from running the rules.

    python -m tests.sync.rules_page

writes it anew; a test holds it to what the code does.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import cleandoc
from pathlib import Path
from textwrap import indent
from typing import Any

from pydantic.fields import FieldInfo

from config.load import load
from config.rules import NoticesSettings, Rules, RuleSettings, ScoreSettings, WaiverSettings
from sync.app.build import planner_settings
from sync.model import Item
from sync.plan import Finding
from sync.rules import RULES, Chosen, Enforced, View, enforce
from tests.sync.rules_examples import EXAMPLES, NOW, Example

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
INTRO = """# The rules

This page is made by `tests/sync/rules_page.py`: the options are those of the settings, and each
example was run. What is said of a mode, of `by_kind` and of waivers holds for every rule.
"""
COMMON = """## What all rules take

A rule stands under `rules` in a backlog's settings. One that is not named there reports; a mode
alone may stand for the whole: `labels: off`. Begin with `report`: beside what it finds, a report
says how many items the rule would change with `fix`.

A rule that is asked for what there is not finds nothing, and so does one that all keep. `report`
lists rules that nothing has matched for 30 days, and since when; runs that look at a part only do
not count. With other options or kinds, a rule is watched anew.
"""
SCORE = """A `score` orders items of one priority:
"""
LABELS = """Where there is a `vocabulary`, every repository is held against it: what it lacks,
what has another color or description, what has an old name, and what is not in it are findings,
with no item. One request for 100 labels a run; none without a vocabulary. `fix` makes and changes
labels there. A label with an old name is renamed by GitHub itself, once, and stays on its issues,
open and closed; on Jira and in files, which keep names of labels alone, its items are edited.
Where both names are there, open items get the new one, and the old label is left: nothing is
deleted. One that a repository refuses waits to be tried again, longer and longer, and is given up
and said, as edits are. An old label that a person deletes is taken off its items, as GitHub does.
Two spellings that differ by case are one label, which gets the vocabulary's. Labels that
carry a field (`priority:high`), that say which issues are meant (`where`), or that rules put on
items are none of the vocabulary's business. A plan shows it all under `vocabulary`;
`guard.at_most.labels` caps it, a rename counts as a change of each item that has the label, and
`undo` takes it back. A public repository is told of labels where `publish` names `labels`; where
`labels` belong to one tracker, they are not renamed elsewhere.

Under `components` Jira's are held to terms of their own, in the same way and by the same mode.
`fix` gives items the new name and takes off what is forbidden; a component itself is not made,
renamed or deleted: where Jira lacks the new one, that is said.
"""
NOTICES = """## Comments on items

`comment` and `hold` say on an item what it breaks: in one comment on each tracker that has comments
(files have none), edited in place, and gone when nothing is left to say. It is carried nowhere,
never taken for a comment of people, calls nobody and closes nothing. What it says of a status that
was put back stays for a day. A person who deletes it sees it again; one who edits it sees that
until the next change. A public tracker gets it where `publish` names `notice`; it may quote any
field. Items that not everybody may see are not named in it. A service desk of Jira, whose customers
read comments, gets none. `notices` says how it reads:
"""
WAIVERS = """## Waivers

A waiver, under `waivers`, lets one item off one rule until a day. One that ends soon, that has
ended, or that names no item or rule, is a finding itself.
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An example that was run."""

    example: Example
    found: tuple[Finding, ...]
    fixed: Enforced | None
    """What mode `fix` made of it, where the example has nothing done by hand."""
    left: tuple[Finding, ...]
    """What the rule finds afterwards."""


def run(example: Example) -> Shown:
    """Judges the example, mends it, and judges it again."""
    view, rules = _view(example.items, example), _rules(example, "report")
    found = _enforced(view, rules).findings
    if example.by_hand is not None:
        after = _view(example.by_hand, example)
        return Shown(example, found, None, _enforced(after, rules).findings)
    fixed = _enforced(view, _rules(example, "fix"))
    mended = replace(view, items={**view.items, **fixed.items}, order=fixed.order)
    return Shown(example, found, fixed, _enforced(mended, rules).findings)


def _enforced(view: View, rules: Mapping[str, Chosen]) -> Enforced:
    return enforce(view, rules, (), lambda item, name: True)


def _view(items: Sequence[Item], example: Example) -> View:
    keys = {item.id: {"jira": item.id} for item in items}
    order = tuple(item.id for item in items)
    touched = {item.id: example.touched for item in items if example.touched}
    by_id = {item.id: item for item in items}
    return View(by_id, order, keys, {}, NOW, touched=touched, releases=example.releases)


def _rules(example: Example, mode: str) -> Mapping[str, Chosen]:
    """The example's settings as `load` reads them; all other rules are off."""
    said = {name: "off" for name in RULES if name not in ("custom", example.rule)}
    others = "".join(f"      {name}: {one}\n" for name, one in said.items())
    own = indent(example.settings, "      ")
    if mode == "fix":
        own = own.replace(f"{example.rule}:\n", f"{example.rule}:\n        mode: fix\n", 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "onebacklog.yaml"
        path.write_text(
            "backlogs:\n  shop:\n    trackers: {files: {type: files, path: items}}\n"
            "    fields: {worth: {type: number}}\n"
            f"    rules:\n{others}{own}",
            encoding="utf-8",
        )
        return planner_settings(load(path).backlogs["shop"]).rules


def page() -> str:
    parts = [INTRO, COMMON, _options(RuleSettings, ())]
    settings = {one.alias or name: (name, one) for name, one in Rules.model_fields.items()}
    for rule, type_ in sorted(RULES.items()):
        name = settings[rule][0]
        options = _settings_of(name)
        kinds = ", ".join(sorted(type_.kinds or ())) or "all"
        parts += [
            f"## {rule}\n\n{cleandoc(options.__doc__ or '')}\n",
            f"Severity: {type_.severity}, where a finding is not milder by nature. "
            f"Kinds: {kinds}.\n",
            _options(options, (*RuleSettings.model_fields, "by_kind")),
            *(SCORE, _options(ScoreSettings, ())) * (rule == "priority-order"),
            *(LABELS,) * (rule == "labels"),
            *(_example(run(one)) for one in EXAMPLES if one.rule == rule),
        ]
    parts += [NOTICES, _options(NoticesSettings, ()), WAIVERS, _options(WaiverSettings, ())]
    return "\n".join(parts)


def _settings_of(name: str) -> type[RuleSettings]:
    """The class that holds a rule's settings."""
    from config import rules  # noqa: PLC0415

    called = "".join(word.capitalize() for word in name.split("_")) + "Settings"
    found: type[RuleSettings] = getattr(rules, called)
    return found


def _options(settings: type[Any], but: Sequence[str]) -> str:
    lines = ["| key | default | what it says |", "| --- | --- | --- |"]
    for name, info in settings.model_fields.items():
        if name not in but:
            lines.append(f"| `{name}` | {_default(info)} | {_line(info.description or '')} |")
    return "\n".join(lines) + "\n"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if info.default in (None, "", (), {}):
        return ""
    return f"`{json.dumps(info.default)}`"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _example(shown: Shown) -> str:
    example = shown.example
    lines = [f"### {example.title}\n", f"```text\n{example.settings}```\n"]
    lines += [_table(example.items), ""]
    lines += [f"- {one.severity}: {one.message}" for one in shown.found]
    mended = example.by_hand if shown.fixed is None else tuple(_after(example, shown.fixed))
    how = example.how if shown.fixed is None else f"`mode: fix` {_done(example, shown.fixed)}"
    lines += [f"\nMended: {how}\n", _table(mended or ())]
    return "\n".join(lines) + "\n"


def _after(example: Example, fixed: Enforced) -> Iterator[Item]:
    items = {one.id: one for one in example.items}
    for id_ in fixed.order:
        yield fixed.items.get(id_, items[id_])


def _done(example: Example, fixed: Enforced) -> str:
    said = [f"sets the {name} of {id_}" for id_, name in sorted(fixed.because)]
    before = tuple(one.id for one in example.items)
    said += ["moves items"] if fixed.order != before else []
    return " and ".join(said) + "."


def _table(items: Sequence[Item]) -> str:
    """The items, top first, with the fields that any of them has."""
    names = list(dict.fromkeys(name for item in items for name in item.values))
    lines = [f"| key | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for item in items:
        cells = (_cell(item.values.get(name)) for name in names)
        lines.append(f"| {item.id} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return "; ".join(f"[{'x' if one.checked else ' '}] {one.text}" for one in value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
