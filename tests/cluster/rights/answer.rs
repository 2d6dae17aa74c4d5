//! What the API server answered, and who refused.

use serde_json::Value;

use super::table::Verdict;

/// What an answer says when a policy could not be evaluated: it refuses then, and holds nothing.
const ERRORS: [&str; 6] =
    ["resulted in error", "failed expression", "failed to configure", "no such key", "no matching overload", "compilation"];

pub struct Answer {
    pub code: u16,
    pub body: Value,
}

impl Answer {
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// By whom it was refused, and with words. Anything else than a refusal or a success is an error.
    pub fn verdict(&self) -> Result<Verdict, String> {
        let message = self.message();
        if let Some(error) = ERRORS.iter().find(|error| message.contains(**error)) {
            return Err(format!("an error in a policy ({error})"));
        }
        let policy = message.split("ValidatingAdmissionPolicy '").nth(1).and_then(|rest| rest.split('\'').next());
        let no_causes = self.body["details"]["causes"].as_array().is_none_or(Vec::is_empty);
        match (self.code, policy) {
            (200..=299, _) => Ok(Verdict::Allowed),
            (403 | 422, Some(policy)) if message.contains("denied request: ") => Ok(Verdict::Policy(policy.to_owned())),
            (403, None) if no_causes && message.contains("cannot ") => Ok(Verdict::Rbac),
            (422, None) => Ok(Verdict::Schema),
            (code, _) => Err(format!("an answer {code}")),
        }
    }
}
