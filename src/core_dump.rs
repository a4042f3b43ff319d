//! Keeping the secret out of core dumps: the memory of a program that crashed, which the system
//! writes to a disk (core(5)), for git's programs into the work tree.

/// Has the system write no memory of this program anywhere, from the moment there is a secret in it.
/// Where the system refuses, a crash is as it always was.
pub fn forbid() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A limit of none would not count where another program takes the dumps (core(5), "Piping
        // core dumps to a program").
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    forbid_in_programs();
}

/// The same for the programs that we start from now on, as far as a limit goes: `git-remote-https`
/// has the token as long as it runs.
///
/// A limit of one byte leaves no room for a file, as none does. Where the system pipes dumps to a
/// program, Linux ignores every limit but this one (`do_coredump` in fs/coredump.c).
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
