#!/usr/bin/env python3
"""Packs a built program as .deb and .rpm, from the tables that cargo-deb and cargo-generate-rpm read in Cargo.toml.

    packaging/assets BINARY target/package
    packaging/linux.py BINARY TARGET FOLDER

Needs dpkg-deb and rpmbuild; which of the two is missing is said, and the exit status is 2. BINARY should be static:
the packages name no C library. The same input gives the same .deb.
"""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MACHINES = {"x86_64": ("amd64", "x86_64"), "aarch64": ("arm64", "aarch64")}


def package():
    said = subprocess.run(["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE)
    return json.loads(said.stdout)["packages"][0]


def lay_out(assets, binary, top):
    """Copies what a table names below `top`; the files there, as absolute paths in the package."""
    placed = []
    for source, dest, mode in assets:
        found = [binary] if source == "target/release/stanch" else sorted(ROOT.glob(source))
        if not found:
            sys.exit(f"linux.py: nothing is at {source}\n  next: packaging/assets BINARY target/package")
        for file in found:
            target = top / dest.lstrip("/") / (file.name if dest.endswith("/") else "")
            target.parent.mkdir(parents=True, exist_ok=True)
            if "/man/" in dest:
                target = target.with_name(target.name + ".gz")
                target.write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            else:
                shutil.copyfile(file, target)
            target.chmod(int(mode, 8))
            placed.append("/" + str(target.relative_to(top)))
    for folder in [top, *(path for path in top.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    return placed


def deb(about, binary, machine, out, work):
    table, top = about["metadata"]["deb"], work / "deb"
    placed = lay_out(table["assets"], binary, top)
    size = sum((top / path[1:]).stat().st_size for path in placed) // 1024
    control = {
        "Package": about["name"], "Version": about["version"] + "-1", "Architecture": machine,
        "Maintainer": table["maintainer"], "Installed-Size": size, "Recommends": table["recommends"],
        "Section": table["section"], "Priority": table["priority"], "Homepage": about["repository"],
        "Description": about["description"] + "\n " + table["extended-description"],
    }
    (top / "DEBIAN").mkdir(mode=0o755)
    (top / "DEBIAN/control").write_text("".join(f"{name}: {value}\n" for name, value in control.items()))
    file = out / f"{about['name']}_{about['version']}-1_{machine}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", top, file], check=True,
                   stdout=subprocess.DEVNULL)
    return file


def rpm(about, binary, machine, out, work):
    table, top = about["metadata"]["generate-rpm"], work / "rpm"
    rows = [(row["source"], row["dest"], row["mode"]) for row in table["assets"]]
    placed = lay_out(rows, binary, work / "files")
    docs = [row["dest"] for row in table["assets"] if row.get("doc")]
    files = [("%doc " if path.startswith(tuple(docs)) else "") + path for path in placed]
    spec = work / "stanch.spec"
    spec.write_text(f"""\
Name: {about['name']}
Version: {about['version']}
Release: 1
Summary: {table['summary']}
License: {table['license']}
URL: {about['repository']}
AutoReqProv: no
%define _build_id_links none
%define __strip /bin/true
%define __brp_compress /bin/true
%description
{about['metadata']['deb']['extended-description']}
%install
mkdir -p %{{buildroot}}
cp -a {work}/files/. %{{buildroot}}/
%files
""" + "\n".join(files) + "\n")
    subprocess.run(["rpmbuild", "--quiet", "-bb", "--target", machine, "--define", f"_topdir {top}",
                    "--define", "_buildhost localhost", "--define", f"_rpmdir {out}", "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
                    spec], check=True, stdout=subprocess.DEVNULL)
    return out / f"{about['name']}-{about['version']}-1.{machine}.rpm"


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: packaging/linux.py BINARY TARGET FOLDER")
    binary, target, out = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    missing = []
    # For a release, packaging/reproducible sets the commit's time.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    os.umask(0o022)
    for tool, pack, machine in zip(("dpkg-deb", "rpmbuild"), (deb, rpm), MACHINES[target.split("-")[0]]):
        if not shutil.which(tool):
            missing.append(tool)
            continue
        with tempfile.TemporaryDirectory() as work:
            print(pack(package(), binary, machine, out, pathlib.Path(work)))
    if missing:
        print(f"linux.py: not packed, since these are not on PATH: {', '.join(missing)}", file=sys.stderr)
        sys.exit(2)


main()
