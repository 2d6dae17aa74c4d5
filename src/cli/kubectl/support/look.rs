//! Colours and shapes of the picture. The colours are told apart by most who do not see all of them; the shapes by everybody.

use crate::api::tenant::Runway;

/// Words, and lines that stand out.
pub const INK: &str = "#24292f";
/// Words beside them.
pub const GREY: &str = "#57606a";
/// Lines that only lead the eye.
pub const LINE: &str = "#d0d7de";

/// The way out of a version, as the legend shows it.
pub const BAR: &str = r##"<path d="M-8 0h16" stroke="#57606a" stroke-width="10" stroke-opacity="0.35"/><path d="M-8 -8v16" stroke="#57606a" stroke-width="2"/>"##;
/// An opening, as the legend shows it.
pub const TICK: &str = r##"<path d="M0 -7v14" stroke="#24292f" stroke-width="1.2"/>"##;
/// A freeze, as the legend shows it.
pub const FREEZE: &str = r##"<rect x="-8" y="-5" width="16" height="10" fill="#d0d7de" stroke="#57606a"/>"##;
/// Today, as the legend shows it.
pub const TODAY: &str = r##"<path d="M0 -9v18" stroke="#24292f" stroke-dasharray="5 3"/>"##;
/// The day lies before the first that is shown.
pub const BEFORE: &str = r##"<path d="M-10 -5l-5 5l5 5" fill="none" stroke="#24292f"/>"##;
/// The day lies behind the last that is shown.
pub const BEHIND: &str = r##"<path d="M10 -5l5 5l-5 5" fill="none" stroke="#24292f"/>"##;

/// How a state is drawn.
pub struct Look {
    /// Its colour.
    pub colour: &'static str,
    /// Its shape, around its middle.
    shape: &'static str,
    fill: &'static str,
    /// The states that look like it.
    pub words: &'static str,
}

const CIRCLE: &str = "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z";
const DIAMOND: &str = "M0 -8l8 8l-8 8l-8 -8z";
const SQUARE: &str = "M-6 -6h12v12h-12z";

/// Every look, the worst first.
pub static LOOKS: [Look; 4] = [
    Look { colour: "#c4320a", shape: SQUARE, fill: "#c4320a", words: "Ended, NoSupportedRelease, Unreachable" },
    Look { colour: "#b87500", shape: DIAMOND, fill: "#b87500", words: "NoRoomForDeferral" },
    Look { colour: "#57606a", shape: CIRCLE, fill: "white", words: "Unknown" },
    Look { colour: "#0969da", shape: CIRCLE, fill: "#0969da", words: "InTime, Supported" },
];

/// How this state is drawn.
pub fn look(state: Runway) -> &'static Look {
    let [late, close, unknown, well] = &LOOKS;
    match state {
        Runway::Ended | Runway::NoSupportedRelease | Runway::Unreachable => late,
        Runway::NoRoomForDeferral => close,
        Runway::Unknown => unknown,
        Runway::InTime | Runway::Supported => well,
    }
}

impl Look {
    /// The mark of an end.
    pub fn mark(&self) -> String {
        let Self { colour, shape, fill, .. } = self;
        format!("<path d=\"{shape}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"2\"/>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::kubectl::support::line::WORST_FIRST;

    #[test]
    fn each_state_stands_beside_its_shape_in_the_legend() {
        for state in WORST_FIRST {
            assert!(look(state).words.split(", ").any(|word| word == state.to_string()), "{state}");
        }
    }
}
