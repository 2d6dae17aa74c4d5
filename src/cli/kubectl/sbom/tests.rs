use std::{fs, path::PathBuf, process::Command};

use super::*;
use crate::{cli::kubectl::tests::fleet_of, fleet::Fleet, plan::Identified};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/software")
}

fn catalogue(fleet: &Fleet) -> Catalogue<'_> {
    Catalogue::of(fleet, |id| url::parse(id).map(|url| (url.kind, url.namespace, url.name)))
}

/// Product, cycle and end of a package url, as the table has them.
fn judged(fleet: &Fleet, catalogue: &Catalogue, text: &str) -> [String; 3] {
    let none = || "-".to_owned();
    let Some(url) = url::parse(text) else { panic!("{text} is no package url") };
    let Identified::As(product, version) = catalogue.identify(&url.package()) else { return [none(), none(), none()] };
    let known = &fleet.products[product];
    let until = known.spec.as_ref().unwrap().supported_until;
    let Some(cycle) = known.cycle(version) else { return [product.to_owned(), none(), none()] };
    let end = cycle.end(until).map_or_else(|| "none".to_owned(), |end| end.to_string());
    [product.to_owned(), cycle.name.clone(), end]
}

#[test]
fn each_package_is_the_product_that_the_table_says_and_none_of_a_distribution_ended_with_upstream() {
    let fleet = fleet_of(folder(), "2026-12-01T00:00:00Z");
    let (catalogue, table) = (catalogue(&fleet), fs::read_to_string(folder().join("packages.csv")).unwrap());
    let rows: Vec<_> = table.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(rows.len() >= 300, "{}", rows.len());
    for row in rows {
        let cells: Vec<_> = row.split(',').collect();
        let [url, labelled @ ..] = cells.as_slice() else { panic!("{row}") };
        assert_eq!(judged(&fleet, &catalogue, url), labelled, "{url}");
    }
}

/// What runs here is an input too: whatever it is, it is the distribution's.
#[test]
fn the_packages_of_this_machine_are_its_distributions() {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field =
        |name: &str| release.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim_matches('"').to_owned());
    let (Some(id), Some(version)) = (field("ID="), field("VERSION_ID=")) else { return };
    let Ok(listed) = Command::new("dpkg-query").args(["-W", "-f", "${Package} ${Version}\n"]).output() else { return };
    let fleet = fleet_of(folder(), "2026-12-01T00:00:00Z");
    let catalogue = catalogue(&fleet);
    let distro = format!("{id}-{version}");
    let known = matches!(catalogue.distribution(&distro), Identified::As(..));
    for line in String::from_utf8(listed.stdout).unwrap().lines() {
        let (name, package) = line.split_once(' ').unwrap();
        let text = format!("pkg:deb/{id}/{name}@{}?distro={id}-{version}", package.replace('%', "%25").replace('+', "%2B"));
        let [product, cycle, _] = judged(&fleet, &catalogue, &text);
        let expected = if known { id.as_str() } else { "-" };
        assert_eq!(product, expected, "{text}");
        assert!(!known || cycle == version.split('.').next().unwrap() || cycle == version, "{text}: {cycle}");
    }
}

fn listed(bill: &str) -> anyhow::Result<Vec<String>> {
    let mut all = vec![];
    bill::read(bill.as_bytes(), &mut |found| all.push(format!("{found:?}")))?;
    Ok(all)
}

#[test]
fn cyclone_dx_is_read_with_what_is_inside_of_components_and_the_system_of_the_image() {
    let bill = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "container", "name": "web", "purl": "pkg:oci/web@1"}},
        "components": [
            {"type": "operating-system", "name": "debian", "version": "12"},
            {"type": "library", "name": "a", "purl": "pkg:npm/a@1", "licenses": [{"license": {"id": "MIT"}}],
             "components": [{"type": "library", "name": "b", "purl": "pkg:npm/b@2"}]},
            {"type": "file", "name": "/etc/passwd"}],
        "dependencies": [{"ref": "a", "dependsOn": []}]}"#;
    let all = listed(bill).unwrap();
    let expected = [
        r#"Package("pkg:oci/web@1")"#,
        r#"System("debian-12")"#,
        r#"Package("pkg:npm/a@1")"#,
        r#"Package("pkg:npm/b@2")"#,
        r#"Nameless("/etc/passwd")"#,
    ];
    assert_eq!(all, expected);
}

