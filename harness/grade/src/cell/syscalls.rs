//! Seccomp: what a cell's program may ask of the kernel.
//!
//! Two filters, the stricter answer counts. One ends the program for what only an attack asks for, so that the end has
//! a name. The other allows what programs need, by name, and answers everything else as a kernel that doesn't know it.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use super::{CellError, Policy};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Files, memory, time, threads, signals to itself: for every program.
const EVERYDAY: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_chdir,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_copy_file_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_execve,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fallocate,
    libc::SYS_fchdir,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_get_robust_list,
    libc::SYS_getcpu,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getgroups,
    libc::SYS_getitimer,
    libc::SYS_getpgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpriority,
    libc::SYS_getrandom,
    libc::SYS_getresgid,
    libc::SYS_getresuid,
    libc::SYS_getrlimit,
    libc::SYS_getrusage,
    libc::SYS_getsid,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_linkat,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mincore,
    libc::SYS_mkdirat,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_msync,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_preadv2,
    libc::SYS_pselect6,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_yield,
    libc::SYS_sendfile,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_setitimer,
    libc::SYS_sigaltstack,
    libc::SYS_splice,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_symlinkat,
    libc::SYS_sysinfo,
    libc::SYS_tee,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_gettime,
    libc::SYS_timerfd_settime,
    libc::SYS_times,
    libc::SYS_truncate,
    libc::SYS_umask,
    libc::SYS_uname,
    libc::SYS_unlinkat,
    libc::SYS_write,
    libc::SYS_writev,
];

/// The same by older names, which newer architectures don't have.
#[cfg(target_arch = "x86_64")]
const OLDER: &[libc::c_long] = &[
    libc::SYS_access,
    libc::SYS_alarm,
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_getdents,
    libc::SYS_getpgrp,
    libc::SYS_link,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_pause,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_rmdir,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_symlink,
    libc::SYS_time,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[libc::c_long] = &[];

/// For a program that talks over the sockets that it has.
const SOCKETS: &[libc::c_long] = &[
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_listen,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
];

/// For a compiler, which starts a linker.
const PROCESSES: &[libc::c_long] = &[
    libc::SYS_clone,
    libc::SYS_kill,
    libc::SYS_setpgid,
    libc::SYS_tgkill,
    libc::SYS_wait4,
    libc::SYS_waitid,
];
#[cfg(target_arch = "x86_64")]
const OLDER_PROCESSES: &[libc::c_long] = &[libc::SYS_fork, libc::SYS_vfork];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_PROCESSES: &[libc::c_long] = &[];

/// For a compiler, whose linker makes a program of a file. No fence but this one is before them: landlock does not know
/// them (landlock(7)), and the weaker sandbox has nothing else.
const FILE_MODES: &[libc::c_long] = &[libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_utimensat];
#[cfg(target_arch = "x86_64")]
const OLDER_FILE_MODES: &[libc::c_long] = &[libc::SYS_chmod, libc::SYS_utime, libc::SYS_utimes];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_FILE_MODES: &[libc::c_long] = &[];

/// What nothing asks for that has only an exercise to do.
const ATTACKS: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_delete_module,
    libc::SYS_execveat,
    libc::SYS_finit_module,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_init_module,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setdomainname,
    libc::SYS_setgid,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_setuid,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_tkill,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
];

/// What a submission in its run does not ask for, and a compiler may.
const NEW_PROCESSES: &[libc::c_long] = &[libc::SYS_pidfd_open];

/// `clone` makes a thread exactly with this bit.
const THREAD: u64 = 0x0001_0000;

/// Bits of `clone` that make namespaces.
const NAMESPACES: [u64; 8] =
    [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000, 0x0000_0080];

/// Connects as it sends, past the rule of landlock that holds for `connect`.
const FAST_OPEN: u64 = 0x2000_0000;

/// The kind of a socket, without its flags.
const KIND: u64 = 0xf;

/// Closes this process, and what it starts, to what `policy` allows.
pub(super) fn close(policy: Policy) -> Result<(), CellError> {
    for program in programs(policy, rustix::process::getpid().as_raw_nonzero().get())? {
        seccompiler::apply_filter(&program).map_err(|error| CellError::Seccomp(error.to_string()))?;
    }
    Ok(())
}

