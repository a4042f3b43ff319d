"""The chart: how long each operation takes beside the token in the URL. Plain SVG, light and dark."""

from xml.sax.saxutils import escape

from transfer import BBT, HELPER, OPERATIONS, TOKEN

WIDTH, LEFT, RIGHT = 760, 150, 60
BAR, GAP, BETWEEN = 15, 3, 16
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .small { font-size: 12px; fill: #59636e }
    .bbt { fill: #0969da } .token { fill: #afb8c1 } .python { fill: #d4a72c }
    .line { stroke: #d1d9e0 }
    .one { stroke: #1f2328; stroke-dasharray: 4 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .small { fill: #9198a1 }
      .bbt { fill: #4493f8 } .token { fill: #656c76 } .python { fill: #bb8009 }
      .line { stroke: #3d444d }
      .one { stroke: #f0f6fc }
    }
"""


def draw(rows):
    """`rows` are those of transfer.times."""
    found = {(row["what"], row["rtt"], row["against"]): row["ratio"] for row in rows}
    groups = []
    for rtt in sorted({rtt for _, rtt, against in found if against == HELPER}, reverse=True):
        for operation in OPERATIONS:
            bbt = found[operation, rtt, TOKEN]
            python = bbt / found[operation, rtt, HELPER]
            bars = [("bbt", BBT, bbt), ("token", TOKEN, 1.0), ("python", HELPER, python)]
            groups.append((f"{operation}, {rtt} ms", bars))
    most = max(length for _, bars in groups for _, _, length in bars)
    scale = (WIDTH - LEFT - RIGHT) / max(most, 1.25)
    top = 64
    height = top + len(groups) * (3 * (BAR + GAP) + BETWEEN) + 10

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>How long git takes through bbt::, with the token in the URL, and with a Python helper"
        "</title>",
        f"<style>{STYLE}</style>",
        text(0, 16, "Time beside stock git with the token in the URL, by round-trip time (shorter is faster)"),
    ]
    for number, (kind, name, _) in enumerate(groups[0][1]):
        x = number * 190
        parts.append(f'<rect class="{kind}" x="{x}" y="30" width="12" height="12" rx="2"/>')
        parts.append(text(x + 18, 41, name, "small"))
    for share in (0, 0.25, 0.5, 0.75):
        parts.append(line(LEFT + share * scale, top, height - 10, "line"))
    y = top
    for name, bars in groups:
        parts.append(text(0, y + 2 * (BAR + GAP) - 6, name))
        for kind, _, length in bars:
            width = length * scale
            parts.append(f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>')
            parts.append(text(LEFT + width + 6, y + BAR - 3, f"{length:.2f}", "small"))
            y += BAR + GAP
        y += BETWEEN
    parts.append(line(LEFT + scale, top, height - 10, "one"))
    return "\n".join([*parts, "</svg>", ""])


def text(x, y, words, kind=""):
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def line(x, top, bottom, kind):
    return f'<line class="{kind}" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>'
