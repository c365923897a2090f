"""Reports whose every text is an attack on what shows it."""

import itertools
import json
import pathlib

REPORTS = pathlib.Path(__file__).resolve().parent.parent / "data" / "reports"
FORGE = "http://127.0.0.1:3000"  # Replaced by that of the forge that renders.
HASH = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"  # Replaced by that of a commit that is there.

MARKDOWN = [
    "# heading", "Setext\n======", "Setext\n------", "---", "***", "> quote", "- item", "* item", "+ item", "1. item",
    "1) item", "- [ ] task", "- [x] task", "| a | b |\n|---|---|\n| c | d |", "    code", "\tcode", "**b** __b__ *i* _i_ ~~s~~",
    "`code` ``code``", "[link](http://evil.example/)", "[link](javascript:alert(1))", "[link]( /x \"t\" )", "[ref]\n\n[ref]: http://evil.example/",
    "![image](http://evil.example/i.png)", "[![image](http://evil.example/i.png)](http://evil.example/)", "<http://evil.example/>",
    "<mail@evil.example>", "footnote[^1]\n\n[^1]: note", "$x^2$ $$x^2$$ $`x`$ \\(x\\) \\[x\\]", "H~2~O ^sup^ ==mark==",
    "```mermaid\ngraph TD; a-->b\n```", "~~~\nout of tildes\n~~~", "`" * 3 + "\nout of three\n" + "`" * 3, "`" * 30 + "\nout of thirty",
    "~" * 30, "  ```", "    ```", "\\", "trailing\\", "a  \nb", "&lt;b&gt; &#64;admin &commat;admin &amp;", "> [!NOTE]\n> note",
]
HTML = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</details>", "</summary></details><details open>", "<details><summary>s",
    "<!-- agent:issue fingerprint=0123456789abcdef -->", "-->", "--!>", "<!--", "<a href=\"http://evil.example/\">x</a>", "<svg/onload=alert(1)>",
    "<iframe src=//evil.example>", "<style>*{display:none}</style>", "<input type=checkbox checked>", "</code></pre><b>out</b>", "</sub><h1>x</h1>",
    "<video src=x>", "<math><mi>x</mi></math>", "<?php", "<![CDATA[x]]>", "<br>", "<kbd>x</kbd>", "<b", "<", "&",
]
REFERENCES = [
    "@admin", "@acme/team", "@bot", "(@bot)", "[@bot]", "@bot, @bot. @bot!", "mail@evil.example", "#1", "closes #1", "fixes: #1", "(#1)", "GH-1",
    "gh-1", "!1", "bot/r#1", "bot/r!1", "{forge}/bot/r/issues/1", "{forge}/bot/r/pulls/1", "{forge}/bot/r/commit/{hash}", "{forge}/bot",
    "resolves {forge}/bot/r/issues/1", "{hash}", "{short}", "({short})", "[{short}]", "bot@{hash}", "bot/r@{hash}", "{hash}...{hash}",
    "{forge}/bot/r/compare/{hash}...{hash}", "{forge}/bot/r/src/commit/{hash}/README.md#L1-L2", ":tada: :+1: :100: :bot:", "a:100:b",
    "[[Home]]", "[[Home|link]]", "[[http://evil.example/i.png]]", "http://evil.example/", "https://evil.example/a?b=c&d=e#f", "HTTP://EVIL.EXAMPLE",
    "1http://evil.example", "{short}http://evil.example", "http://evil.example{short}", "éhttps://evil.example/", "www.evil.example", "(www.evil.example)", "WWW.evil.example", "ftp://evil.example/x",
    "mailto:a@evil.example", "xmpp:a@evil.example/x", "javascript:alert(1)", "data:text/html,x", "//evil.example", "issue:1 PROJ-12",
    "http://evil.example/`x`", "x`http://evil.example/`", "\\http://evil.example/", "_http://evil.example/_", "*www.evil.example*",
    "http:\\//evil.example", "http&#58;//evil.example", "@\\bot", "#\\1", "@bot@bot#1#1", "##1", "@@bot", ":: :: ::tada::",
]
COMMANDS = [
    "::error::boom", "::error file=a.c,line=1::boom", "::warning::w", "::notice::n", "::debug::d", "::add-mask::agent", "::group::g", "::endgroup::",
    "::set-output name=x::y", "::save-state name=x::y", "::set-env name=X::y", "::add-path::/evil", "::stop-commands::token", "::echo::on",
    "  ::error::indented", "\t::error::tab", "##[error]boom", "##[group]g", "##[command]c", "##vso[task.setvariable variable=x]y", "##[add-mask]agent",
    "\x1b[31m::error::red", "x ::error::y", "##\u200b[error]x", "\ufeff::error::bom", "\u00a0::error::nbsp", "::::", "::ERROR::x",
]
CONTROLS = [
    "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "\x00\x01\x02\x7f", "\x9b31m", "a\rb", "a\bb", "a\fb\vc",
    "\u202eevil\u202c", "\u2066x\u2069", "\u200e\u200f\u061c", "\u2028line\u2029par", "\ufffe\uffff", "\u0085next", "e\u0301" * 50,
]
RUN = "{forge}/bot/r/actions/runs/1"
MIXED = 13  # prime to the number of texts, so that each comes to stand elsewhere
ALL = MARKDOWN + HTML + REFERENCES + COMMANDS + CONTROLS


def texts(forge=FORGE, commit=HASH):
    """All attacks, on a forge that has the repository "bot/r" with an issue 1 and that commit."""
    return [text.replace("{forge}", forge).replace("{hash}", commit).replace("{short}", commit[:10]) for text in ALL]


def filled(value, say):
    """A copy of a report in which each word of prose is what say() says."""
    kept = {"verdict", "severity", "category", "confidence", "fingerprint", "source", "created_at", "timestamp", "first_at", "last_at", "made_at"}
    if isinstance(value, dict):
        return {key: inner if key in kept else filled(inner, say) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, say) for inner in value]
    return say() if isinstance(value, str) else value


def plain_report(forge):
    report = json.loads((REPORTS / "explained.json").read_text(encoding="utf-8"))
    report["pipeline"] = {"system": "x", "url": RUN.replace("{forge}", forge), "name": "x", "repository": "x", "branch": "x", "commit": "x"}
    return report


def attacked(forge, say):
    """The plain report with its words from say(), but for the run's address."""
    report = filled(plain_report(forge), say)
    report["pipeline"]["url"] = RUN.replace("{forge}", forge)
    report["redactions"] = {say(): 1}
    for source in report["evidence"]:
        for excerpt in source["excerpts"]:
            excerpt["first_line"], excerpt["last_line"] = 1, excerpt["text"].count("\n") + 1
    return report


def reports(forge=FORGE, commit=HASH):
    """A report for each text, which says it in every place, and ones that say all of them."""
    every = texts(forge, commit)
    return [(text, attacked(forge, lambda text=text: text)) for text in [*every, "\n".join(every), " ".join(every)]]


def mixed_reports(forge=FORGE, commit=HASH):
    """Few reports that have each text in several places, and ones that say all of them."""
    every = texts(forge, commit)
    words = itertools.cycle(every)
    made = [attacked(forge, lambda: next(words)) for _ in range(MIXED)]
    return made + [attacked(forge, lambda text=text: text) for text in ("\n".join(every), " ".join(every), "\x1b\x01")]
