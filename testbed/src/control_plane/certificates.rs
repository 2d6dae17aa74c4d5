//! The certificates of one control plane, made without the openssl program.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::users::{Credential, User};

/// Who signs the API server's certificate and those of its users.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Writes all that the API server needs into `dir`, and keeps the authority for users who come later.
    pub fn write(dir: &Path) -> Result<Self> {
        let authority = Self { issuer: self_signed(dir, "ca")? };
        // 1.36 refuses to start when the request-header authority is the client authority.
        self_signed(dir, "proxy-ca")?;
        // ring makes no RSA keys; EC keys serve for ServiceAccount tokens too (ES256), but in PKCS#8 form the server
        // doesn't find the public key in the private one.
        let accounts = KeyPair::generate()?;
        write(dir, "sa.key", &accounts.serialize_pem())?;
        write(dir, "sa.pub", &accounts.public_key_pem())?;
        authority.serve(dir)?;
        Ok(authority)
    }

    fn serve(&self, dir: &Path) -> Result<()> {
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc", "10.96.0.1"].map(String::from);
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let (certificate, key) = self.sign(&params).context("signing the API server's certificate")?;
        write(dir, "api.crt", &certificate)?;
        write(dir, "api.key", &key)
    }

    /// A real user, by client certificate: the common name is the user, the organization the group.
    pub fn user(&self, dir: &Path, name: &str, group: &str) -> Result<User> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let (certificate, key) = self.sign(&params).with_context(|| format!("signing {name}"))?;
        let stem = format!("user-{}-{}", file_name(group), file_name(name));
        Ok(User::new(dir, name, &stem, Credential::Certificate { certificate, key }))
    }

    /// A certificate and its key, in PEM.
    fn sign(&self, params: &CertificateParams) -> Result<(String, String)> {
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.issuer)?.pem(), key.serialize_pem()))
    }
}

fn self_signed(dir: &Path, name: &str) -> Result<Issuer<'static, KeyPair>> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    write(dir, &format!("{name}.crt"), &params.self_signed(&key)?.pem())?;
    Ok(Issuer::new(params, key))
}

fn write(dir: &Path, name: &str, text: &str) -> Result<()> {
    fs::write(dir.join(name), text).with_context(|| format!("writing {name}"))
}

/// User names hold colons, at signs and more.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
