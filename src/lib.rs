//! Uplift upgrades a fleet of hosted tenants to each new product release.
