//! The build script: `rules.yaml` in, the embedded catalogue out.
//!
//! Takes the modules that import nothing of ours by path, so that embedded and user rules meet the same
//! checks and the same compiler. Writes `catalogue.bin` (packed rules), `pages-*.bin` and `about-*.bin` (their texts,
//! deflated) and `catalogue.rs` (tables) into `OUT_DIR`; a rule with a fault stops the build, every fault with its line.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

#[path = "automata.rs"]
mod automata;
#[path = "by_name.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod by_name;
#[path = "check.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod check;
#[path = "command.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod command;
#[path = "compile.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod compile;
#[path = "fault.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod fault;
#[path = "generate.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod generate;
#[path = "inherit.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod inherit;
#[path = "keywords.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod keywords;
#[path = "lists.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod lists;
#[path = "pack.rs"]
#[expect(dead_code, reason = "shared with the library")]
mod pack;
#[path = "page.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod page;
#[path = "playbook.rs"]
mod playbook;
#[path = "prose.rs"]
#[expect(dead_code, reason = "shared with the library")]
mod prose;
#[path = "rule.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod rule;
#[path = "schema.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod schema;
#[path = "service.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod service;
#[path = "shape.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the library")]
mod shape;
#[path = "spoken.rs"]
#[expect(dead_code, reason = "shared with the library")]
mod spoken;

const RULES: &str = "rules.yaml";
/// What tells a linker to leave out how functions are unwound; understood by GNU ld and by LLD.
const NO_UNWINDING: &str = "SECTIONS { /DISCARD/ : { *(.eh_frame) } } INSERT BEFORE .text;\n";
/// The commonest runs of four bytes in 650 MB of public source in some thirty languages, the commonest first, as
/// `tests/grams/count.py` counts them. User rules do without.
const COMMON_GRAMS: &str = include_str!("common-grams.txt");

#[expect(clippy::print_stderr, reason = "a build script speaks to cargo this way")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed=src/catalogue");
    leave_out_unwinding()?;
    let text =
        std::fs::read_to_string(root.join(RULES)).map_err(|why| format!("cannot read {RULES}: {why}"))?;
    let big = std::env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|endian| endian == "big");
    let endian = if big { compile::Endian::Big } else { compile::Endian::Little };
    match build(&text, endian) {
        Ok(written) => {
            let out = PathBuf::from(std::env::var("OUT_DIR")?);
            write_if_changed(&out.join("catalogue.bin"), &written.bytes)?;
            for (name, slots) in &written.slots {
                write_if_changed(&out.join(format!("slots-{name}.bin")), slots)?;
            }
            for (name, blocks) in [("pages", &written.prose.pages), ("about", &written.prose.about)] {
                for (number, block) in blocks.iter().enumerate() {
                    write_if_changed(&out.join(format!("{name}-{number}.bin")), &deflated(block)?)?;
                }
            }
            write_if_changed(&out.join("catalogue.rs"), written.source.as_bytes())?;
            Ok(())
        }
        Err(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            eprintln!("{RULES}: {} {}", faults.len(), if faults.len() == 1 { "fault" } else { "faults" });
            std::process::exit(1);
        }
    }
}

/// A release aborts where it would unwind, and who wants to see who called whom builds it with debug information: the
/// tables for that are 600 KB. Not where somebody chose a linker, which may know no scripts.
fn leave_out_unwinding() -> Result<(), Box<dyn Error>> {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut options = flags.split('\u{1f}').map(|flag| flag.strip_prefix("-C").unwrap_or(flag));
    let is_chosen =
        std::env::var_os("RUSTC_LINKER").is_some() || options.any(|option| option.starts_with("link"));
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") && is("DEBUG", "false") && !is_chosen {
        let script = PathBuf::from(std::env::var("OUT_DIR")?).join("no-unwinding.ld");
        write_if_changed(&script, NO_UNWINDING.as_bytes())?;
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-T{}", script.display());
    }
    Ok(())
}

