//! Signatures by the Standard Webhooks scheme, version `v1`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secret::Secret;

/// The header of the stable id.
pub const ID: &str = "webhook-id";
/// The header of the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header of the signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// The value of `webhook-signature`: one signature for each secret, separated by spaces, over `id.timestamp.body`.
///
/// `timestamp` is the time of the attempt, in whole seconds since 1970.
pub fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets.iter().filter_map(|secret| sign_with(secret, id, timestamp, body)).collect();
    signatures.join(" ")
}

/// None never comes: HMAC takes keys of every length, though its type can't say so.
fn sign_with(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        let secrets = [secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
        assert_eq!(sign(&secrets, ID, 1_614_265_330, br#"{"test": 2432232314}"#), SIGNED);
    }

    #[test]
    fn several_secrets_give_several_signatures() {
        let secrets = [secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
        let both = sign(&secrets, ID, 1_614_265_330, br#"{"test": 2432232314}"#);
        let (other, published) = both.split_once(' ').unwrap();
        assert_eq!(published, SIGNED);
        assert!(other.starts_with("v1,") && other != published);
    }
}
