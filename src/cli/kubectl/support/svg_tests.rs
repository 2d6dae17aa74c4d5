use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn year(windows: Vec<Openings>, ends: Vec<End>) -> Year {
    Year {
        today: date("2027-03-20"),
        from: date("2027-03-01"),
        until: date("2028-03-01"),
        asked: "all namespaces".into(),
        summary: "ends of support".into(),
        windows,
        ends,
    }
}

fn window(name: &str, reason: &str) -> Openings {
    let freezes = vec![Freeze { from: date("2027-02-20"), to: date("2027-03-10"), reason: reason.into() }];
    Openings { name: name.into(), days: vec![date("2027-03-16")], freezes }
}

fn end(what: &str, ends_on: &str) -> End {
    End::of(what, ends_on.parse().ok(), Some(date("2027-04-20")))
}

#[test]
fn what_other_people_wrote_is_no_markup() {
    let svg = draw(&Year {
        asked: "<a&b>".into(),
        ..year(vec![window("<w>", "<script>\u{1b}\u{fffe}\"&")], vec![end("<image href=\"x\"/>", "2027-06-30")])
    });
    for raw in ["<script", "<image", "<w>", "<a&", "\u{1b}", "\u{fffe}"] {
        assert!(!svg.contains(raw), "{raw:?}: {svg}");
    }
    assert!(svg.contains("frozen from 2027-02-20 to 2027-03-10: &lt;script&gt;\u{fffd}\u{fffd}&quot;&amp;"), "{svg}");
}

#[test]
fn rows_beyond_forty_are_counted_and_a_long_name_is_cut_and_told_whole_in_its_title() {
    let long = "wordpress/".repeat(8);
    let ends: Vec<_> = (0..43).map(|_| end(&long, "2027-06-30")).collect();
    let svg = draw(&year(vec![], ends));
    assert!(svg.contains(">and 3 more</text>"), "{svg}");
    assert_eq!(svg.matches(&format!("<title>{long}: unsupported from 2027-06-30 on, must start by 2027-04-20")).count(), 40);
    assert!(!svg.contains(&format!(">{long}<")) && svg.contains('…'), "{svg}");
    assert!(svg.contains("no window of these tenants is known"), "{svg}");
}

#[test]
fn nothing_is_drawn_outside_of_the_year_and_an_arrow_says_where_it_lies() {
    let year = year(vec![window("w", "stocktaking")], vec![]);
    let at = |day: &str| format!("{:.1}", x(&year, date(day)));
    assert_eq!([at("1999-01-01"), at("2027-03-01")], [format!("{LEFT:.1}"), format!("{LEFT:.1}")]);
    assert_eq!([at("2028-03-01"), at("2031-01-01")], [format!("{RIGHT:.1}"), format!("{RIGHT:.1}")]);
    let marked = |on: &str| mark(&year, date(on), 0.0, "");
    assert!(marked("2027-02-28").contains(BEFORE) && marked("2028-03-01").contains(BEHIND));
    assert!(!marked("2027-03-01").contains(BEFORE) && !marked("2028-02-29").contains(BEHIND));
    assert_eq!(runway(&year, &end("a", "2027-02-28"), 0.0), "", "it was over before");
}

#[test]
fn an_empty_fleet_and_an_end_that_nobody_knows_are_told_in_words() {
    assert!(draw(&year(vec![], vec![])).contains("nothing that is known to end"));
    let svg = draw(&year(vec![], vec![end("a/1", "")]));
    assert!(svg.contains("a/1: nobody knows until when") && svg.contains(">-</text>"), "{svg}");
}
