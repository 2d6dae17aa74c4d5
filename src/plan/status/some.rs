//! A few of many, by name.

/// So many of a kind are named.
pub const NAMED: usize = 3;

/// The first, and how many more there are: `a, b, c and 4 more`.
pub fn some<T: ToString>(first: impl IntoIterator<Item = T>, all: usize, between: &str) -> String {
    let named: Vec<_> = first.into_iter().take(NAMED).map(|one| one.to_string()).collect();
    let words = named.join(between);
    match all.saturating_sub(named.len()) {
        0 => words,
        more => format!("{words} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_are_named_and_the_others_counted() {
        assert_eq!(some(["a", "b", "c"], 3, ", "), "a, b, c");
        assert_eq!(some(["a", "b", "c", "d"], 4, "; "), "a; b; c and 1 more");
        assert_eq!(some(["a"], 7, ", "), "a and 6 more");
    }
}
