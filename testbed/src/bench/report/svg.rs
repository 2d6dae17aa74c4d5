//! Bars with their ranges, as SVG by hand: a few rectangles need no library.

use std::fmt::Write;

/// A bar, with how far the rounds lie apart.
pub struct Bar {
    pub label: String,
    pub value: f64,
    pub least: f64,
    pub most: f64,
    /// What stands at its end.
    pub shown: String,
    /// It is what this project makes.
    pub own: bool,
}

const LABELS: f64 = 260.0;
const BARS: f64 = 420.0;
const WIDTH: f64 = 800.0;
const ROW: f64 = 28.0;
const HEAD: f64 = 54.0;

/// A bar a line, from zero on.
pub fn bars(title: &str, note: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.most).fold(f64::MIN_POSITIVE, f64::max);
    let at = |value: f64| LABELS + value / most * BARS;
    let height = HEAD + bars.iter().map(|_| ROW).sum::<f64>() + 12.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" \
         aria-label=\"{0}\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"16\">{0}</text>\n<text x=\"12\" y=\"40\" fill=\"#666\" font-size=\"11\">{1}</text>\n",
        escape(title),
        escape(note)
    );
    let mut y = HEAD;
    for bar in bars {
        let color = if bar.own { "#1f6feb" } else { "#8c959f" };
        let (middle, bottom) = (y + ROW / 2.0, y + 5.0);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{bottom:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{color}\"/>\
             <path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"black\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LABELS - 8.0,
            middle + 4.0,
            escape(&bar.label),
            at(bar.value) - LABELS,
            ROW - 10.0,
            at(bar.least),
            at(bar.most),
            at(bar.most) + 6.0,
            middle + 4.0,
            escape(&bar.shown)
        );
        y += ROW;
    }
    svg + "</svg>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_room_and_text_stays_text() {
        let bar = |label: &str, value: f64| Bar {
            label: label.into(),
            value,
            least: value,
            most: value,
            shown: format!("{value}"),
            own: false,
        };
        let svg = bars("a < b & c", "", &[bar("one", 1.0), bar("four", 4.0)]);
        assert!(svg.contains("a &lt; b &amp; c") && !svg.contains("a < b"), "{svg}");
        assert!(svg.contains(&format!("width=\"{BARS:.1}\"")), "{svg}");
        assert!(svg.contains(&format!("width=\"{:.1}\"", BARS / 4.0)), "{svg}");
    }

    #[test]
    fn nothing_to_show_is_no_division_by_zero() {
        assert!(!bars("nothing", "", &[]).contains("NaN"));
    }
}
