//! The page and the JSON of notes.

use std::fs;

pub fn index(notes: &[String]) -> String {
    let template = fs::read_to_string("templates/index.html").expect("the page's template");
    let rows: String = notes.iter().map(|one| format!("<li>{}</li>", escaped(one))).collect();
    template.replace("{{ notes }}", &rows)
}

pub fn json(notes: &[String]) -> String {
    let rows: Vec<String> = notes.iter().map(|one| format!("{one:?}")).collect();
    format!("{{\"notes\": [{}]}}", rows.join(", "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_escaped() {
        assert_eq!(json(&["a \"b\"".to_string()]), "{\"notes\": [\"a \\\"b\\\"\"]}");
    }
}
