//! Archives made from bytes, sound and broken ones, and what stanch says about them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    io::Write,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

/// A token whose checksum proves it, whatever stands around. Each name gives another.
pub(crate) fn key(name: &str) -> String {
    stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", name)
}

/// A line that holds it.
pub(crate) fn leak(name: &str) -> Vec<u8> {
    format!("# a comment\ntoken = \"{}\"\n", key(name)).into_bytes()
}

/// A member of a zip.
pub(crate) struct Member<'m> {
    pub(crate) name: &'m [u8],
    pub(crate) bytes: &'m [u8],
    pub(crate) method: u16,
    pub(crate) flags: u16,
}

pub(crate) fn deflated<'m>(name: &'m [u8], bytes: &'m [u8]) -> Member<'m> {
    Member { name, bytes, method: 8, flags: 0 }
}

pub(crate) fn stored<'m>(name: &'m [u8], bytes: &'m [u8]) -> Member<'m> {
    Member { name, bytes, method: 0, flags: 0 }
}

/// A zip as PKWARE's APPNOTE lays it out: members, directory, end.
pub(crate) fn zip(members: &[Member<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let data = if member.method == 8 { deflate(member.bytes) } else { member.bytes.to_vec() };
        let mut header = Vec::new();
        header.extend(20u16.to_le_bytes());
        header.extend(member.flags.to_le_bytes());
        header.extend(member.method.to_le_bytes());
        header.extend([0; 4]);
        header.extend(crc32fast::hash(member.bytes).to_le_bytes());
        header.extend((data.len() as u32).to_le_bytes());
        header.extend((member.bytes.len() as u32).to_le_bytes());
        header.extend((member.name.len() as u16).to_le_bytes());
        header.extend(0u16.to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(member.name);
        out.extend(b"PK\x03\x04");
        out.extend(&header);
        out.extend(member.name);
        out.extend(data);
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend((members.len() as u16).to_le_bytes());
    out.extend((members.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut out = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        out.append_data(&mut header, name, *bytes).unwrap();
    }
    out.into_inner().unwrap()
}

/// `stanch scan ARGS` in `dir`, without any configuration of the machine.
pub(crate) fn stanch(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.arg("scan").args(args).current_dir(dir);
    command.env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// What a scan said.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) json: Value,
}

impl Told {
    pub(crate) fn of(output: &Output) -> Told {
        let text = String::from_utf8_lossy(&output.stdout);
        let json = serde_json::from_str(&text);
        let json = json.unwrap_or_else(|_| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)));
        Told { code: output.status.code().unwrap(), json }
    }

    /// `path:line` of every place, sorted.
    pub(crate) fn places(&self) -> Vec<String> {
        let findings = self.json["findings"].as_array().unwrap();
        let places = findings.iter().flat_map(|finding| finding["locations"].as_array().unwrap());
        let mut all: Vec<String> =
            places.map(|at| format!("{}:{}", at["file"].as_str().unwrap(), at["line"])).collect();
        all.sort();
        all
    }

    /// `path: why` of what was skipped or failed.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let list = self.json["summary"][name].as_array().unwrap();
        list.iter()
            .map(|one| format!("{}: {}", one["path"].as_str().unwrap(), one["why"].as_str().unwrap()))
            .collect()
    }
}

/// Scans one file of these bytes.
pub(crate) fn scan(name: &str, bytes: &[u8]) -> Told {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join(name), bytes).unwrap();
    Told::of(&stanch(temp.path(), &["--format", "json", name]).output().unwrap())
}
