//! What the configuration says about e-mail.

use lettre::message::Mailbox;

/// Who sends.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The `From` of each mail, and the organizer of each invitation.
    pub from: Mailbox,
    /// Where answers go, if not there.
    pub reply_to: Option<Mailbox>,
    /// The right side of each `Message-ID`.
    pub domain: String,
}
