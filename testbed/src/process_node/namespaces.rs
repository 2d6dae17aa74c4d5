//! The namespaces, made by `unshare` and `nsenter` of util-linux: no unsafe code here, and anybody can try the same by hand.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

/// Brings the loopback device up. `ip` may be missing where python3 is not: `SIOCSIFFLAGS` with `IFF_UP`.
const LOOPBACK_UP: &str = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sH22x', b'lo', 1))";

pub const ADVICE: &str = "process-node runs pods in namespaces of their own, and this machine refuses them. Run as root, or allow user \
    namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0, kernel.unprivileged_userns_clone=1, user.max_*_namespaces)";

/// The node's own: its death in whatever way ends all that it runs, because it is process 1 of a pid namespace.
/// Whoever is not root becomes root of a user namespace, and everything below works the same.
const NODE: [&str; 6] = ["--pid", "--mount", "--fork", "--kill-child=KILL", "--mount-proc", "--"];
/// A container's own. Its command is process 1 too.
const CONTAINER: [&str; 5] = ["--pid", "--mount", "--fork", "--kill-child=KILL", "--"];

/// Replaces this process by the same program, with these arguments, as process 1 of the node's namespaces.
pub fn enter(arguments: &[&OsStr]) -> Result<()> {
    let unshare = || {
        let mut unshare = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            unshare.arg("--map-root-user");
        }
        unshare.args(NODE);
        unshare
    };
    succeed(unshare().arg("true")).context(ADVICE)?;
    let failed = unshare().arg(std::env::current_exe()?).args(arguments).exec();
    bail!("running unshare: {failed}");
}

/// Makes a network with nothing but loopback. It lives as long as the file is mounted: as long as the node.
pub fn network(file: &Path) -> Result<()> {
    File::create(file)?;
    let mut namespace = OsStr::new("--net=").to_owned();
    namespace.push(file);
    succeed(Command::new("unshare").arg(namespace).args(["--", "python3", "-c", LOOPBACK_UP])).context(ADVICE)
}

/// Runs this program with these arguments in a container's namespaces; without a network file in the machine's network.
pub fn container(network: Option<&Path>) -> Result<Command> {
    let mut command = Command::new("unshare");
    if let Some(file) = network {
        let mut namespace = OsStr::new("--net=").to_owned();
        namespace.push(file);
        command = Command::new("nsenter");
        command.arg(namespace).args(["--", "unshare"]);
    }
    command.args(CONTAINER).arg(std::env::current_exe()?);
    Ok(command)
}

/// Runs a program to its end, which must be a good one.
pub fn succeed(command: &mut Command) -> Result<()> {
    let what = format!("{command:?}");
    let Output { status, stderr, .. } = command.output().with_context(|| what.clone())?;
    ensure!(status.success(), "{what}: {}", String::from_utf8_lossy(&stderr).trim());
    Ok(())
}
