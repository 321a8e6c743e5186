"""Texts: time by size, there and back in both markups; and how many real ones a trip leaves fixed.

CPU time of this process, best of three. The real texts are the descriptions and comments of a
project, in wiki markup; they need the optional data (see tests/shared.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from adapters.text import (
    TextError,
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    wiki_to_markdown,
)
from bench.real import SHARED, lines

PARTS = {
    "prose": "lorem **ipsum** _dolor_ `sit` [amet](https://e.com)\n\n- [ ] one\n- [x] two\n\n",
    "one paragraph": "lorem ipsum dolor sit amet ",
    "table rows": "| a | **b** | `c` |\n",
    "brackets": "[a](",
}
DEEP = {
    "a list of 45 levels": "\n".join("  " * n + f"- item{n}" for n in range(45)),
    "90 quotes in one another": "> " * 90 + "x",
}
PAIRS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "wiki": (markdown_to_wiki, wiki_to_markdown),
    "adf": (markdown_to_adf, adf_to_markdown),
}


def seconds(there: Callable[[Any], Any], back: Callable[[Any], Any], text: str) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        back(there(text))
        best = min(best, time.process_time() - began)
    return best


def told(there: Callable[[Any], Any], back: Callable[[Any], Any], text: str) -> str:
    try:
        return f"{seconds(there, back, text):.2f} s"
    except TextError as error:
        return f"refused ({error})"


def sizes() -> None:
    for pair, (there, back) in PAIRS.items():
        for name, part in PARTS.items():
            head = "| x | y | z |\n| --- | --- | --- |\n" if part.startswith("|") else ""
            small, large = (
                told(there, back, head + part * (size // len(part)))
                for size in (100_000, 1_000_000)
            )
            print(f"text {pair}, {name}: 100 kB {small}, 1 MB {large}")
        for name, text in DEEP.items():
            print(f"text {pair}, {name}: {seconds(there, back, text):.3f} s")


def real() -> None:
    bodies: list[str] = []
    for issue in lines("jira-project.jsonl.gz"):
        bodies += [issue["description"] or "", *(one["body"] or "" for one in issue["comments"])]
    fixed = spelt = 0
    began = time.process_time()
    for wiki in bodies:
        markdown = wiki_to_markdown(wiki)
        again = markdown_to_wiki(markdown)
        fixed += (wiki_to_markdown(again), markdown_to_wiki(wiki_to_markdown(again))) == (
            markdown,
            again,
        )
        spelt += again.split() == wiki.split()
    took = time.process_time() - began
    print(
        f"text: {len(bodies)} real descriptions and comments, {sum(map(len, bodies))} characters: "
        f"{fixed} fixed after one trip, {spelt} the same but for blanks, in {took:.1f} s"
    )


def main() -> None:
    sizes()
    if SHARED.exists():
        real()


if __name__ == "__main__":
    main()
