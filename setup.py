"""What pip installs when the pre-commit framework sets up an id with `language: python` from this repository.

It builds nothing: it asks for the wheel of the same version, which carries the binary. The project itself is built
by cargo, and the wheel from packaging/pypi.
"""

import pathlib
import re

from setuptools import setup

MANIFEST = pathlib.Path(__file__).parent / "Cargo.toml"
VERSION = re.search(r'^version = "(.+?)"$', MANIFEST.read_text(encoding="utf-8"), re.MULTILINE).group(1)

setup(
    name="stanch-pre-commit",
    version=VERSION,
    description="Asks for the wheel of stanch",
    py_modules=[],
    packages=[],
    install_requires=[f"stanch=={VERSION}"],
)
