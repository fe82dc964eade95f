//! Text in columns, and numbers that can be read.

/// Where the texts of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Under their first letter: words.
    Left,
    /// Under their last digit: numbers.
    Right,
}

/// Rows of text, to be aligned. A row that is shorter than the others ends early.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = Align>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, texts: impl IntoIterator<Item = T>) {
        self.rows.push(texts.into_iter().map(Into::into).collect());
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max().unwrap_or(0)
    }
}

/// One line a row, two spaces between columns, nothing at the ends of lines.
impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths: Vec<_> = (0..self.columns.len()).map(|column| self.width(column)).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((text, width), align) in row.iter().zip(&widths).zip(&self.columns) {
                let width = *width;
                line += &match align {
                    Align::Left => format!("{text:width$}  "),
                    Align::Right => format!("{text:>width$}  "),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A number with a comma at every third digit.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut table = Table::new([Align::Left, Align::Right, Align::Left]);
        table.row(["name", "bytes", "image"]);
        table.row(["hello", "49,152", "build/hello.iso"]);
        table.row(["größer", "7"]);
        assert_eq!(table.to_string(), "name     bytes  image\nhello   49,152  build/hello.iso\ngrößer       7\n");
    }

    #[test]
    fn numbers_are_grouped() {
        let shown = [0, 999, 1000, 53_248, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "53,248", "1,234,567"]);
    }
}
