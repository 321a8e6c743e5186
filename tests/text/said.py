"""What a Markdown text says, as a bag of its parts: for tests that nothing is lost."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

WORD = re.compile(r"\w+")
TASK = re.compile(r"\[([ xX])\]\s")
COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
Part = tuple[str, object]


def said(markdown: str) -> Counter[Part]:
    """Words, code with language, headings, list items, tasks, cells, links, pictures, comments."""
    parser = MarkdownIt("commonmark", {"maxNesting": 200}).enable(["table", "strikethrough"])
    parts: Counter[Part] = Counter()
    depth, opener = 0, ""
    for token in parser.parse(markdown):
        depth += token.nesting if token.type.startswith(("bullet_list", "ordered_list")) else 0
        if token.type in ("fence", "code_block"):
            code = "\n".join(line.rstrip() for line in token.content.strip("\n").split("\n"))
            parts[("code", (token.info.strip().split(" ")[0], code))] += 1
        elif token.type == "html_block":
            parts.update(_html(token.content))
        elif token.type == "inline":
            visible = _visible(token)
            parts.update(("word", word) for word in WORD.findall(visible.lower()))
            parts.update(_linked(token))
            if opener in ("h1", "h2", "h3", "h4", "h5", "h6", "th", "td"):
                parts[(opener, _squashed(visible))] += 1
            elif opener == "li":
                parts[("item", (depth, _squashed(visible.split("\n")[0])))] += 1
                if box := TASK.match(visible):
                    parts[("task", (box[1] != " ", _squashed(visible.split("\n")[0])))] += 1
        if token.nesting == 1 and token.type != "paragraph_open":
            opener = token.tag
        elif token.type not in ("paragraph_open", "paragraph_close"):
            opener = ""
    return parts


def _html(source: str) -> Iterator[Part]:
    for comment in COMMENT.findall(source):
        yield "comment", _squashed(comment)
    visible = html.unescape(TAG.sub(" ", source))
    yield from (("word", word) for word in WORD.findall(visible.lower()))


def _visible(line: Token) -> str:
    parts: list[str] = []
    for child in line.children or []:
        if child.type in ("softbreak", "hardbreak") or child.content.startswith("<br"):
            parts.append("\n")
        elif child.type not in ("html_inline", "image"):
            parts.append(child.content)
    return "".join(parts)


def _linked(line: Token) -> Iterator[Part]:
    for child in line.children or []:
        if child.type == "link_open":
            yield "link", unquote(str(child.attrGet("href") or ""))
        elif child.type == "image":
            yield "picture", unquote(str(child.attrGet("src") or ""))
        elif child.type == "html_inline" and child.content.startswith("<!--"):
            yield "comment", _squashed(child.content)


def _squashed(visible: str) -> str:
    return " ".join(WORD.findall(visible.lower()))
