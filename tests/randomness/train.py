#!/usr/bin/env python3
"""Trains and evaluates the letter-pair table in src/engine/words.rs.

usage: train.py TRAIN_DIR HELD_OUT_DIR

Counts neighbouring characters in the identifiers and words of the source files under TRAIN_DIR, each
distinct word once, and prints the table: for each pair the log-odds (base 2, in eighths, clamped to a
signed byte) of seeing it in a word against seeing it in random base-62 text. Then tells, for several
lengths, which share of the joined identifiers of HELD_OUT_DIR and of random strings is taken for words.
"""

import math
import random
import re
import string
import sys
from pathlib import Path

SUFFIXES = {".rs", ".py", ".js", ".ts", ".md", ".toml", ".txt", ".c", ".h", ".go", ".java"}
WORD = re.compile(rb"[A-Za-z][A-Za-z0-9_-]{3,60}")
THRESHOLD = 4  # eighths of a bit a pair, see words.rs


def words(folder):
    seen = set()
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < 400_000:
            seen.update(m.group().decode() for m in WORD.finditer(path.read_bytes()))
    return sorted(seen)


def code(char):
    """a-z are 0-25, digits 26, anything else 27."""
    if char in string.ascii_letters:
        return ord(char.lower()) - 97
    return 26 if char.isdigit() else 27


def table(train):
    counts = [[1] * 28 for _ in range(28)]
    for word in train:
        for a, b in zip(word, word[1:]):
            counts[code(a)][code(b)] += 1
    total = sum(map(sum, counts))
    chance = [2 / 64] * 26 + [10 / 64, 2 / 64]
    odds = lambda a, b: round(8 * math.log2(counts[a][b] / total / (chance[a] * chance[b])))
    return [[max(-127, min(127, odds(a, b))) for b in range(28)] for a in range(28)]


def score(odds, text):
    pairs = list(zip(text, text[1:]))
    return sum(odds[code(a)][code(b)] for a, b in pairs) / max(1, len(pairs))


def main():
    train, held_out = words(sys.argv[1]), words(sys.argv[2])
    odds = table(train)
    print(f"// {len(train)} words")
    for row in odds:
        print("    [" + ", ".join(map(str, row)) + "],")
    rng = random.Random(1)
    alphabets = {"b62": string.ascii_letters + string.digits, "b36": string.ascii_lowercase + string.digits, "alpha": string.ascii_letters}
    known = set(train)
    fresh = [w for w in held_out if w not in known]
    for length in (12, 16, 20, 24, 32, 40):
        same = [w[:length] for w in fresh if len(w) >= length][:20000]
        taken = sum(score(odds, w) >= THRESHOLD for w in same)
        line = f"// {length:3}: {taken / max(1, len(same)):7.2%} of {len(same)} words;"
        for name, alphabet in alphabets.items():
            lost = sum(score(odds, rng.choices(alphabet, k=length)) >= THRESHOLD for _ in range(20000))
            line += f" {name} {lost / 20000:.3%}"
        print(line)


main()
