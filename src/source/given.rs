//! Texts that somebody hands over, each with what it takes the place of.
//!
//! In: the texts, whole and in memory. Out: each as a file of its own. What the old text held is old.

use std::collections::HashSet;

use anyhow::Result;
use bstr::{BStr, BString};

use super::{Blob, Coverage, Flow, Place, Source, Visit, VisitOld};

/// A text, and what it replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The file it is for, or what to call it.
    pub path: BString,
    /// The new text.
    pub new: Vec<u8>,
    /// The text that goes; empty when there was none.
    pub old: Vec<u8>,
    /// Whether `path` is that of a file.
    pub is_file: bool,
}

/// The texts of one occasion.
#[derive(Debug, Clone, Default)]
pub struct Given {
    texts: Vec<Text>,
}

impl Given {
    /// Those that hold something.
    pub fn new(texts: Vec<Text>) -> Self {
        Given { texts: texts.into_iter().filter(|text| !text.new.is_empty()).collect() }
    }
}

impl Source for Given {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        let mut coverage = Coverage::default();
        for text in &self.texts {
            coverage.blobs += 1;
            coverage.bytes += text.new.len() as u64;
            let path = BStr::new(&text.path);
            let place = if text.is_file { &Place::File } else { &Place::Stdin };
            if each(&Blob { bytes: &text.new, path, place, part: None })? == Flow::Stop {
                break;
            }
        }
        Ok(coverage)
    }

    fn parents(&self, _place: &Place) -> usize {
        1
    }

    fn replaced(&mut self, _place: &Place, _parent: usize, each: &mut VisitOld<'_>) -> Result<()> {
        for text in &self.texts {
            if each(BStr::new(&text.path), &text.old)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    fn left_at(&mut self, _place: &Place, paths: &[BString], each: &mut VisitOld<'_>) -> Result<()> {
        let paths: HashSet<&BString> = paths.iter().collect();
        for text in self.texts.iter().filter(|text| paths.contains(&text.path)) {
            if each(BStr::new(&text.path), &text.new)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}
