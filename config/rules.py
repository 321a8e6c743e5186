"""Settings of the rules: what each demands, how loudly, and who is let off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict

from config.values import (
    Count,
    FieldKey,
    Line,
    Lines,
    Matching,
    Number,
    Settings,
    SomeLines,
    misfit,
)
from sync.notice import TEMPLATE, NoTemplate, check

SPEAKING = frozenset({"comment", "hold"})
"""Modes that say on an item what it breaks."""


def _expand_mode(data: object) -> object:
    return {"mode": data} if isinstance(data, str) else data


def _expand_entry(data: object) -> object:
    return {} if data is None else data


def _plain_color(text: str) -> str:
    """Six digits, as trackers give them; three stand for six, as in CSS."""
    digits = text.removeprefix("#").lower()
    return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits


def _checked(template: str) -> str:
    try:
        check(template)
    except NoTemplate as error:
        what, _, remedy = str(error).partition(": ")
        raise misfit(what, remedy) from None
    return template


Mode: TypeAlias = Literal["off", "report", "comment", "label", "fix", "hold"]
OF_KIND = BeforeValidator(_expand_mode)


class RuleSettings(Settings):
    """What all rules take. A mode alone may stand for the whole: `labels: off`."""

    mode: Mode = "report"
    """`off`; `report`: say what is broken, change nothing; `comment`: say it in one comment on the
    item, too; `label`: keep a label on what breaks the rule; `fix`: mend what is no guess; `hold`:
    put a status back that made an item break the rule, and say so in the comment. All but `off`
    report as well."""
    label: Line | None = None
    """What `label` puts on items. Default: `needs:` and the rule's name."""
    severity: Literal["error", "warning", "info"] | None = None
    """How grave its findings are. Default: as the rule itself judges each."""
    kinds: SomeLines | None = None
    """The kinds of items that it judges. Default: stories for acceptance-criteria, else all."""

    def each(self) -> Iterator[Self]:
        """The rule as it is for each kind that is told apart, then for the others."""
        by_kind: Mapping[str, Self] = getattr(self, "by_kind", {})
        for kind, own in by_kind.items():
            said = {name: getattr(own, name) for name in own.model_fields_set}
            yield self.model_copy(update={**said, "kinds": (kind,)})
        yield self


class ScoreSettings(Settings):
    """What says more of the order than priorities do. An expression alone may stand for it."""

    formula: Literal["wsjf", "rice", "value-effort"] | None = None
    """`wsjf`: (value + urgency + risk) / size; `rice`: reach x impact x confidence / effort;
    `value-effort`: value / effort. The higher, the sooner."""
    fields: Mapping[
        Literal["value", "urgency", "risk", "size", "reach", "impact", "confidence", "effort"],
        FieldKey,
    ] = {}
    """Part of the formula → the field of numbers that holds it. Default: `estimate` for size and
    effort, else the field of the same name."""
    expression: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """Instead of a formula: a number in CEL, such as `item.value / item.estimate`."""
    mode: Literal["propose", "keep"] = "propose"
    """`propose`: say what stands above something of the same priority with a higher score; `keep`:
    it is out of order, and `fix` moves it. Items without a score keep their place."""


def _expand_score(data: object) -> object:
    return {"expression": data} if isinstance(data, str) else data


class PriorityOrderSettings(RuleSettings):
    """The order, the priorities and the relations between items agree.

    `fix` moves as few items as can be, none of the sprints that run; raises a parent to its
    children's priority; and gives `default` where there is no priority. What contradicts itself is
    explained, and left.
    """

    checks: Annotated[
        tuple[Literal["missing", "order", "blockers", "parents", "trackers"], ...],
        Field(min_length=1),
    ] = ("missing", "order", "blockers", "parents", "trackers")
    """What is looked at: `missing` priorities; `order`: no lower priority above a higher one;
    `blockers` above what they block; `parents` not below their children's priority; the same
    order in all `trackers`."""
    limits: Mapping[Line, Count] = {}
    """Priority → how many open items may have it, such as `highest: 5`."""
    default: Line | None = None
    """The priority that `fix` gives to items without one. Default: none."""
    frozen: Lines = ()
    """Sprints that run: `fix` leaves their items where they stand."""
    most: Number | None = None
    """How many items `fix` moves in one run. Default: all that have to move."""
    score: Annotated[
        ScoreSettings | None,
        BeforeValidator(_expand_score, json_schema_input_type=str | ScoreSettings | None),
    ] = None
    """What orders items of one priority: a formula, or an expression. Default: nothing."""
    by_kind: Mapping[Line, Annotated[PriorityOrderSettings, OF_KIND]] = {}
    """Kind → what is different for it: any of the other keys, or a mode alone."""


