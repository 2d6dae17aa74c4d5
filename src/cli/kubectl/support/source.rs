//! Where the life cycles of a product are read from.

use crate::{api::product::Fetched, fleet::Fleet};

/// Of the product that is asked for: its source, and since when what it said is not newer.
pub fn source(fleet: &Fleet, product: Option<&str>) -> String {
    let asked = product.and_then(|name| fleet.products.get(name)?.status.as_ref().ok()?.source.as_ref());
    let Some(Fetched { url, fetched_at, error, .. }) = asked else { return String::new() };
    let confirmed = fetched_at.map_or_else(|| "no answer yet".into(), |at| format!("confirmed at {at}"));
    let fails = error.as_ref().map(|error| format!("; fails since {}: {} ({})", error.at, error.message, error.reason));
    format!("\nSource: {url}, {confirmed}{}", fails.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Product;

    #[test]
    fn how_old_is_what_a_source_said_stands_below_its_product() {
        let mut fleet = Fleet::default();
        let meta = crate::fleet::Meta {
            uid: "u".into(),
            resource_version: "1".into(),
            generation: 1,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let read = |status: serde_json::Value| {
            let spec = serde_json::json!({"source": {"url": "https://eol.example/pg"}});
            Product::new(meta.clone(), Ok(serde_json::from_value(spec).unwrap()), Ok(serde_json::from_value(status).unwrap()))
        };
        let mut said = |told: serde_json::Value| {
            fleet.products.insert("postgresql".into(), read(serde_json::json!({"source": told})));
            source(&fleet, Some("postgresql"))
        };
        let mut told = serde_json::json!({"url": "https://eol.example/pg", "fetchedAt": "2026-12-01T10:00:00Z"});
        assert_eq!(said(told.clone()), "\nSource: https://eol.example/pg, confirmed at 2026-12-01T10:00:00Z");
        told["error"] = serde_json::json!({"reason": "HttpError", "message": "HTTP 500", "at": "2026-12-02T10:00:00Z"});
        let fails = "; fails since 2026-12-02T10:00:00Z: HTTP 500 (HttpError)";
        assert_eq!(said(told), format!("\nSource: https://eol.example/pg, confirmed at 2026-12-01T10:00:00Z{fails}"));
    }
}
