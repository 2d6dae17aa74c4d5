mod parse;
mod texts;
