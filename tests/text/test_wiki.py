"""Markdown and Jira's wiki markup: what each construct is on the other side."""

import pytest

from adapters.text import markdown_to_wiki, wiki_to_markdown

BOTH_WAYS = {
    "a paragraph is a paragraph": ("one\n\ntwo\n", "one\n\ntwo\n"),
    "a line end is a line break": ("one\ntwo\n", "one\ntwo\n"),
    "two line breaks in a row stay two": ("one<br>\ntwo\n", "one\\\\\ntwo\n"),
    "a heading keeps its level": ("### Title\n", "h3. Title\n"),
    "a line break in a heading stays in it": ("# one<br>two\n", "h1. one\\\\two\n"),
    "a rule is a rule": ("---\n", "----\n"),
    "bold, italic, struck text": ("**a** _b_ ~~c~~\n", "*a* _b_ -c-\n"),
    "inserted, lowered, raised text": (
        "<ins>a</ins> <sub>b</sub> <sup>c</sup>\n",
        "+a+ ~b~ ^c^\n",
    ),
    "marks inside of words": ("a**b**c un*frigging*d\n", "a{*}b{*}c un{_}frigging{_}d\n"),
    "code in a line keeps what it says": ("`a_b` `x*y*z`\n", "{{a_b}} {{x*y*z}}\n"),
    "code with braces": ("`{a}`\n", "{{\\{a\\}}}\n"),
    "bold code is both": ("**`--flag`**\n", "*{{--flag}}*\n"),
    "a colour": ('<font color="red">a</font>\n', "{color:red}a{color}\n"),
    "a bare address": ("see https://e.com/a_b.\n", "see https://e.com/a_b.\n"),
    "an address as a card": ("<https://e.com/a>\n", "[https://e.com/a]\n"),
    "a link": ("[text](https://e.com)\n", "[text|https://e.com]\n"),
    "a link with a title": ('[text](https://e.com "tip")\n', "[text|https://e.com|tip]\n"),
    "a link with brackets in its text": (
        "[a \\[b\\]](https://e.com)\n",
        "[a &#91;b&#93;|https://e.com]\n",
    ),
    "a link to an anchor": ("[#part](#part)\n", "[#part]\n"),
    "an attachment": ("[a.txt](jira-attachment:a.txt)\n", "[^a.txt]\n"),
    "an attachment with a blank in its name": (
        "[a b.txt](jira-attachment:a%20b.txt)\n",
        "[a b.txt|^a b.txt]\n",
    ),
    "a person": ("[@ann](jira-user:ann)\n", "[~ann]\n"),
    "a person by another name": ("[Ann Lee](jira-user:ann)\n", "[Ann Lee|~ann]\n"),
    "a picture": ("![](https://e.com/a.png)\n", "!https://e.com/a.png!\n"),
    "a picture with text": (
        "![Two words](https://e.com/a.png)\n",
        '!https://e.com/a.png|alt="Two words"!\n',
    ),
    "a picture with a size": (
        '<img width="30" height="20" alt="" src="https://e.com/a.png">\n',
        "!https://e.com/a.png|height=20,width=30!\n",
    ),
    "an attached picture": ("![a.png](jira-attachment:a.png)\n", "!a.png!\n"),
    "an attached picture, small": (
        '![a.png](jira-attachment:a.png "thumbnail")\n',
        "!a.png|thumbnail!\n",
    ),
    "a picture that is a link": (
        "[![build](https://e.com/b.svg)](https://e.com)\n",
        '[!https://e.com/b.svg|alt="build"!|https://e.com]\n',
    ),
    "bullets and numbers, nested": (
        "- a\n  1. b\n     - c\n- d\n",
        "* a\n*# b\n*#* c\n* d\n",
    ),
    "two lists that follow one another stay two": ("- a\n\n* b\n", "* a\n\n* b\n"),
    "tasks with their state, nested": (
        "- [ ] a\n  - [x] b\n- [ ] c\n",
        "* [ ] a\n** [x] b\n* [ ] c\n",
    ),
    "a list of which only some items are tasks": ("- [ ] a\n- b\n", "* [ ] a\n* b\n"),
    "an item of two paragraphs": ("- a\n\n  b\n", "* a\n\\\\\nb\n"),
    "an item with code in it": (
        "- a\n\n  ```py\n  x\n  ```\n- b\n",
        "* a\n{code:py}\nx\n{code}\n* b\n",
    ),
    "code keeps its language and its blanks": (
        "```python\n  x = {a}\n\n```\n",
        "{code:python}\n  x = {a}\n\n{code}\n",
    ),
    "code without a language": ("```\n*x*\n```\n", "{noformat}\n*x*\n{noformat}\n"),
    "code with the end of code in it": (
        "```\na {noformat} b\n```\n",
        "{code}\na {noformat} b\n{code}\n",
    ),
    "code with the end of its own macro in it": (
        "```py\na {code} b\n```\n",
        "{code:py}\na {\u200bcode} b\n{code}\n",
    ),
    "code with the end of another macro in it": (
        "```\n{quote} {panel:title=a} {color}\n```\n",
        "{noformat}\n{quote} {panel:title=a} {color}\n{noformat}\n",
    ),
    "code within a quote, with the end of the quote in it": (
        "> ```\n> a {quote} b\n> ```\n",
        "{quote}\n{noformat}\na {\u200bquote} b\n{noformat}\n{quote}\n",
    ),
    "a panel of a kind keeps its title": (
        '<!-- adf {"attrs": {"wiki": "title"}, "type": "panel", "wraps": true} -->\n\n'
        "> [!WARNING]\n> **T**\n>\n> a\n\n<!-- /adf -->\n",
        "{panel:title=T|bgColor=#fffae6}\na\n{panel}\n",
    ),
    "code with a file's name": (
        "```java {title=A.java}\nx\n```\n",
        "{code:java|title=A.java}\nx\n{code}\n",
    ),
    "a quote of one line": ("> a **b**\n", "bq. a *b*\n"),
    "a quote of blocks": ("> a\n>\n> - b\n", "{quote}\na\n\n* b\n{quote}\n"),
    "an alert is a panel": ("> [!WARNING]\n> a\n", "{panel:bgColor=#fffae6}\na\n{panel}\n"),
    "details are an expand": (
        "<details><summary>More</summary>\n\na\n\n</details>\n",
        "{expand:title=More}\na\n{expand}\n",
    ),
    "a panel keeps its title and its frame": (
        '<!-- adf {"attrs": {"panelType": "custom", "wiki": "title|borderStyle=dashed"}, '
        '"type": "panel"} -->\n\n**T**\n\na\n\n<!-- /adf -->\n',
        "{panel:title=T|borderStyle=dashed}\na\n{panel}\n",
    ),
    "a table with a header": (
        "| a | b |\n| --- | --- |\n| 1 \\| 2 | `x\\|y` |\n",
        "||a||b||\n|1 \\| 2|{{x\\|y}}|\n",
    ),
    "a table without a header": ("|  |\n| --- |\n| 1 |\n", "|1|\n"),
    "a table with headers in its first column": (
        "| a | b |\n| --- | --- |\n| <!--th-->c | 1 |\n",
        "||a||b||\n||c|1|\n",
    ),
    "a cell of two lines, and an empty one": (
        "| a | b |\n| --- | --- |\n| 1<br>2 |  |\n",
        "||a||b||\n|1\n2| |\n",
    ),
    "HTML in a line stands in a colour of its own": (
        "<kbd>Ctrl</kbd>\n",
        "{color:#8590a3}<kbd>{color}Ctrl{color:#8590a3}</kbd>{color}\n",
    ),
    "a comment is Markdown in wiki markup": (
        "<!-- why? -->\n",
        "{noformat:title=markdown}\n<!-- why? -->\n{noformat}\n",
    ),
    "a table in an item is Markdown there": (
        "- a\n\n  | b |\n  | --- |\n",
        "* a\n{noformat:title=markdown}\n| b |\n| --- |\n{noformat}\n",
    ),
    "a quote in a quote is Markdown there, unless it is one line": (
        "> a\n>\n> > b\n> > c\n",
        "{quote}\na\n\n{noformat:title=markdown}\n> b\n> c\n{noformat}\n{quote}\n",
    ),
    "text that looks like Markdown": (
        "\\*a\\* \\_b_ \\`c\\` \\[d](e) \\<f> # g 1. h\n",
        "\\*a* \\_b_ `c` [d](e) <f> # g 1. h\n",
    ),
    "a line that looks like a Markdown block": ("\\# a\n\\- b\n1\\. c\n", "\\# a\n\\- b\n1. c\n"),
    "text that looks like wiki markup": (
        "{code} {{x}} \\*a\\* +b+ !c.png! [d|https://e.com] h1. e\n",
        "\\{code} \\{\\{x}} \\*a* \\+b+ \\!c.png! \\[d|https://e.com] h1. e\n",
    ),
    "a line that looks like a wiki block": ("h1. a\nbq. b\n|c|\n", "h1&#46; a\nbq&#46; b\n\\|c|\n"),
    "words with signs inside stay as they are": (
        "snake_case 3*4 a-b-c C++ x^2 ~/a (x) (!) :) { id } [WIP] $x\n",
        "snake_case 3*4 a-b-c C++ x^2 ~/a (x) (!) :) { id } [WIP] $x\n",
    ),
    "text that looks like a macro of whatever name": (
        "/users/{id} {html} {html:a=b} {a: 1} {${x}}\n",
        "/users/\\{id} \\{html} \\{html:a=b} \\{a: 1} {$\\{x}}\n",
    ),
    "an anchor": ("# {anchor:a-b}c\n", "h1. {anchor:a-b}c\n"),
    "half a macro's name in bold": ("{ht**ml}**\n", "\\{ht{*}ml}{*}\n"),
    "an attachment with signs in its name": (
        "[x](jira-attachment:a%7Bhtml%7D%2541.txt)\n",
        "[x|^a%7Bhtml%7D%2541.txt]\n",
    ),
    "paths and expressions": ("C:\\temp \\\\\\server \\d+\n", "C:\\temp &#92;\\server \\d+\n"),
    "entities that are text": ("\\&amp; & &b\n", "&amp;amp; & &b\n"),
    "nothing": ("", ""),
}
READ_FROM_WIKI = {
    "a heading without a blank": ("h2.Title", "## Title\n"),
    "a quote in one line": ("{quote}a{quote}", "> a\n"),
    "code in one line": ("{code:js}x{code}", "```js\nx\n```\n"),
    "code among text ends the paragraph": ("a {code}x{code} b", "a\n\n```\nx\n```\n\nb\n"),
    "a named language": (
        "{code:title=a.py|language=python}x{code}",
        "```python {title=a.py}\nx\n```\n",
    ),
    "a panel by its name": ("{tip}a{tip}", "> [!TIP]\n> a\n"),
    "dashes as bullets": ("- a\n- b", "- a\n- b\n"),
    "a level that is left out": ("* a\n*** b", "- a\n  - - b\n"),
    "an item that goes on in the next line": ("* a\nb\n* c", "- a\n  b\n- c\n"),
    "a list in a cell": (
        "|a\n* b|",
        "<table>\n<tr>\n<td>\n\na\n\n- b\n\n</td>\n</tr>\n</table>\n",
    ),
    "a colour over two blocks": (
        "{color:red}a\n\n* b{color} c",
        '<font color="red">a</font>\n\n- <font color="red">b</font> c\n',
    ),
    "an attachment by another name": ("[a b^c.txt]", "[a b](jira-attachment:c.txt)\n"),
    "a citation": ("??a??", "<cite>a</cite>\n"),
    "a link to a page of its own": ("[a|../b.md]", "[a](../b.md)\n"),
    "a smart link": ("[https://e.com|https://e.com|smart-link]", "<https://e.com>\n"),
    "a macro that never ends is text": ("a {quote} b", "a {quote} b\n"),
    "a macro that is not known is text": ("{toc} {status:title=A}", "{toc} {status:title=A}\n"),
    "exclamation marks are no picture": ("wow! very! good!", "wow! very! good!\n"),
    "dashes between words are no struck text": ("a - b - c -- d", "a - b - c -- d\n"),
    "entities are decoded": ("a &lt;b&gt; &amp;", "a \\<b> &\n"),
    "an address's query is left alone": (
        "[a|https://e.com/?x=1&copy=2]",
        "[a](https://e.com/?x=1&copy=2)\n",
    ),
    "a document of the editor": (
        '{adf:display=block}\n{"type": "rule"}\n{adf}',
        "---\n",
    ),
    "line ends of Windows": ("a\r\nb\r\n\r\nc", "a\nb\n\nc\n"),
}
READ_FROM_MARKDOWN = {
    "other bullets and boxes": ("+ [X] a\n", "* [x] a\n"),
    "other signs of emphasis": ("__a__ *b*", "*a* _b_\n"),
    "underlined headings": ("Title\n===\n", "h1. Title\n"),
    "tags of emphasis": ("<b>a</b> <i>b</i> <del>c</del> <u>d</u>", "*a* _b_ -c- +d+\n"),
    "links by reference": ("[a][1]\n\n[1]: https://e.com", "[a|https://e.com]\n"),
    "two blanks at a line's end": ("a  \nb", "a\nb\n"),
    "entities": ("&copy; &lt;", "© <\n"),
    "a screenshot as GitHub inserts it": (
        '<img width="300" alt="Shot" src="https://e.com/a.png" />',
        '!https://e.com/a.png|alt="Shot",width=300!\n',
    ),
    "a list that starts at three": ("3. a", "# a\n"),
}


@pytest.mark.parametrize(("markdown", "wiki"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_markdown_and_wiki_markup_say_the_same(markdown: str, wiki: str) -> None:
    assert markdown_to_wiki(markdown) == wiki
    assert wiki_to_markdown(wiki) == markdown


@pytest.mark.parametrize(("wiki", "markdown"), READ_FROM_WIKI.values(), ids=READ_FROM_WIKI)
def test_wiki_markup_is_read_in_its_other_spellings_too(wiki: str, markdown: str) -> None:
    assert wiki_to_markdown(wiki) == markdown


@pytest.mark.parametrize(("markdown", "wiki"), READ_FROM_MARKDOWN.values(), ids=READ_FROM_MARKDOWN)
def test_markdown_is_read_in_its_other_spellings_too(markdown: str, wiki: str) -> None:
    assert markdown_to_wiki(markdown) == wiki