/// The filters of `policy` for the process `pid`.
fn programs(policy: Policy, pid: i32) -> Result<[BpfProgram; 2], CellError> {
    let failed = |error: &dyn std::fmt::Display| CellError::Seccomp(error.to_string());
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| failed(&error))?;
    let compile = |rules, otherwise, matched| {
        SeccompFilter::new(rules, otherwise, matched, architecture)
            .and_then(BpfProgram::try_from)
            .map_err(|error| failed(&error))
    };
    let enosys = u32::try_from(libc::ENOSYS).expect("it is positive");
    Ok([
        // Applied first, so that the second may not be: installing a filter is nothing that a program needs.
        compile(allowed(policy, pid)?, SeccompAction::Errno(enosys), SeccompAction::Allow)?,
        compile(attacks(policy, pid)?, SeccompAction::Allow, SeccompAction::KillProcess)?,
    ])
}

fn allowed(policy: Policy, pid: i32) -> Result<Rules, CellError> {
    let mut rules: Rules = [EVERYDAY, OLDER].concat().into_iter().map(|call| (call, Vec::new())).collect();
    let pid = u64::try_from(pid).expect("a process identifier is positive");
    // The second filter is yet to be installed.
    rules.insert(libc::SYS_seccomp, Vec::new());
    rules.insert(
        libc::SYS_prctl,
        vec![
            rule(&[is(0, 15)])?,           // PR_SET_NAME
            rule(&[is(0, 16)])?,           // PR_GET_NAME
            rule(&[is(0, 0x5356_4d41)])?,  // PR_SET_VMA: names memory
            rule(&[is(0, 38), is(1, 1)])?, // PR_SET_NO_NEW_PRIVS, which it has
            rule(&[is(0, 3)])?,            // PR_GET_DUMPABLE
        ],
    );
    rules.insert(libc::SYS_prlimit64, vec![rule(&[is(0, 0)])?, rule(&[is(0, pid)])?]);
    rules.insert(libc::SYS_setrlimit, Vec::new());
    rules.insert(libc::SYS_sched_setaffinity, vec![rule(&[is(0, 0)])?]);
    let owner = [8, 10, 15].map(|command| differs(1, command)); // F_SETOWN, F_SETSIG, F_SETOWN_EX
    rules.insert(libc::SYS_fcntl, vec![rule(&owner)?]);
    // FIONBIO, FIOCLEX, FIONCLEX, FIONREAD, TCGETS, TIOCGWINSZ
    let harmless = [0x5421, 0x5451, 0x5450, 0x541b, 0x5401, 0x5413];
    rules.insert(
        libc::SYS_ioctl,
        harmless.iter().map(|&call| rule(&[is(1, call)])).collect::<Result<_, _>>()?,
    );
    // A pair of sockets is how a runtime wakes itself. Connected from the start, it reaches nobody else.
    let stream = u64::try_from(libc::SOCK_STREAM).expect("it is positive");
    let pair = |kind| rule(&[is(0, domain(libc::AF_UNIX)), masked(1, KIND, kind)]);
    rules.insert(libc::SYS_socketpair, vec![pair(stream)?]);
    // Its flags are in memory, where a filter can't look: `clone` is asked instead.
    match policy {
        Policy::Compile => {
            let calls = [PROCESSES, OLDER_PROCESSES, FILE_MODES, OLDER_FILE_MODES].concat();
            rules.extend(calls.into_iter().map(|call| (call, Vec::new())));
            // How a process that was forked tells its parent that it could not become the program.
            let packets = u64::try_from(libc::SOCK_SEQPACKET).expect("it is positive");
            rules.insert(libc::SYS_socketpair, vec![pair(stream)?, pair(packets)?]);
            rules.insert(libc::SYS_sendmsg, Vec::new());
            rules.insert(libc::SYS_sendto, Vec::new());
            rules.insert(libc::SYS_recvfrom, Vec::new());
            rules.insert(libc::SYS_recvmsg, Vec::new());
        }
        Policy::Run => {
            rules.extend(SOCKETS.iter().map(|&call| (call, Vec::new())));
            rules.insert(libc::SYS_clone, vec![rule(&[masked(0, THREAD, THREAD)])?]);
            for signal in [libc::SYS_kill, libc::SYS_tgkill] {
                rules.insert(signal, vec![rule(&[is(0, pid)])?]);
            }
            let stream_of = |family| -> Result<[SeccompRule; 2], CellError> {
                let with =
                    |protocol| rule(&[is(0, domain(family)), masked(1, KIND, stream), is(2, protocol)]);
                Ok([with(0)?, with(6)?])
            };
            let sockets = [stream_of(libc::AF_INET)?, stream_of(libc::AF_INET6)?].concat();
            rules.insert(libc::SYS_socket, sockets);
            for (call, flags) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
                rules.insert(call, vec![rule(&[masked(flags, FAST_OPEN, 0)])?]);
            }
        }
    }
    Ok(rules)
}