#[test]
fn spdx_is_read_by_the_package_urls_among_its_references() {
    let bill = r#"{"spdxVersion": "SPDX-2.3", "packages": [
        {"name": "a", "versionInfo": "1", "externalRefs": [
            {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:a:a:1:*"},
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}]},
        {"name": "debian", "versionInfo": "12.5", "primaryPackagePurpose": "OPERATING-SYSTEM"},
        {"name": "b"}], "relationships": []}"#;
    assert_eq!(listed(bill).unwrap(), [r#"Package("pkg:npm/a@1")"#, r#"System("debian-12.5")"#, r#"Nameless("b")"#]);
}

#[test]
fn what_is_no_bill_of_materials_is_refused_with_what_it_should_be() {
    let wrong = |text: &str| format!("{:#}", listed(text).unwrap_err());
    assert!(wrong("<xml/>").contains("no bill of materials as JSON"), "{}", wrong("<xml/>"));
    assert!(wrong(r#"{"components": []}"#).contains("neither bomFormat CycloneDX nor spdxVersion"));
    assert!(wrong(r#"{"bomFormat": "CycloneDX", "specVersion": "1.2"}"#).contains("make it as 1.4 to 1.6"));
    assert!(wrong(r#"{"spdxVersion": "SPDX-2.2"}"#).contains("make it as SPDX-2.3"));
    assert!(wrong(r#"{"spdxVersion": "SPDX-2.3"} {}"#).contains("something follows"));
    assert!(wrong(r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": 7}"#).contains("a list"));
}

#[test]
fn what_is_matched_is_written_and_what_is_not_is_counted_by_its_reason() {
    let fleet = fleet_of(folder(), "2026-12-01T00:00:00Z");
    let (catalogue, mut matched) = (catalogue(&fleet), Matched::default());
    for url in
        ["pkg:docker/library/node@20.11.1", "pkg:pypi/django@4.2.11", "pkg:npm/left-pad@1.3.0", "no url", "pkg:pypi/django"]
    {
        matched.note(&catalogue, bill::Listed::Package(url));
    }
    matched.note(&catalogue, bill::Listed::System("debian-12.5".into()));
    matched.note(&catalogue, bill::Listed::Package("pkg:deb/debian/openssl@1.1?distro=debian-12.5"));
    matched.note(&catalogue, bill::Listed::Nameless("/etc/passwd"));
    let contained: Vec<_> = matched.contained().into_iter().map(|one| format!("{} {}", one.product, one.version)).collect();
    assert_eq!(contained, ["debian 12.5", "django 4.2.11", "nodejs 20.11.1"]);
    assert_eq!(
        matched.summary(),
        "8 components: 4 are of products; not matched are 1 (it has no package url), 1 (it has no version), \
         1 (its package url cannot be read), 1 (no product names it). -o json lists what is not."
    );
    let release: DashboardRelease = serde_json::from_value(json!({
        "metadata": {"name": "dec"},
        "spec": {"version": "2026.12.0", "images": {"web": "x:1"}, "contains": [{"product": "nodejs", "version": "18.1.0"}]},
    }))
    .unwrap();
    let contained = matched.contained();
    assert_eq!(body(&release, &contained).unwrap()["spec"]["contains"][2], json!({"product": "nodejs", "version": "20.11.1"}));
    assert_eq!(said(&release, &contained), "contains 3 versions of products; before there were 1");
}