struct Written {
    bytes: Vec<u8>,
    /// Of each list of keywords.
    slots: Vec<(&'static str, Vec<u8>)>,
    prose: prose::Prose,
    source: String,
}

fn build(text: &str, endian: compile::Endian) -> Result<Written, Vec<fault::Fault>> {
    let mut faults = fault::Faults::new(RULES, text);
    let mut document: schema::Document = match serde_yaml::from_str(text) {
        Ok(document) => document,
        Err(why) => {
            check::syntax(&mut faults, &why);
            return Err(faults.into_sorted());
        }
    };
    by_name::complete(&mut document.vendors);
    check::document(&document, check::Kind::Embedded, &mut faults);
    match check::compile(&document, endian, &mut faults) {
        Some(compiled) if faults.is_empty() => {
            let mut slots = Vec::new();
            let source = source(&compiled, &document, &mut slots).expect("writing to a String cannot fail");
            Ok(Written { bytes: compiled.bytes, slots, prose: compiled.prose, source })
        }
        _ => Err(faults.into_sorted()),
    }
}

/// The tables. Only numbers, so that a thousand rules cost rustc nothing; all text is in `catalogue.bin`, and the slots
/// of keywords are in files of their own.
fn source(
    compiled: &compile::Compiled,
    document: &schema::Document,
    slots: &mut Vec<(&'static str, Vec<u8>)>,
) -> Result<String, std::fmt::Error> {
    let common = keywords::Commonness::of(COMMON_GRAMS);
    let mut out = String::new();
    let runs: String =
        compiled.runs.iter().map(|(rule, run)| format!("(RuleIx({rule}),Run::{run:?}),")).collect();
    let by_name: String = compiled.by_name.iter().map(named).collect();
    let names = compile::names(&compiled.by_name);
    let spoken: String = compiled.spoken.iter().map(words).collect();
    let blocks = |name: &str, of: &[Vec<u8>]| -> String {
        let file = |number| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}-{number}.bin\"))");
        (0..of.len()).map(|number| format!("Block::packed({}),", file(number))).collect()
    };
    let (pages, about) = (blocks("pages", &compiled.prose.pages), blocks("about", &compiled.prose.about));
    write!(
        out,
        "pub(super) static PACK: Pack = Pack {{
    bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/catalogue.bin\")),
    pages: &PAGES,
    about: &ABOUT,
    rules: &{:?},
    vendors: &{:?},
    read_rules: Records::new(),
    read_vendors: Records::new(),
    keywords: {},
    nearby: {},
    heads: {},
    runs: &[{runs}],
    by_name: &[{by_name}],
    names: {names:?},
    spoken: [{spoken}],
    checked: &{:?},
}};
static PAGES: [Block; {}] = [{pages}];
static ABOUT: [Block; {}] = [{about}];
pub(super) const SHAPE_BYTES: usize = {};
pub(super) static REDIRECTS: &[(&str, &str)] = &{:?};
",
        compiled.rules,
        compiled.vendors,
        keywords(("everywhere", &compiled.words), keywords::Sought::Anywhere, (slots, &common))?,
        keywords(("nearby", &compiled.nearby), keywords::Sought::Anywhere, (slots, &common))?,
        keywords(("heads", &compiled.heads), keywords::Sought::AtHead, (slots, &common))?,
        compiled.checked,
        compiled.prose.pages.len(),
        compiled.prose.about.len(),
        compiled.shapes,
        document.redirects.iter().collect::<Vec<_>>(),
    )?;
    Ok(out)
}

fn named(named: &compile::Named) -> String {
    let compile::Named { rule, vendor, .. } = named;
    format!("Named{{rule:{rule},vendor:{vendor}}},")
}

fn words(spoken: &spoken::Built) -> String {
    let spoken::Built { text, starts, rules } = spoken;
    format!("Spoken{{text:{text:?},starts:&{starts:?},rules:&{rules:?}}},")
}

/// A list of keywords by its name, and what they wake, as an expression.
fn keywords(
    (name, words): (&'static str, &[lists::Word]),
    sought: keywords::Sought,
    (slots, common): (&mut Vec<(&'static str, Vec<u8>)>, &keywords::Commonness),
) -> Result<String, std::fmt::Error> {
    let specs: Vec<keywords::Spec> = words.iter().map(|word| word.spec.clone()).collect();
    let built = keywords::build(&specs, sought, common);
    let (mut starts, mut wakes, mut out) = (Vec::new(), String::new(), String::new());
    let mut count = 0_u32;
    for word in words {
        starts.push(count);
        count += word.wakes.len() as u32;
        for (rule, kind) in &word.wakes {
            write!(wakes, "Wake{{rule:RuleIx({rule}),kind:WordKind::{kind:?}}},")?;
        }
    }
    write!(
        out,
        "Keywords {{
        table: KeywordTable {{
            slots: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/slots-{name}.bin\")),
            second: &{:?},
            starts: &{:?},
            entries: &{:?},
            text: b\"{}\",
            ends: &{:?},
        }},
        starts: &{starts:?},
        wakes: &[{wakes}],
    }}",
        built.second,
        built.starts,
        built.entries,
        built.text.escape_ascii(),
        built.ends,
    )?;
    slots.push((name, built.slots));
    Ok(out)
}

/// A block of texts, as `prose.rs` inflates it.
fn deflated(block: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    packer.write_all(block)?;
    packer.finish()
}

/// An unchanged file keeps its time, so cargo does not compile the crate again.
fn write_if_changed(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    std::fs::write(path, bytes)
}
