mod answers;
mod fold;
mod parse;
mod said;
mod slim;
mod texts;
