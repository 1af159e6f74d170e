#!/usr/bin/env node
// Runs the binary of this platform, which npm has installed beside this package as an optional dependency.
// Nothing is downloaded here, and there is no install script.
"use strict";

const { spawnSync } = require("node:child_process");
const { name, optionalDependencies } = require("./package.json");

const platform = `${name}-${process.platform}-${process.arch}`;
const program = process.platform === "win32" ? "stanch.exe" : "stanch";

// 2 is "could not look", which blocks a commit: a missing program is no pass.
function fail(what, next) {
  console.error(`stanch: ${what}\n  next: ${next}`);
  process.exit(2);
}

function locate() {
  if (!(platform in optionalDependencies)) {
    fail(
      `there is no binary for ${process.platform} on ${process.arch}`,
      "build it with cargo: https://github.com/stanch-dev/stanch/blob/main/docs/install.md",
    );
  }
  try {
    return require.resolve(`${platform}/${program}`);
  } catch {
    return fail(
      `the package ${platform} is not installed`,
      "install again without `--omit=optional` (or `--no-optional`), on the machine that will run it",
    );
  }
}

const result = spawnSync(locate(), process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (result.error) {
  fail(`cannot run ${platform}/${program}: ${result.error.message}`, `reinstall the package ${platform}`);
}
if (result.signal) {
  process.kill(process.pid, result.signal);
}
process.exitCode = result.status ?? 2;
