"""Names that try to run as code, and how their effects are detected where they are written."""

import re
from html.parser import HTMLParser

# Their effect if they ran: a file that is left behind, or another title of a page.
RUN = "open('canary','w')"
BOOM = "document['title']='pwned'"

# A layer or an input can be called so: nothing here is invisible.
LAYERS = [
    f'd"+str({RUN})+"',
    f"d'+str({RUN})+'",
    f'"""+str({RUN})+"""',
    f'\\"+str({RUN})+"',
    f'");{RUN};("',
    f"{{{RUN}}}",
    "ends\\",
    'a"b',
    "%(x)s%d{0}{x!r}",
    f"<img/src=x/onerror={BOOM}>".replace("/", "\t").replace("\t", "\u3164"),
    f'"onmouseover="{BOOM}"x="',
    f"<script>{BOOM}<script>",
    "]]>-->*",
    "$x^{$$\\frac{",
    "\\input{canary}\\write18{x}^^5cinput{x}",
    "=cmd|'C'!A0",
    "+1+cmd",
    "[red]x[bold]",
    "lambda",
    "None",
    "௰",
    "a·b",
    "W1",
    "__class__",
]

# Classes, features, data sets, models and files can be called so.
TEXTS = [
    *LAYERS,
    f"\n{RUN}\n",
    f"\r{RUN}\r",
    f"\x0b{RUN}\x0c{RUN}\x85{RUN}\u2028{RUN}\u2029{RUN}",
    f"# */ --> ]]> </script></title></style><script>{BOOM}</script>",
    f"</textarea></svg><svg onload={BOOM}>",
    f"<img src=x onerror=\"{BOOM}\"> <a href='javascript:{BOOM}'>",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J\x08\x7f",
    "\u202egnp.exe\u2066\u200e\u061c\ufeff",
    "\x00\udfff\ud800\ufffe",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1",
    "$(reboot); `reboot` & 'reboot'",
    "x" * 300,
    "",
    " ",
]

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe"
    "\ud800-\udfff]"
)
_OWN_COLOURS = re.compile(r"\x1b\[[\d;]*m")


def hidden_in(text, coloured=False):
    """Return what in a text cannot be seen, apart from ends of lines and our own colours."""
    return _HIDDEN.findall(_OWN_COLOURS.sub("", text) if coloured else text)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(sorted(name for name, _ in attrs))))

    def handle_comment(self, data):
        self.found.append(("comment", (data,)))

    def handle_decl(self, decl):
        self.found.append(("declaration", (decl,)))

    def handle_pi(self, data):
        self.found.append(("instruction", (data,)))


def tags_of(page):
    """Return every element of a page with the names of its attributes."""
    reader = _Tags()
    reader.feed(page)
    reader.close()
    return reader.found
