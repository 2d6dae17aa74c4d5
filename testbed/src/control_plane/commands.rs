//! Real programs: the build script, kubectl, helm.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::{ControlPlane, User};

/// What a program left behind.
#[derive(Debug)]
pub struct Output {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Its stdout, or an error that tells its stderr.
    pub fn ok(self) -> Result<String> {
        ensure!(self.code == 0, "exit code {}: {}{}", self.code, self.stdout, self.stderr);
        Ok(self.stdout)
    }
}

/// The folder with `bin` and `stages`. The first build takes minutes, later ones milliseconds.
pub async fn build() -> Result<PathBuf> {
    let mut script = Command::new(crate::folder().join("build"));
    script.stderr(Stdio::inherit());
    let output = script.output().await.context("running testbed/build")?;
    ensure!(output.status.success(), "testbed/build failed: {}", output.status);
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

impl ControlPlane {
    /// Runs the real kubectl as `user`. An exit code other than 0 is an answer, not an error.
    pub async fn kubectl(&self, user: &User, arguments: &[&str]) -> Result<Output> {
        self.kubectl_with_input(user, arguments, "").await
    }

    /// The same with something on stdin, for `-f -`.
    pub async fn kubectl_with_input(&self, user: &User, arguments: &[&str], input: &str) -> Result<Output> {
        self.program("kubectl", user, arguments, input).await
    }

    /// Runs the real helm as `user`.
    pub async fn helm(&self, user: &User, arguments: &[&str]) -> Result<Output> {
        self.program("helm", user, arguments, "").await
    }

    /// A kubectl to start by oneself: one that goes on printing, like `get --watch`.
    pub fn kubectl_command(&self, user: &User, arguments: &[&str]) -> Command {
        self.command("kubectl", user, arguments)
    }

    fn command(&self, name: &str, user: &User, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.binaries().join(name));
        command.args(arguments).env("KUBECONFIG", &user.kubeconfig);
        // Caches and settings of the machine's user must not change what a test sees.
        for home in ["HOME", "KUBECACHEDIR", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(home, self.dir.join("home"));
        }
        command
    }

    async fn program(&self, name: &str, user: &User, arguments: &[&str], input: &str) -> Result<Output> {
        let command = self.command(name, user, arguments);
        let asked = format!("{name} {}", arguments.join(" "));
        timeout(Duration::from_mins(2), run(command, input))
            .await
            .with_context(|| format!("{asked}: no end within two minutes"))?
            .with_context(|| format!("running {asked}"))
    }
}

async fn run(mut command: Command, input: &str) -> Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().context("a child without stdin")?;
    // Fed beside the reading: a program that answers before it read everything would block both.
    let feed = async move {
        // It may end without reading its input; its exit code says what that means.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    let output = output?;
    Ok(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
