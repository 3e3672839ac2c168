//! The histograms as a picture: SVG, written by hand.

use super::Histogram;
use std::fmt::Write;
use std::time::Duration;

/// The first and the last bucket that are drawn: messages of less than 2^n ns.
const BUCKETS: std::ops::RangeInclusive<usize> = 4..=24;
const LEFT: usize = 60;
const BAR: usize = 28;
const HEIGHT: usize = 140;
const PANEL: usize = HEIGHT + 70;
/// Powers of ten on the axis of counts.
const DECADES: usize = 7;

/// One panel below the other: a bar for each power of two of time, its height the logarithm of the count.
pub(super) fn draw(panels: &[(&str, Histogram, Duration)]) -> String {
    let width = LEFT + BUCKETS.count() * BAR + 20;
    let height = panels.len() * PANEL + 30;
    let mut svg = String::new();
    let out = &mut svg;
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(out, "{text}").expect("a string takes all text");
    line(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">"
    ));
    line(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>"));
    for (at, (name, counts, longest)) in panels.iter().enumerate() {
        let top = at * PANEL + 40;
        let floor = top + HEIGHT;
        line(format_args!(
            "<text x=\"{LEFT}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{name}: longest {longest:.1?}</text>",
            top - 14
        ));
        for decade in 0..=DECADES {
            let y = floor - decade * HEIGHT / DECADES;
            let right = width - 20;
            line(format_args!("<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#ddd\"/>"));
            let label = 10_u64.pow(decade as u32);
            line(format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>", LEFT - 6, y + 4));
        }
        for (place, bucket) in BUCKETS.enumerate() {
            let x = LEFT + place * BAR;
            let count = counts.get(bucket).copied().unwrap_or(0);
            if count > 0 {
                // A single message is seen too.
                let tall = ((count as f64).log10() / DECADES as f64 * HEIGHT as f64).max(3.0);
                let color = if bucket > 20 { "#c0392b" } else { "#2c6fbb" };
                line(format_args!(
                    "<rect x=\"{}\" y=\"{:.1}\" width=\"{}\" height=\"{tall:.1}\" fill=\"{color}\"><title>{count}</title></rect>",
                    x + 2,
                    floor as f64 - tall,
                    BAR - 4
                ));
            }
            if place % 2 == 0 {
                let time = Duration::from_nanos(1 << bucket);
                line(format_args!(
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"9\">&lt; {time:.0?}</text>",
                    x + BAR / 2,
                    floor + 14
                ));
            }
        }
        // Left of this line: less than 1.05 ms.
        let x = LEFT + (20 - BUCKETS.start() + 1) * BAR;
        line(format_args!(
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{top}\" y2=\"{floor}\" stroke=\"#c0392b\" stroke-dasharray=\"4 3\"/>"
        ));
    }
    line(format_args!(
        "<text x=\"{LEFT}\" y=\"{}\">Messages by the time they took, in powers of two; the dashed line is a millisecond.</text>",
        height - 12
    ));
    line(format_args!("</svg>"));
    svg
}
