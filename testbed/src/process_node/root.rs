//! What a container sees as `/`: the machine's files, each folder with a layer of its own, so that nothing it writes stays.
//!
//! No image is pulled. One overlay over `/` would do, but overlays do not show what is mounted deeper, and in a user namespace they
//! refuse a folder with such a mount in it. So `/` is made anew, and each folder without a mount in it gets an overlay.

use std::ffi::CString;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_remount, unmount};
use rustix::process::{chdir, pivot_root};
use serde::{Deserialize, Serialize};

/// The devices that every container has; the machine's others stay hidden.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Where the machine's root is while volumes are mounted.
const MACHINE: &str = "/.machine";

/// A folder or a file that the container sees elsewhere.
#[derive(Serialize, Deserialize)]
pub struct Mount {
    pub from: PathBuf,
    pub to: PathBuf,
    pub read_only: bool,
}

/// A root that is being made. It stands in memory, and is gone with the mount namespace.
pub struct Root {
    scratch: PathBuf,
    /// Folders of the machine on which something is mounted.
    mounts: Vec<PathBuf>,
    layers: usize,
}

impl Root {
    /// Begins one in this folder. This process must have a mount namespace of its own.
    pub fn new(scratch: &Path) -> Result<Self> {
        let mounts = mounts(&fs::read_to_string("/proc/self/mountinfo")?);
        memory(scratch)?;
        let root = Self { scratch: scratch.to_owned(), mounts, layers: 0 };
        fs::create_dir(root.inside(Path::new("/")))?;
        memory(&root.inside(Path::new("/")))?; // pivot_root asks for a mount
        Ok(root)
    }

    /// Makes everything, and then this process's `/` of it. What the machine had is out of reach afterwards.
    pub fn enter(mut self, hidden: &Path, mine: &[Mount]) -> Result<()> {
        self.folder(Path::new("/"))?;
        self.devices()?;
        mount("proc", self.inside(Path::new("/proc")), "proc", MountFlags::empty(), None).context("mounting /proc")?;
        let machine = self.inside(Path::new(MACHINE));
        fs::create_dir(&machine)?;
        pivot_root(self.inside(Path::new("/")), &machine).context("changing the root")?;
        chdir("/")?;
        fs::create_dir_all(hidden)?;
        memory(hidden)?;
        for mount in mine {
            bind(mount).with_context(|| format!("mounting {}", mount.to.display()))?;
        }
        unmount(MACHINE, UnmountFlags::DETACH).context("leaving the machine's root")?;
        Ok(fs::remove_dir(MACHINE)?)
    }

    fn inside(&self, path: &Path) -> PathBuf {
        self.scratch.join("root").join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Shows a folder of the machine.
    fn folder(&mut self, path: &Path) -> Result<()> {
        let here = self.inside(path);
        fs::create_dir_all(&here)?;
        fs::set_permissions(&here, fs::metadata(path)?.permissions())?;
        match path.to_str() {
            Some("/proc" | "/dev") => Ok(()), // made anew
            Some("/sys") => Ok(mount_bind_recursive(path, &here)?),
            _ if self.mounts.iter().any(|mount| mount != path && mount.starts_with(path)) => self.entries(path),
            _ => self.layer(path, &here),
        }
    }

    /// A folder with a mount somewhere in it is shown entry by entry.
    fn entries(&mut self, path: &Path) -> Result<()> {
        let Ok(entries) = fs::read_dir(path) else { return Ok(()) }; // who is not root may not read it: it stays empty
        for entry in entries.filter_map(Result::ok) {
            let (from, to) = (entry.path(), self.inside(&entry.path()));
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_symlink() {
                symlink(fs::read_link(&from)?, to)?;
            } else if kind.is_dir() {
                self.folder(&from)?;
            } else if kind.is_file() {
                File::create(&to)?;
                mount_bind(&from, &to)?;
                read_only(&to)?;
            }
        }
        Ok(())
    }

    /// What cannot be the base of an overlay (some kinds of file systems) stays an empty folder: nothing is ever shared instead.
    fn layer(&mut self, path: &Path, here: &Path) -> Result<()> {
        self.layers += 1;
        let [upper, work] = ["upper", "work"].map(|part| self.scratch.join(format!("{part}-{}", self.layers)));
        for folder in [&upper, &work] {
            fs::create_dir(folder)?;
            fs::set_permissions(folder, fs::metadata(path)?.permissions())?;
        }
        let options = format!("lowerdir={},upperdir={},workdir={}", escaped(path), upper.display(), work.display());
        if let Err(error) = mount("overlay", here, "overlay", MountFlags::empty(), &*CString::new(options)?) {
            eprintln!("process-node: no layer over {}, so it is empty here: {error}", path.display());
        }
        Ok(())
    }

    fn devices(&self) -> Result<()> {
        let dev = self.inside(Path::new("/dev"));
        memory(&dev)?;
        for name in DEVICES {
            File::create(dev.join(name))?;
            mount_bind(Path::new("/dev").join(name), dev.join(name)).with_context(|| format!("mounting /dev/{name}"))?;
        }
        for (name, target) in [("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")] {
            symlink(Path::new("/proc/self").join(target), dev.join(name))?;
        }
        fs::create_dir(dev.join("shm"))?;
        Ok(fs::set_permissions(dev.join("shm"), Permissions::from_mode(0o1777))?)
    }
}

/// Only inside the new root: a link on the way (`/var/run`) would lead out of it before.
fn bind(mount: &Mount) -> Result<()> {
    let from = Path::new(MACHINE).join(mount.from.strip_prefix("/")?);
    if from.is_dir() {
        fs::create_dir_all(&mount.to)?;
    } else {
        fs::create_dir_all(mount.to.parent().context("a file at the root")?)?;
        File::options().create(true).append(true).open(&mount.to)?;
    }
    mount_bind(&from, &mount.to)?;
    if mount.read_only { read_only(&mount.to) } else { Ok(()) }
}

/// A file system in memory.
fn memory(folder: &Path) -> Result<()> {
    mount("tmpfs", folder, "tmpfs", MountFlags::empty(), c"mode=755").with_context(|| format!("memory at {}", folder.display()))
}

/// Flags that the machine's mount has may not be left out in a user namespace, and these two lose nothing.
fn read_only(bound: &Path) -> Result<()> {
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    mount_remount(bound, flags, c"").with_context(|| format!("making {} read-only", bound.display()))
}

/// The folders on which something is mounted, of the lines of `mountinfo`. Single files (a container's own `resolv.conf`) are no folders.
fn mounts(info: &str) -> Vec<PathBuf> {
    let points = info.lines().filter_map(|line| line.split(' ').nth(4));
    points.map(|point| PathBuf::from(point.replace("\\040", " "))).filter(|point| point.is_dir()).collect()
}

/// Colons and commas part the options of an overlay.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('\\', "\\\\").replace(':', "\\:").replace(',', "\\,")
}
