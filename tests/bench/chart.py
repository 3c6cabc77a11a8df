"""The README's chart of a run: how fast trails are read, a bar for each program, two questions. An SVG that needs nothing else."""
import html

WIDTH, LEFT, RIGHT, BAR, STEP = 880, 190, 150, 22, 32
STYLE = """<style>
  svg { color-scheme: light dark; }
  .card { fill: #f6f8fa; stroke: #d0d7de; }
  .ours { fill: #1a7f37; }
  .other { fill: #8c959f; }
  .base { fill: none; stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .head { font: 600 16px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
  .name { font: 15px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
  .note { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #151b23; stroke: #3d444d; }
    .ours { fill: #3fb950; }
    .other { fill: #656c76; }
    .base { stroke: #9198a1; }
    .head, .name { fill: #f0f6fc; }
    .note { fill: #9198a1; }
  }
</style>"""

# A question, hunt's row and what others answer it; of those that start an interpreter only the question counts.
GROUPS = (
    ("Where the text of a key stands; keysnare: uses of that key", "1 decoys, t2", ("ugrep -z", "rg -z", "zgrep")),
    ("Uses of 1,000 keys, and calls to SES", "one question, t2", ("chDB", "DuckDB", "Python, orjson", "jq")))


def text(kind, x, y, words, anchor=""):
    return '<text class="%s" x="%g" y="%g"%s>%s</text>' % (kind, x, y, ' text-anchor="%s"' % anchor if anchor else "", html.escape(words))


def speed(figures, of):
    return figures["text"] / figures[of]


def render(result):
    rows = result["rows"]
    base = speed(rows["inflate alone, t2"], "wall")
    best = max([base] + [speed(rows[ours], "wall") for _, ours, _ in GROUPS])
    scale = (WIDTH - LEFT - RIGHT) / best
    parts, y = [], 30
    for question, ours, others in GROUPS:
        parts.append(text("head", 24, y + 8, question))
        y += 22
        top = y
        for name in (ours, *others):
            figures, is_ours = rows.get(name), name == ours
            parts.append(text("name", LEFT - 10, y + 16, "keysnare" if is_ours else name, "end"))
            if figures is None:
                parts.append(text("note", LEFT + 4, y + 16, "not run"))
            else:
                rate = speed(figures, "wall" if is_ours else "scan")
                said = "%.2f GB/s" % (rate / 1e9) if rate >= 1e8 else "%.0f MB/s" % (rate / 1e6)
                if not is_ours:
                    said += ", %.1f times slower" % (speed(rows[ours], "wall") / rate)
                parts.append('<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="3"/>' % (
                    "ours" if is_ours else "other", LEFT, y, max(2, rate * scale), BAR))
                at = LEFT + max(2, rate * scale) + 8
                # Words do not cross the line of the reference.
                if at - 8 <= LEFT + base * scale < at + 7 * len(said):
                    at = LEFT + base * scale + 8
                parts.append(text("note", at, y + 16, said))
            y += STEP
        parts.append('<path class="base" d="M%.1f %dV%d"/>' % (LEFT + base * scale, top - 6, y - 4))
        y += 24
    f = result["corpora"]["main"]
    parts.append(text("note", 24, y, "Bytes of text a second, two threads or processes each. Dashed: unpacking alone, with keysnare's library (%.2f GB/s)." % (
        base / 1e9)))
    parts.append(text("note", 24, y + 20, "%.1f GB of made-up trails, %d files. %s; %s." % (f["text"] / 1e9, f["files"], result["machine"],
                                                                                        result["date"])))
    height = y + 38
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title description">' % (
        WIDTH, height, WIDTH, height), '<title id="title">How fast CloudTrail is read</title>',
        '<desc id="description">Bars: bytes of trails a second, keysnare and other programs, asked the same questions in one run.</desc>',
        STYLE, '<rect class="card" x="0.5" y="0.5" width="%d" height="%d" rx="10"/>' % (WIDTH - 1, height - 1), *parts, "</svg>", ""])


def write(result, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write(render(result))