fn attacks(policy: Policy, pid: i32) -> Result<Rules, CellError> {
    let mut rules: Rules = ATTACKS.iter().map(|&call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_seccomp, Vec::new());
    // TIOCSTI types into a terminal, TIOCLINUX pastes.
    rules.insert(libc::SYS_ioctl, vec![rule(&[is(1, 0x5412)])?, rule(&[is(1, 0x541c)])?]);
    let namespaces = NAMESPACES.iter().map(|&bit| rule(&[masked(0, bit, bit)]));
    let mut clone = namespaces.collect::<Result<Vec<_>, _>>()?;
    if policy == Policy::Run {
        let calls = [NEW_PROCESSES, OLDER_PROCESSES, FILE_MODES, OLDER_FILE_MODES].concat();
        rules.extend(calls.into_iter().map(|call| (call, Vec::new())));
        clone.push(rule(&[masked(0, THREAD, 0)])?);
        let pid = u64::try_from(pid).expect("a process identifier is positive");
        for signal in [libc::SYS_kill, libc::SYS_tgkill] {
            rules.insert(signal, vec![rule(&[differs(0, pid)])?]);
        }
        rules.insert(libc::SYS_fcntl, vec![rule(&[is(1, 8)])?, rule(&[is(1, 15)])?]);
        rules.insert(libc::SYS_socket, foreign_sockets()?);
        for (call, flags) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
            rules.insert(call, vec![rule(&[masked(flags, FAST_OPEN, FAST_OPEN)])?]);
        }
    }
    rules.insert(libc::SYS_clone, clone);
    Ok(rules)
}

/// Everything but TCP: local sockets, datagrams, raw ones, netlink, virtual machines, and the protocols that carry a
/// stream past landlock's rules for TCP (MPTCP, SCTP).
fn foreign_sockets() -> Result<Vec<SeccompRule>, CellError> {
    let stream = u64::try_from(libc::SOCK_STREAM).expect("it is positive");
    let mut rules = vec![
        rule(&[differs(0, domain(libc::AF_INET)), differs(0, domain(libc::AF_INET6))])?,
        rule(&[differs(2, 0), differs(2, 6)])?,
    ];
    for kind in (0..=KIND).filter(|kind| *kind != stream) {
        rules.push(rule(&[masked(1, KIND, kind)])?);
    }
    Ok(rules)
}

fn domain(family: i32) -> u64 {
    u64::try_from(family).expect("a family is a small number")
}

type Condition = (u8, SeccompCmpOp, u64);

fn is(argument: u8, value: u64) -> Condition {
    (argument, SeccompCmpOp::Eq, value)
}

fn differs(argument: u8, value: u64) -> Condition {
    (argument, SeccompCmpOp::Ne, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Condition {
    (argument, SeccompCmpOp::MaskedEq(mask), value)
}

/// The kernel takes all of these as 32-bit numbers, whatever the upper half of the register holds.
fn rule(conditions: &[Condition]) -> Result<SeccompRule, CellError> {
    let conditions = conditions
        .iter()
        .map(|(argument, operator, value)| {
            SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, operator.clone(), *value)
        })
        .collect::<Result<Vec<_>, _>>();
    conditions.and_then(SeccompRule::new).map_err(|error| CellError::Seccomp(error.to_string()))
}
