//! The five processes: their flags, each with its reason where it isn't plain, and the port that they serve on.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tokio::net::TcpSocket;

/// Whose kubeconfigs are written before the start: the parts of the control plane, by their names in the audit log.
/// All are masters, so the only RBAC under test is the chart's.
pub const MASTERS: [&str; 4] = ["admin", "system:kube-controller-manager", "system:kube-scheduler", "testbed:kwok"];

/// A port that nobody else gets, as long as this lives.
///
/// The socket is bound and never listens. The API server shares the port by `SO_REUSEPORT`, so there is no moment
/// at which another process could take it, also not while the API server is down.
pub struct Port {
    number: u16,
    _held: TcpSocket,
}

impl Port {
    pub fn reserve() -> Result<Self> {
        let socket = TcpSocket::new_v4().context("making a socket")?;
        socket.set_reuseport(true).context("sharing the port")?;
        socket.bind(([127, 0, 0, 1], 0).into()).context("binding a free port")?;
        let number = socket.local_addr().context("reading the port")?.port();
        Ok(Self { number, _held: socket })
    }

    pub fn number(&self) -> u16 {
        self.number
    }
}

/// Writes `NAME.args` for each process: what the supervisor runs, one argument a line.
pub fn write_commands(dir: &Path, build: &Path, port: u16, audit_policy: &Path) -> Result<()> {
    fs::copy(audit_policy, dir.join("audit-policy.yaml")).context("copying the audit policy")?;
    let kwok = kwok(build)?;
    let commands = [
        ("etcd", "etcd", ETCD.to_owned()),
        ("apiserver", "kube-apiserver", API_SERVER.to_owned()),
        ("kcm", "kube-controller-manager", CONTROLLER_MANAGER.to_owned()),
        ("scheduler", "kube-scheduler", SCHEDULER.to_owned()),
        ("kwok", "kwok", kwok),
    ];
    for (name, binary, flags) in commands {
        let flags = flags.replace("DIR", &dir.to_string_lossy()).replace("PORT", &port.to_string());
        let flags: Vec<&str> = flags.split_whitespace().collect();
        let lines = format!("{}\n{}\n", build.join("bin").join(binary).display(), flags.join("\n"));
        fs::write(dir.join(format!("{name}.args")), lines).with_context(|| format!("writing {name}.args"))?;
    }
    Ok(())
}

/// Clients come by a socket in the directory, so etcd takes no port that another test could want (what it
/// advertises must look like host and port; nobody reads it). Its data is thrown away, so it waits for no disk.
const ETCD: &str = "--data-dir=DIR/etcd --unsafe-no-fsync --log-level=warn
    --listen-client-urls=unix://DIR/etcd.sock --advertise-client-urls=http://127.0.0.1:0
    --listen-peer-urls=http://127.0.0.1:0 --initial-advertise-peer-urls=http://127.0.0.1:0
    --initial-cluster=default=http://127.0.0.1:0";

/// Without node life-cycle nobody removes the `not-ready` taint, so it isn't set. The audit log isn't rotated, since
/// readers go by offset. Privileged containers are let by, as clusters do: what refuses them to the operator must be our policies.
const API_SERVER: &str = "--etcd-servers=unix://DIR/etcd.sock
    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port=PORT --permit-port-sharing
    --tls-cert-file=DIR/api.crt --tls-private-key-file=DIR/api.key
    --client-ca-file=DIR/ca.crt --requestheader-client-ca-file=DIR/proxy-ca.crt
    --service-account-key-file=DIR/sa.pub --service-account-signing-key-file=DIR/sa.key
    --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=10.96.0.0/16
    --authorization-mode=Node,RBAC --allow-privileged=true --disable-admission-plugins=TaintNodesByCondition
    --audit-policy-file=DIR/audit-policy.yaml --audit-log-path=DIR/audit.log --audit-log-maxsize=1000000";

/// The default client limit (20 requests a second) would be the speed limit of every rollout.
const CONTROLLER_MANAGER: &str = "--kubeconfig=DIR/user-system-masters-system-kube-controller-manager.kubeconfig
    --service-account-private-key-file=DIR/sa.key --root-ca-file=DIR/ca.crt
    --leader-elect=false --bind-address=127.0.0.1 --secure-port=0 --controllers=*,-nodelifecycle
    --kube-api-qps=1000 --kube-api-burst=2000 --concurrent-deployment-syncs=20 --concurrent-replicaset-syncs=20";

const SCHEDULER: &str = "--kubeconfig=DIR/user-system-masters-system-kube-scheduler.kubeconfig
    --kube-api-qps=1000 --kube-api-burst=2000
    --leader-elect=false --bind-address=127.0.0.1 --secure-port=0";

/// No node leases: nobody reads them, and each would be a write every few seconds.
const KWOK: &str = "--kubeconfig=DIR/user-system-masters-testbed-kwok.kubeconfig
    --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-lease-duration-seconds=0";

/// KWOK with the stock stages and our own. It does nothing without stages.
fn kwok(build: &Path) -> Result<String> {
    let mut flags = vec![KWOK.to_owned()];
    for folder in [build.join("stages"), crate::folder().join("stages")] {
        for file in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            flags.push(format!("--config={}", file?.path().display()));
        }
    }
    Ok(flags.join(" "))
}
