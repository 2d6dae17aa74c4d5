//! A real `PostgreSQL` beside a control plane: what hooks migrate, back up and count.
//!
//! It listens on a unix socket in a folder and nowhere else. A folder that is a claim of process-node's is a way to it for the pods that
//! mount the claim, whatever network they have.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::ControlPlane;

/// `PostgreSQL` refuses root. In a user namespace it is somebody else, and still owns its files. In the pid namespace its workers go
/// with it, however it ends.
const NOBODY: [&str; 7] = ["unshare", "--map-user=65534", "--map-group=65534", "--pid", "--fork", "--kill-child=KILL", "--"];

/// A server that runs. It ends with the control plane.
pub struct Postgres {
    /// The folder of `psql`, `pg_dump` and the others.
    pub programs: PathBuf,
    socket: PathBuf,
}

impl ControlPlane {
    /// Starts a server of this name (`postgres-acme`) with its socket in this folder. The user is `postgres`, and nobody asks for a password.
    pub async fn start_postgres(&self, name: &str, socket: &Path) -> Result<Postgres> {
        let postgres = Postgres { programs: prepare().await?, socket: socket.to_owned() };
        let (data, folder) = (self.dir().join(name), postgres.programs.clone());
        let init = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--pgdata"];
        run(Command::new(NOBODY[0]).args(&NOBODY[1..]).arg(folder.join("initdb")).args(init).arg(&data)).await?;
        let (server, flags) = (folder.join("postgres"), ["-c", "listen_addresses=", "-c", "fsync=off", "-k"]);
        let words = NOBODY.iter().map(Path::new).chain([server.as_path()]).chain(flags.iter().map(Path::new));
        let command: Vec<&Path> = words.chain([socket, Path::new("-D"), &data]).collect();
        self.start_process(name, &command)?;
        self.until_ready(name, async || postgres.psql("select 1").await.map(|_| true)).await?;
        Ok(postgres)
    }
}

impl Postgres {
    /// What these statements answer: columns parted by `|`, a row a line.
    pub async fn psql(&self, statements: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAtU", "postgres", "-h"]).arg(&self.socket).args(["-c", statements]);
        Ok(run(&mut psql).await?.trim().to_owned())
    }

    /// All that is in it, as `pg_dump` says it.
    pub async fn dump(&self) -> Result<String> {
        let dump = run(Command::new(self.programs.join("pg_dump")).args(["-U", "postgres", "-h"]).arg(&self.socket)).await?;
        Ok(dump.lines().filter(|line| !DRAWN.iter().any(|word| line.starts_with(word))).collect::<Vec<_>>().join("\n"))
    }

    /// Somebody who is connected, and sends this statement again and again, until they are thrown out. They have written once.
    pub async fn writes(&self, statement: &str) -> Result<Child> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAtU", "postgres", "-h"]).arg(&self.socket);
        psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = psql.kill_on_drop(true).spawn()?;
        let mut stdin = child.stdin.take().context("a way in")?;
        stdin.write_all(format!("{statement};\n\\echo written\n{statement} \\watch 0.05\n").as_bytes()).await?;
        let mut lines = BufReader::new(child.stdout.take().context("a way out")?).lines();
        ensure!(lines.next_line().await?.as_deref() == Some("written"), "{statement}");
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(child)
    }
}

/// Lines of a dump that are drawn anew each time.
const DRAWN: [&str; 2] = ["\\restrict ", "\\unrestrict "];

/// The folder of the programs. The first time they are fetched.
async fn prepare() -> Result<PathBuf> {
    let mut script = Command::new(crate::folder().join("postgres/prepare"));
    Ok(run(script.stderr(Stdio::inherit())).await?.trim().into())
}

async fn run(command: &mut Command) -> Result<String> {
    let what = format!("{:?}", command.as_std());
    let output = command.stdin(Stdio::null()).output().await.with_context(|| what.clone())?;
    ensure!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}
