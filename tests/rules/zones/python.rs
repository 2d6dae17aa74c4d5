//! The second opinion: a Python process that answers lines with lines.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

pub struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The edition of its zone data, and the names of its zones.
    pub edition: String,
    pub zones: Vec<String>,
}

impl Python {
    /// Starts it; with a word it breaks one rule on purpose.
    pub fn start(broken: Option<&str>) -> Self {
        let mut command = Command::new(interpreter());
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/zones/second_opinion.py")).args(broken);
        // Else zoneinfo would read the machine's files.
        command.env("PYTHONTZPATH", "").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python starts");
        let (questions, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut python = Self { child, questions, answers, edition: String::new(), zones: Vec::new() };
        let greeting = python.line();
        let mut words = greeting.split(' ').map(String::from);
        python.edition = words.next().unwrap();
        python.zones = words.collect();
        python
    }

    /// Asks, and lets it think meanwhile.
    pub fn ask(&mut self, lines: &[String]) {
        let text = lines.join("\n") + "\n\n";
        self.questions.write_all(text.as_bytes()).expect("second_opinion.py listens");
    }

    /// The answers to what was asked, so many lines.
    pub fn hear(&mut self, lines: usize) -> Vec<String> {
        (0..lines).map(|_| self.line()).collect()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "second_opinion.py ended; what it said stands above");
        line.trim_end_matches('\n').into()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn interpreter() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let prepare = concat!(env!("CARGO_MANIFEST_DIR"), "/testbed/python/prepare");
        let output = Command::new(prepare).stderr(Stdio::inherit()).output().expect("testbed/python/prepare runs");
        assert!(output.status.success(), "testbed/python/prepare failed: python3 3.9 or later with pip and venv is needed");
        String::from_utf8(output.stdout).unwrap().trim().into()
    })
}
