//! The files of the program, and which module each is.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use super::source::{self, Named, Source};

/// A file of `src/`.
pub struct File {
    /// As people type it: `src/plan/gates/mod.rs`.
    pub path: PathBuf,
    /// Which module it is: `plan`, `gates`. None for the crate and its programs.
    pub module: Vec<String>,
    /// How many lines it has.
    pub lines: usize,
    /// What it says.
    pub source: Source,
}

impl File {
    /// A file that says this, as module `plan::gates`.
    pub fn of(module: &str, text: &str) -> Self {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        let path = PathBuf::from(format!("src/{}.rs", module.join("/")));
        let source = source::read(text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
        Self { path, module, lines: text.lines().count(), source }
    }
    /// The module at the root of the crate that it is part of.
    pub fn root(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
    /// Where it stands, and the line.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
    /// What a path means, from the root of the crate on; none: another crate, or something of this very module.
    pub fn absolute(&self, named: &Named) -> Option<Vec<String>> {
        let mut here = [&self.module[..], &named.inside].concat();
        let up = named.segments.iter().take_while(|segment| *segment == "super").count();
        match named.segments.first()?.as_str() {
            "crate" => Some(named.segments[1..].to_vec()),
            "self" => Some([&here, &named.segments[1..]].concat()),
            "super" => {
                here.truncate(here.len().saturating_sub(up));
                Some([&here, &named.segments[up..]].concat())
            }
            _ => None,
        }
    }
}

/// All files of `src/`, those of tests too.
pub fn all() -> &'static [File] {
    static ALL: LazyLock<Vec<File>> = LazyLock::new(|| {
        let mut files = vec![];
        read_folder(&root().join("src"), &[], &mut files);
        files
    });
    assert!(ALL.len() > 40, "only {} files in src: this test looks in the wrong place", ALL.len());
    &ALL
}

/// The modules of the program: without tests, without `lib.rs`, `main.rs` and `bin/`.
pub fn program() -> Vec<&'static File> {
    let tests: BTreeSet<_> = all().iter().flat_map(tests_of).collect();
    let for_tests = |file: &File| (1..=file.module.len()).any(|length| tests.contains(&file.module[..length]));
    all().iter().filter(|file| !file.module.is_empty() && !for_tests(file)).collect()
}

/// The modules that stand in a file for tests only.
fn tests_of(file: &File) -> Vec<Vec<String>> {
    let module = |test: &source::TestModule| match &test.path {
        Some(beside) => [&file.module[..file.module.len().saturating_sub(1)], std::slice::from_ref(beside)].concat(),
        None => [&file.module[..], std::slice::from_ref(&test.name)].concat(),
    };
    file.source.test_modules.iter().map(module).collect()
}

fn read_folder(folder: &Path, module: &[String], files: &mut Vec<File>) {
    for path in sorted(folder) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            read_folder(&path, &[module, &[name]].concat(), files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(read(&path, module, name));
        }
    }
}

fn read(path: &Path, folder: &[String], name: String) -> File {
    let text = fs::read_to_string(path).expect("a source file");
    let module = match name.as_str() {
        "mod" => folder.to_vec(),
        "lib" | "main" if folder.is_empty() => vec![],
        _ if folder == ["bin"] => vec![],
        _ => [folder, &[name]].concat(),
    };
    let shown = path.strip_prefix(root()).unwrap_or(path).to_owned();
    let source = source::read(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
    File { path: shown, module, lines: text.lines().count(), source }
}

/// What a folder holds, by name.
pub fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
