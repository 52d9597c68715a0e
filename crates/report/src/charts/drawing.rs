//! SVG, written element by element.

use std::fmt::Write;

/// Width of every chart in drawing units; one unit is one CSS pixel on a card of that width.
pub(crate) const WIDTH: f64 = 400.0;

/// Where a text sits relative to its position.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG under construction. Classes are styled by the style sheet of the page.
pub(crate) struct Drawing {
    width: f64,
    height: f64,
    body: String,
}

impl Drawing {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub(crate) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.push(&format!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    /// A rectangle between two heights, whichever is upper; nothing where it has no area.
    pub(crate) fn bar(&mut self, class: &str, x: (f64, f64), y: (f64, f64)) {
        let (left, top) = (x.0.min(x.1), y.0.min(y.1));
        let (width, height) = ((x.0 - x.1).abs(), (y.0 - y.1).abs());
        if width < 0.05 || height < 0.05 {
            return;
        }
        self.push(&format!(
            r#"<rect class="{class}" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}"/>"#
        ));
    }

    pub(crate) fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        self.push(&format!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"/>"#));
    }

    /// A diamond with its corners `radius` from the centre.
    pub(crate) fn diamond(&mut self, (x, y): (f64, f64), radius: f64) {
        let corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)];
        self.polygon("diamond", &corners);
    }

    /// A band between a lower and an upper line over the same places, each (x, lower, upper).
    pub(crate) fn band(&mut self, ends: &[(f64, f64, f64)]) {
        match *ends {
            [] => {}
            [(at, low, high)] => self.line("whisker", (at, low), (at, high)),
            _ => {
                let upper = ends.iter().map(|&(at, _, high)| (at, high));
                let lower = ends.iter().rev().map(|&(at, low, _)| (at, low));
                self.polygon("band", &upper.chain(lower).collect::<Vec<_>>());
            }
        }
    }

    pub(crate) fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        self.points("polyline", class, points);
    }

    pub(crate) fn polygon(&mut self, class: &str, points: &[(f64, f64)]) {
        self.points("polygon", class, points);
    }

    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.push(&format!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    /// The finished element; `id` must be unique on the page.
    pub(crate) fn finish(self, id: &str, title: &str, description: &str) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\" xmlns=\"http://www.w3.org/2000/svg\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n{body}</svg>",
            escape(title),
            escape(description),
        )
    }

    fn points(&mut self, element: &str, class: &str, points: &[(f64, f64)]) {
        let mut list = String::new();
        for (x, y) in points {
            let gap = if list.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(list, "{gap}{x:.1},{y:.1}");
        }
        self.push(&format!(r#"<{element} class="{class}" points="{list}"/>"#));
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }
}

/// Text made safe as the content of an element.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Drawing};

    #[test]
    fn text_is_escaped_and_empty_bars_are_left_out() {
        let mut drawing = Drawing::new(100.0, 50.0);
        drawing.bar("full", (0.0, 0.0), (0.0, 10.0));
        drawing.text("label", (1.0, 2.0), Anchor::End, "<script>\"&");
        insta::assert_snapshot!(drawing.finish("id", "a < b", "c & d"), @r#"
        <svg viewBox="0 0 100 50" role="img" aria-labelledby="id-title id-desc" xmlns="http://www.w3.org/2000/svg">
        <title id="id-title">a &lt; b</title>
        <desc id="id-desc">c &amp; d</desc>
        <text class="label" x="1.0" y="2.0" text-anchor="end">&lt;script&gt;&quot;&amp;</text>
        </svg>
        "#);
    }
}
