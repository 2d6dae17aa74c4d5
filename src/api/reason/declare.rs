//! How the reasons are declared: each once, with its meaning and its word.

/// Declares the reasons, with their meaning. A word is the name of its variant.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A reason of ours. Decisions compare these, never texts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason { $($(#[doc = $doc])+ $name,)+ }

        impl Reason {
            /// Every reason, for tests and documentation.
            pub const ALL: &[Self] = &[$(Self::$name),+];
            /// Its stable word.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}
