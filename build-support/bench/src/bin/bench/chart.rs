//! The chart: a bar for each guest and measure, as long as it is good or bad.

use std::fmt::Write;

use crate::results::{Better, Results, median, number};

const WIDTH: u32 = 910;
const LABELS: u32 = 350;
const BARS: u32 = 420;
const BAR: u32 = 12;
const GAP: u32 = 10;
const TOP: u32 = 58;
const COLOURS: [&str; 5] = ["#0b6bcb", "#9aa3ad", "#c77d0a", "#3f8f3f", "#8a4fae"];

/// Draws the medians of all measures that more than one guest has; each is drawn to the scale of its largest.
pub(super) fn draw(results: &Results, guests: &[String], subtitle: &str) -> String {
    let (mut body, mut y) = (String::new(), TOP);
    for measure in &results.measures {
        let bars: Vec<_> =
            guests.iter().enumerate().filter_map(|(at, guest)| Some((at, median(measure.of(guest)?)))).collect();
        let most = bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        if bars.len() < 2 || most == 0.0 {
            continue;
        }
        let sense = if measure.better == Better::Higher { "more is better" } else { "less is better" };
        let comma = if measure.unit.is_empty() { "" } else { ", " };
        let label = format!("{}{comma}{}", measure.name, measure.unit);
        // A String takes everything that is written to it.
        let _ = write!(
            body,
            "<g><title>{} ({sense})</title><text x='{}' y='{}' text-anchor='end'>{}</text>",
            escaped(&label),
            LABELS - 8,
            y + BAR - 2,
            escaped(&label)
        );
        for (guest, value) in bars {
            let length = (value / most * f64::from(BARS)).max(1.0);
            let (colour, end) = (COLOURS[guest % COLOURS.len()], f64::from(LABELS) + length + 5.0);
            let _ = write!(
                body,
                "<rect x='{LABELS}' y='{y}' width='{length:.1}' height='{}' fill='{colour}'/><text x='{end:.1}' y='{}'>{}</text>",
                BAR - 1,
                y + BAR - 2,
                number(value)
            );
            y += BAR;
        }
        body.push_str("</g>\n");
        y += GAP;
    }
    let mut legend = String::new();
    for (at, guest) in guests.iter().enumerate() {
        let x = 12 + at as u32 * 140;
        let colour = COLOURS[at % COLOURS.len()];
        let _ = write!(legend, "<rect x='{x}' y='36' width='10' height='10' fill='{colour}'/>");
        let _ = write!(legend, "<text x='{}' y='45'>{}</text>", x + 14, escaped(guest));
    }
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {y}' width='{WIDTH}' height='{y}' \
         font-family='sans-serif' font-size='11'>\n<rect width='100%' height='100%' fill='white'/>\n\
         <text x='12' y='24' font-size='14' font-weight='bold'>{}</text>\n{legend}\n{body}</svg>\n",
        escaped(subtitle)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_have_is_drawn() {
        let mut results = Results::default();
        results.add("ours", "pages", "requests/s", Better::Higher, 40_000.0);
        results.add("R&D", "pages", "requests/s", Better::Higher, 4000.0);
        results.add("ours", "echo", "instructions", Better::Lower, 1422.0);
        let svg = draw(&results, &["ours".into(), "R&D".into()], "a run");
        assert_eq!((svg.matches("<g>").count(), svg.matches("height='11'").count()), (1, 2));
        assert!(svg.contains("width='420.0'") && svg.contains("width='42.0'") && svg.contains("R&amp;D"));
    }
}
