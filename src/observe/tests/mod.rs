mod answers;
mod fold;
mod life;
mod parse;
mod said;
mod slim;
mod texts;
