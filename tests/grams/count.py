"""Counts the commonest runs of four bytes in source trees, for src/catalogue/common-grams.txt.

    python3 tests/grams/count.py DIR... > src/catalogue/common-grams.txt

Grams are folded as the prefilter folds them (`FOLD` in src/catalogue/keywords.rs): letters become lower case, some
other bytes fall together. Of each file a gram counts MOST times at most, so that one generated file says little. Files
of more than 300 kB and binary ones are left out. Takes some minutes for 100 MB.
"""

import os
import sys
from collections import Counter

KEPT = 10_000
MOST = 100
A_LINE = 28
FOLDED = bytes(byte | 0x20 for byte in range(256))


def files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not os.path.islink(path) and os.path.getsize(path) <= 300_000:
                with open(path, "rb") as file:
                    text = file.read()
                if b"\0" not in text[:2000]:
                    yield text.translate(FOLDED)


counts = Counter()
for root in sys.argv[1:]:
    for text in files(root):
        here = Counter(text[at : at + 4] for at in range(len(text) - 3))
        counts.update({gram: min(count, MOST) for gram, count in here.items()})
grams = [gram for gram in counts if all(32 <= byte < 128 for byte in gram)]
grams.sort(key=lambda gram: (-counts[gram], gram[::-1]))
# The folded underscore is no printable character.
written = [gram.replace(b"\x7f", b"_").decode() for gram in grams[:KEPT]]
for at in range(0, len(written), A_LINE):
    # The bar keeps blanks at the end of a line.
    print("".join(written[at : at + A_LINE]) + "|")
