//! Enums that know all their variants.

/// Declares an enum without fields, with `ALL`: its variants in order. A table over `ALL` cannot forget a variant
/// that comes later.
#[macro_export]
macro_rules! every {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        $vis enum $name {
            $($(#[$doc])* $variant),+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];
        }
    };
}
