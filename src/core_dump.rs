//! Keeps secrets out of core dumps (core(5)), which git's programs would write into the work tree.

/// Forbids core dumps of this process; called before it holds a secret. Does nothing if the system
/// refuses.
pub fn forbid() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A limit of zero would not apply if dumps are piped to a program (core(5)).
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    forbid_in_programs();
}

/// Forbids core dumps of the programs that we start, by a limit: `git-remote-https` has the token.
///
/// A limit of one byte permits no file. If the system pipes dumps to a program, Linux ignores every
/// other limit (`do_coredump` in fs/coredump.c).
pub fn forbid_in_programs() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Core);
        let limit = Rlimit {
            current: Some(maximum.unwrap_or(1).min(1)),
            maximum,
        };
        let _ = setrlimit(Resource::Core, limit);
    }
}
