#!/usr/bin/env node
// Makes the npm packages from built binaries:
//
//   packaging/npm/pack.js FOLDER TARGET=BINARY...
//
// writes FOLDER/stanch-OS-CPU-VERSION.tgz for each target, and FOLDER/stanch-VERSION.tgz, which depends on exactly
// these. The version is Cargo.toml's. Publish the platforms' packages first, and the main one when all are there.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.join(__dirname, "..", "..");
const platforms = require("./platforms.json");
const cargo = fs.readFileSync(path.join(root, "Cargo.toml"), "utf8");
const field = (name) => cargo.match(new RegExp(`^${name} = "(.+?)"$`, "m"))[1];

const common = {
  version: field("version"),
  description: field("description"),
  license: `(${field("license")})`,
  repository: { type: "git", url: `git+${field("repository")}.git` },
};

// An exact name and version for each, so that the launcher never meets a binary of another release.
function write(folder, manifest, files) {
  fs.mkdirSync(folder, { recursive: true });
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    fs.copyFileSync(path.join(root, license), path.join(folder, license));
  }
  for (const [from, to] of files) {
    fs.copyFileSync(from, path.join(folder, to));
  }
  fs.writeFileSync(path.join(folder, "package.json"), `${JSON.stringify({ ...manifest, ...common }, null, 2)}\n`);
}

function pack(folder, out) {
  const said = execFileSync("npm", ["pack", "--silent", "--pack-destination", out, folder], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  console.log(path.join(out, said.trim()));
}

function platform(work, target, binary, out) {
  const { os: system, cpu } = platforms[target];
  const program = system === "win32" ? "stanch.exe" : "stanch";
  const name = `stanch-${system}-${cpu}`;
  const folder = path.join(work, name);
  write(folder, { name, os: [system], cpu: [cpu], files: [program], preferUnplugged: true }, [[binary, program]]);
  fs.chmodSync(path.join(folder, program), 0o755);
  pack(folder, out);
  return name;
}

function main([out, ...built]) {
  const pairs = built.map((pair) => pair.split(/=(.*)/s).slice(0, 2));
  const unknown = pairs.find(([target, binary]) => !platforms[target] || !binary);
  if (!out || pairs.length === 0 || unknown) {
    console.error(`usage: pack.js FOLDER TARGET=BINARY...\ntargets: ${Object.keys(platforms).join(", ")}`);
    process.exit(2);
  }
  fs.mkdirSync(out, { recursive: true });
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "stanch-npm-"));
  try {
    const names = pairs.map(([target, binary]) => platform(work, target, binary, path.resolve(out)));
    const manifest = {
      name: "stanch",
      keywords: ["git", "hook", "secrets", "security", "pre-commit"],
      bin: { stanch: "stanch.js" },
      files: ["stanch.js"],
      engines: { node: ">=16" },
      optionalDependencies: Object.fromEntries(names.sort().map((name) => [name, common.version])),
    };
    const source = path.join(__dirname, "stanch");
    const folder = path.join(work, "stanch");
    write(folder, manifest, ["stanch.js", "README.md"].map((file) => [path.join(source, file), file]));
    fs.chmodSync(path.join(folder, "stanch.js"), 0o755);
    pack(folder, path.resolve(out));
  } finally {
    fs.rmSync(work, { recursive: true });
  }
}

main(process.argv.slice(2));
