"""How one Jira differs from others."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Quirks:
    """How this Jira differs from others; may be changed while it runs."""

    rank_name: str = "Rank"
    """What the Rank field is called: `Rang` where the site speaks German. Heeded by `load`."""
    rank_fails: set[str] = field(default_factory=set)
    """Keys of issues that cannot be ranked for now."""
    refused: set[str] = field(default_factory=set)
    """Summaries that no issue may be made with: one such in a bulk leaves its other half be."""
    drop_properties: bool = False
    """Are entity properties sent with a create dropped without a word?"""
    comments_shown: int = 5000
    """How many comments an issue's own field shows; the others are to be paged for."""
    software: bool = True
    """Is Jira Software installed? Heeded by `load`."""
    old_sprints: bool = False
    """Does the sprint field show texts, as older Data Centers do?"""
    attachments: bool = True
    """May files be attached?"""
    largest: int = 10 * 1024 * 1024
    """Bytes of one attachment."""
    page: int = 5000
    """The most issues on one page of a search, however many are asked for."""
    task_polls: int = 1
    """How often a task says that it is still running."""
    limits: dict[str, int] = field(
        default_factory=lambda: {"comments": 5000, "links": 2000, "remote_links": 2000}
    )
    """The most of each that one issue may have."""
    retries: int = 5
    """How often a webhook is sent again. Cloud alone does that."""
    retry_after: float = 0.05
    """Seconds before it is; minutes with the real one."""
