#!/usr/bin/env python3
"""Prints the licences of every crate that is compiled into stanch, as their terms ask of whoever passes it on.

Reads Cargo.lock through cargo and the texts from the crates' own sources; needs nothing that a build does not need.
A crate without a text in its archive is listed with its SPDX expression and its repository.
"""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def compiled_in(metadata):
    """The packages reachable from stanch by normal dependencies, for any target."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    todo, seen = [metadata["resolve"]["root"]], set()
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        for dependency in nodes[at]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    seen.remove(metadata["resolve"]["root"])
    packages = {package["id"]: package for package in metadata["packages"]}
    return sorted((packages[id] for id in seen), key=lambda package: (package["name"], package["version"]))


def main():
    metadata = json.loads(subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--locked"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    texts, lines = {}, []
    for package in compiled_in(metadata):
        folder = pathlib.Path(package["manifest_path"]).parent
        found = sorted(path for path in folder.iterdir() if path.is_file() and path.name.upper().startswith(NAMES))
        numbers = []
        for path in found:
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            numbers.append(texts.setdefault(text, len(texts) + 1))
        where = ", ".join(f"[{number}]" for number in numbers) or package["repository"] or "no text in its archive"
        lines.append(f"{package['name']} {package['version']}: {package['license'] or 'see its text'} {where}")
    print("stanch contains these crates. The numbers refer to the texts below.\n")
    print("\n".join(lines))
    for text, number in texts.items():
        print(f"\n{'-' * 78}\n[{number}]\n\n{text}")


main()
