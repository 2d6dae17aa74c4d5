//! Short files, short functions: what has grown together is taken apart before it is hard to.

use super::files::{all, program};

/// Lines of a file, all counted.
const FILE: usize = 300;
/// Lines of a function of the program, from `fn` to its closing brace.
const FUNCTION: usize = 50;

/// Functions that are longer and will be taken apart. Nothing is added here.
const NOT_YET: &[&str] = &[];

#[test]
fn no_file_is_too_long() {
    let long = all().iter().filter(|file| file.lines > FILE);
    let found: Vec<_> = long.map(|file| format!("{}: {} lines", file.at(FILE + 1), file.lines)).collect();
    assert!(found.is_empty(), "\n{}\nMore than {FILE} lines: two things stand together. Give each its file.\n", found.join("\n"));
}

#[test]
fn no_function_is_too_long() {
    let files = program();
    let all = files.iter().flat_map(|file| file.source.functions.iter().map(move |function| (file, function)));
    let known = |file: &super::File, name: &str| NOT_YET.contains(&format!("{} {name}", file.path.display()).as_str());
    let long = all.filter(|(file, function)| function.lines > FUNCTION && !known(file, &function.name));
    let tell = |(file, function): (&&super::File, &super::source::Function)| {
        format!("{}: `{}` has {} lines", file.at(function.line), function.name, function.lines)
    };
    let found: Vec<_> = long.map(tell).collect();
    assert!(found.is_empty(), "\n{}\nMore than {FUNCTION} lines: give each step a name.\n", found.join("\n"));
}

#[test]
fn a_function_counts_from_its_first_word_to_its_brace() {
    let file =
        super::File::of("a", "/// Doc.\nfn f(\n  x: u8,\n) {\n}\nimpl X { fn g() {} }\n#[cfg(test)]\nmod tests { fn h() {} }");
    let seen: Vec<_> = file.source.functions.iter().map(|f| (f.name.as_str(), f.line, f.lines)).collect();
    assert_eq!(seen, [("f", 2, 4), ("g", 6, 1)]);
}
