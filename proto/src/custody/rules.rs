//! The rules that a model can switch off, one at a time, to show that each is needed.

/// Which rules are kept. Outside of tests there is only [`Rules::default`]: all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rules {
    /// R2: the offerer acts until it holds the countersigned ACCEPT, not until it has offered.
    pub(super) act_until_confirmed: bool,
    /// R3: the receiver acts from its signature on, not from the confirmation.
    pub(super) act_from_signature: bool,
    /// R7: a restored registrar locks legs until both parties reported.
    pub(super) lock: bool,
    /// R7: parties ignore countersigns of registrar lives older than promised.
    pub(super) promise: bool,
    /// R8: a restored party waits for its welcome.
    pub(super) welcome: bool,
    /// R8: the registrar refuses proposals of a party's older lives.
    pub(super) fence: bool,
    /// R8: reports and welcomes of a party's older lives are not taken for the present one.
    pub(super) same_life: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            act_until_confirmed: true,
            act_from_signature: true,
            lock: true,
            promise: true,
            welcome: true,
            fence: true,
            same_life: true,
        }
    }
}