class AcceptanceCriteriaSettings(RuleSettings):
    """Items have acceptance criteria that say something.

    `fix` keeps one of two that are the same, and puts `template` where there are none.
    """

    statuses: SomeLines | None = None
    """The statuses in which items need criteria. Default: every open one."""
    minimum: Number = 1
    """How many criteria there must be."""
    placeholders: Lines | None = None
    """Words that are no criterion, whatever their case. Default: tbd, todo and the like."""
    done_checked: Annotated[bool, Strict()] = True
    """Whether an item that is done must have all its boxes checked."""
    form: Literal["any", "given-when-then"] = "any"
    """How a criterion is written: any way, or with Given, When and Then."""
    template: Lines = ()
    """Criteria that `fix` puts where there are none, to be filled in."""
    ready: Count = 0
    """So many items at the top of the order need criteria, an estimate and no open blocker."""
    by_kind: Mapping[Line, Annotated[AcceptanceCriteriaSettings, OF_KIND]] = {}
    """Kind → what is different for it: any of the other keys, or a mode alone."""


class LabelSettings(Settings):
    """One label of the vocabulary."""

    color: Annotated[
        str,
        Matching(
            "#?(?:[0-9a-fA-F]{3}){1,2}", "three or six hexadecimal digits", 'write it as "d73a4a"'
        ),
        AfterValidator(_plain_color),
    ] = ""
    """Three or six hexadecimal digits, in quotes: `"d73a4a"`. Default: whatever it has."""
    description: (
        Annotated[
            str,
            Matching(r"(?:\S(?:.*\S)?)?", "one line of text, without spaces around it", "trim it"),
            Matching(r"(?s:.{0,100})", "at most 100 characters", "shorten it"),
        ]
        | None
    ) = None
    """What it is for, in at most 100 characters, as GitHub allows. Default: whatever it has."""


class ComponentsSettings(Settings):
    """What components are held to, as labels are."""

    vocabulary: Lines = ()
    """The components that there are."""
    namespaces: Mapping[Line, Literal["exactly-one", "at-most-one"]] = {}
    """Namespace (`web` for `web:search`) → how many components of it an item may have."""
    aliases: Mapping[Line, Line] = {}
    """Component → the one that should stand in its place."""
    forbidden: Lines = ()
    """Components that no item may have."""
    unknown: Literal["report", "off"] = "report"
    """Components outside the vocabulary, where there is one: reported, or let be."""


class LabelsSettings(RuleSettings):
    """Labels, and components, keep to the team's conventions. Upper and lower case are one, as on
    GitHub.

    `fix` renames old labels, removes forbidden ones, keeps those that follow from fields, and keeps
    the vocabulary the same in every repository: what is missing is made, what has an old name, or
    another color or description, is changed there; its issues keep it. No label is deleted.
    """

    vocabulary: Mapping[
        Line,
        Annotated[
            LabelSettings,
            BeforeValidator(_expand_entry, json_schema_input_type=LabelSettings | None),
        ],
    ] = {}
    """The labels that there are: name → color and description, or nothing. Every repository is to
    have them, and have them so."""
    namespaces: Mapping[Line, Literal["exactly-one", "at-most-one"]] = {}
    """Namespace (`area` for `area:search`) → how many labels of it an item may have."""
    aliases: Mapping[Line, Line] = {}
    """Label → the label that should stand in its place."""
    forbidden: Lines = ()
    """Labels that no item may have."""
    implied: Mapping[Line, Mapping[Line, Line]] = {}
    """Field → value → the label that follows from it, such as `kind: {bug: "type:bug"}`."""
    unknown: Literal["report", "off"] = "report"
    """Labels outside the vocabulary, where there is one: reported, or let be."""
    components: ComponentsSettings | None = None
    """What components are held to, as labels are: {vocabulary, namespaces, aliases, forbidden,
    unknown}. Default: they are not looked at."""
    by_kind: Mapping[Line, Annotated[LabelsSettings, OF_KIND]] = {}
    """Kind → what is different for it: any of the other keys, or a mode alone."""


