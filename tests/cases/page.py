#!/usr/bin/env python3
"""Looks at a page that keysnare wrote, as a browser and as an XML parser would read it.

  tests/cases/page.py FILE [WORD…]   prints its outline (headings, captions), then for each WORD whether it is among the
                                     visible text; fails when the page is not well-formed, could run or fetch something,
                                     or leaves out what somebody needs who does not see it
"""
import html.parser
import re
import sys
import xml.etree.ElementTree

FORBIDDEN = {"script", "link", "iframe", "frame", "object", "embed", "img", "image", "audio", "video", "source", "base",
             "form", "button", "textarea", "foreignObject", "use", "animate", "set", "applet", "portal"}
URLS = {"src", "srcset", "action", "formaction", "data", "background", "poster", "ping", "manifest", "cite", "xlink:href",
        "style"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.problems, self.outline, self.ids, self.links, self.text = [], [], [], [], []
        self.open = []
        self.csp = None

    def handle_starttag(self, tag, attributes):
        self.handle(tag, attributes)
        if tag not in ("meta", "br", "hr", "col", "input", "img", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle(tag, attributes)

    def handle(self, tag, attributes):
        names = [name for name, _ in attributes]
        values = dict(attributes)
        if tag in FORBIDDEN:
            self.problems.append(f"element {tag}")
        if tag == "input" and values.get("type") != "radio":
            self.problems.append("a field to write into")
        for name in names:
            if name in URLS or name.startswith("on"):
                self.problems.append(f"attribute {name} of {tag}")
        if len(names) != len(set(names)):
            self.problems.append(f"an attribute of {tag} twice")
        if "href" in values:
            self.links.append(values["href"])
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.problems.append("a refresh")
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.csp = values["content"]
        if tag == "svg" and values.get("role") != "img" and values.get("aria-hidden") != "true":
            self.problems.append("a picture without a role")
        if tag == "svg" and values.get("role") == "img" and "aria-labelledby" not in values and "aria-label" not in values:
            self.problems.append("a picture without words")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside == "style":
            if re.search(r"url\(|@import|expression\(|https?:", data):
                self.problems.append("a style that fetches")
            return
        if inside in ("h1", "h2", "h3", "caption", "title") and "svg" not in self.open:
            self.outline.append(f"{inside:8} {data}")
        self.text.append(data)


def look(path):
    data = open(path, "rb").read()
    text = data.decode("utf-8")
    page = Page()
    page.feed(text)
    page.close()
    try:
        tree = xml.etree.ElementTree.fromstring(text)
    except xml.etree.ElementTree.ParseError as error:
        page.problems.append(f"not well-formed: {error}")
    else:
        for table in tree.iter("table"):
            if table.find("caption") is None:
                page.problems.append("a table without a caption")
            if any(cell.get("scope") is None for cell in table.iter("th")):
                page.problems.append("a head of a column without a scope")
        if tree.get("lang") is None:
            page.problems.append("no language")
        levels = [int(node.tag[1]) for node in tree.iter() if re.fullmatch(r"h[1-6]", str(node.tag))]
        if levels[:1] != [1] or levels.count(1) != 1 or any(b > a + 1 for a, b in zip(levels, levels[1:])):
            page.problems.append(f"headings out of order: {levels}")
        for node in tree.iter():
            for word in (node.get("aria-labelledby") or "").split():
                if word not in page.ids:
                    page.problems.append(f"no id {word}")
    if page.open:
        page.problems.append(f"open at the end: {page.open}")
    if len(page.ids) != len(set(page.ids)):
        page.problems.append("an id twice")
    for link in page.links:
        if not link.startswith("#") or link[1:] not in page.ids:
            page.problems.append(f"a link to {link}")
    if not page.csp or "default-src 'none'" not in page.csp or "script" in page.csp:
        page.problems.append(f"policy: {page.csp}")
    if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data):
        page.problems.append("control characters")
    if any(c in text for c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff"):
        page.problems.append("invisible characters")
    return page


def main():
    page = look(sys.argv[1])
    print("\n".join(page.outline))
    visible = "".join(page.text)
    for word in sys.argv[2:]:
        print(f"{'has' if word in visible else 'LACKS'}: {word}")
    for problem in page.problems:
        print(f"problem: {problem}")
    sys.exit(1 if page.problems else 0)


if __name__ == "__main__":
    main()
