"""Makes UnicodeDecompositions.txt from Python's Unicode tables. Run: python3.13 UnicodeDecompositions.py

Lines: "# VERSION"; "d HEX HEX..." canonical, "k HEX HEX..." compatibility decomposition of the first by the rest;
"x HEX HEX..." canonical, but not composed again; "c CLASS FIRST-LAST..." characters of a combining class.
Decompositions are those of one step; Hangul is left out since it is computed.
"""
import os
import sys
import unicodedata

lines = [f"# Unicode {unicodedata.unidata_version}"]
classes = {}
for code in range(sys.maxunicode + 1):
    char = chr(code)
    combining = unicodedata.combining(char)
    if combining:
        runs = classes.setdefault(combining, [])
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    parts = unicodedata.decomposition(char).split()
    if not parts or 0xAC00 <= code <= 0xD7A3:
        continue
    if parts[0].startswith("<"):
        kind, parts = "k", parts[1:]
    else:
        kind = "d" if unicodedata.normalize("NFC", char) == char else "x"
    lines.append(" ".join([kind, f"{code:X}", *(f"{int(part, 16):X}" for part in parts)]))
for combining, runs in sorted(classes.items()):
    lines.append(f"c {combining} " + " ".join(f"{first:X}-{last:X}" for first, last in runs))
target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "UnicodeDecompositions.txt")
with open(target, "w", encoding="ascii", newline="\n") as file:
    file.write("\n".join(lines) + "\n")