class HygieneSettings(RuleSettings):
    """What lies about: stale, ownerless, unestimated, late or half closed.

    `fix` mends nothing here: what to do is for persons to say.
    """

    checks: Annotated[
        tuple[
            Literal[
                "stale", "owner", "estimate", "story", "due", "release", "children", "duplicates"
            ],
            ...,
        ],
        Field(min_length=1),
    ] = ("due", "release", "children")
    """What is looked at: open items that are `stale`; work without an `owner` or an `estimate`;
    stories that do not say who wants what (`story`); days that have passed (`due`); a `release`
    that is overdue, or done, with open items; closed items with open `children`; open items
    with titles that read alike (`duplicates`), unless each has a word that tells it from the other,
    or a relation between them says that somebody knows."""
    stale_days: Number = 90
    """After how many days without a change an open item is stale."""
    statuses: SomeLines = ("in_progress", "in_review")
    """What counts as work, for `owner` and `estimate`."""
    alike: Annotated[float, Strict(), Field(ge=0.5, le=1)] = 0.9
    """How alike titles of `duplicates` are: 1 is the same words."""
    by_kind: Mapping[Line, Annotated[HygieneSettings, OF_KIND]] = {}
    """Kind → what is different for it: any of the other keys, or a mode alone."""


class CustomSettings(RuleSettings):
    """A condition of the team's own that every open item of its kinds has to meet.

    `fix` mends nothing here.
    """

    expect: Annotated[str, Field(min_length=1, max_length=2000)]
    """What must hold, in CEL: `item.priority != "highest" || size(item.assignees) > 0`."""
    message: Line
    """What to say of an item of which it does not, such as `has nobody: assign somebody.`"""


class WaiverSettings(Settings):
    """One item let off one rule for a time."""

    item: Line
    """The item: its id, or its key on any tracker, such as SHOP-7."""
    rule: Line
    """The rule that it may break, by its name."""
    reason: Line
    """Why, for those who read it later."""
    until: date
    """The last day on which the waiver holds, such as 2027-03-31."""
    by: Line | None = None
    """Who gave it."""


class NoticesSettings(Settings):
    """The one comment on an item that says what it breaks, on each tracker that has comments."""

    template: Annotated[str, AfterValidator(_checked)] = TEMPLATE
    """What it says: Markdown, as a Jinja2 template over `findings` (each with its `message` and
    `rule`), `item` (`title`, `kind`, `status`, `priority`) and `more`, the number of findings
    beyond the first 20. What it shows is escaped."""
    settled: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """What it says when nothing is left of its findings. Default: it is removed."""


class Rules(Settings):
    """The rules of one backlog. A rule that is not named reports."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    priority_order: Annotated[
        PriorityOrderSettings,
        BeforeValidator(_expand_mode, json_schema_input_type=Mode | PriorityOrderSettings),
        Field(alias="priority-order"),
    ] = PriorityOrderSettings()
    """Order, priorities, blockers and parents agree."""
    acceptance_criteria: Annotated[
        AcceptanceCriteriaSettings,
        BeforeValidator(_expand_mode, json_schema_input_type=Mode | AcceptanceCriteriaSettings),
        Field(alias="acceptance-criteria"),
    ] = AcceptanceCriteriaSettings()
    """Items have acceptance criteria."""
    labels: Annotated[
        LabelsSettings,
        BeforeValidator(_expand_mode, json_schema_input_type=Mode | LabelsSettings),
    ] = LabelsSettings()
    """Labels keep to the conventions."""
    hygiene: Annotated[
        HygieneSettings,
        BeforeValidator(_expand_mode, json_schema_input_type=Mode | HygieneSettings),
    ] = HygieneSettings()
    """Nothing lies about."""
    custom: Mapping[Line, CustomSettings] = {}
    """Rules of the team's own, by name."""
    waivers: tuple[WaiverSettings, ...] = ()
    """Items that may break a rule for a time."""
    notices: NoticesSettings | None = None
    """The comment that `comment` and `hold` keep on items: {template, settled}."""

    @property
    def speak(self) -> bool:
        """Do they keep comments on items?"""
        said = (one.mode for _, rule in self.each() for one in rule.each())
        modes = {*said, *(rule.mode for rule in self.custom.values())}
        return self.notices is not None or not modes.isdisjoint(SPEAKING)

    @property
    def has_vocabulary(self) -> bool:
        """Are labels to be held against a vocabulary?"""
        rule = self.labels
        return rule.mode != "off" and any(
            bool(one.vocabulary) for one in (rule, *rule.by_kind.values()) if one.mode != "off"
        )

    def each(self) -> Iterator[tuple[str, RuleSettings]]:
        """The rules by name, those that are off too."""
        yield "priority-order", self.priority_order
        yield "acceptance-criteria", self.acceptance_criteria
        yield "labels", self.labels
        yield "hygiene", self.hygiene
