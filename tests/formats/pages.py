"""What may stand in a page that a forge makes of our Markdown, and what may not."""

import html.parser
import re
import unicodedata

OURS = {"h2", "h3", "p", "ol", "ul", "li", "strong", "code", "pre", "details", "summary", "sub", "a"}
WRAPPERS = {"div", "span"}  # Gitea's own, around <pre> and in it: the classes of a highlighter.
CLASSES = re.compile(r"^(code-block-container.*|code-block|chroma.*|language-.*|ansi-.*|display|anchor|muted|)$")
TITLES = {"The lines that prove it", "All the evidence that was kept"}
ISSUE = "http://forge.example/o/r/issues/7"
SPLIT = "\u200b"


class Page(html.parser.HTMLParser):
    """What a page has: elements with their attributes, links, the texts of <pre>, <summary>, of what is no code, and
    all. `comments` may stand in it where nothing has taken them out yet."""

    def __init__(self, source, comments=False):
        super().__init__(convert_charrefs=True)
        self.comments, self.prose = comments, ""
        self.wrong, self.links, self.fences, self.summaries, self.text = [], [], [], [], ""
        self.open, self.most_details = [], 0
        self.feed(source)
        self.close()
        if self.open:
            self.wrong.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in OURS | WRAPPERS:
            self.wrong.append(f"<{tag}>")
        if tag in WRAPPERS and "pre" not in self.open and not CLASSES.match(given.get("class") or ""):
            self.wrong.append(f"<{tag} class={given.get('class')}>")
        for name in given:
            if name not in {"class", "dir", "id", "href", "rel", "data-sourcepos", "target"} or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}>")
        if tag == "a":
            self.links.append(given.get("href"))
        if tag == "pre":
            self.fences.append("")
        if tag == "summary":
            self.summaries.append("")
        self.open.append(tag)
        self.most_details = max(self.most_details, self.open.count("details"))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> in {self.open}")
        else:
            self.open.pop()

    def handle_comment(self, data):
        if not self.comments or not re.fullmatch(r" agent:[a-z-]+( [^ ]+)* ", data):
            self.wrong.append(f"<!--{data}-->")

    def handle_data(self, data):
        self.text += data
        if not {"pre", "code", "a"} & set(self.open):
            self.prose += data
        if "pre" in self.open:
            self.fences[-1] += data
        if "summary" in self.open:
            self.summaries[-1] += data


def fences_of(markdown):
    """What stands in our fences, by CommonMark's rule: to the line that closes them with as many backticks."""
    bodies, closing = [], None
    for line in markdown.split("\n"):
        opened = re.match(r"^( *)(`{3,})\w*$", line)
        if closing is None and opened:
            closing, indent = opened[1] + opened[2], len(opened[1])
            bodies.append([])
        elif closing is not None and line == closing:
            closing = None
        elif closing is not None:
            bodies[-1].append(line[indent:])
    return ["\n".join(body) for body in bodies]


def readable(text):
    """As one compares what was typed with what is shown."""
    kept = "".join(c for c in text if c != SPLIT and not unicodedata.category(c).startswith("C"))
    return " ".join(kept.split())


def is_plain(text):
    return "\n" not in text and all(unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp", "Cn"} for c in text)


def faults(page, markdown, text, run):
    """What is wrong with a rendered page."""
    wrong = list(page.wrong)
    wrong += [f"link to {link}" for link in page.links if link not in {run, ISSUE} and not (link or "").startswith("#user-content")]
    wrong += [f"summary '{said}'" for said in page.summaries if said.strip() not in TITLES]
    if page.most_details > 1:
        wrong.append("<details> in <details>")
    shown = [body.rstrip("\n") for body in page.fences]
    wanted = [body.rstrip("\n") for body in fences_of(markdown)]
    if shown != wanted:
        wrong.append(f"fences: {shown} are not {wanted}")
    if is_plain(text) and text.strip() and len(text) < 200 and readable(text) not in readable(page.text):
        wrong.append("the text can't be read")
    return wrong
