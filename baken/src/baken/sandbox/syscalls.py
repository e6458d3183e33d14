"""Which system calls a decoder may make. A list of what is allowed: the rest does not exist.

What no decoder ever does on its own (start a program, open a connection, look into another
process) ends the process at once: that is an attack, and the crash is reported as one. Anything
else that is not on the list answers "not permitted", because libraries ask the system about
itself and carry on without an answer.
"""

import errno
import logging
import mmap
from collections.abc import Callable

try:
    import pyseccomp
except (ImportError, RuntimeError, OSError):  # no libseccomp on this system
    pyseccomp = None

_log = logging.getLogger(__name__)

_CLONE_THREAD = 0x00010000

_ALLOWED = (
    # the socket to the program, and the picture, which is an open file in memory
    *("read", "readv", "write", "pread64", "recvmsg", "recvfrom", "sendto", "sendmsg"),
    *("poll", "ppoll", "select", "pselect6", "lseek", "fstat", "newfstatat", "fcntl"),
    *("dup", "close"),
    # memory
    *("brk", "munmap", "mremap", "madvise", "membarrier"),
    # threads, signals, time, chance
    *("futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "gettid", "getpid"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "tgkill", "getcpu"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time"),
    *("getrandom", "getrusage", "restart_syscall", "sysinfo", "exit", "exit_group"),
)

_DEADLY = (
    *("execve", "execveat", "fork", "vfork", "unshare", "setns", "clone"),
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kill", "tkill"),
    *("mount", "umount2", "pivot_root", "chroot", "open_by_handle_at", "bpf", "keyctl"),
    *("io_uring_setup", "userfaultfd", "perf_event_open", "init_module", "finit_module"),
    *("kexec_load", "setuid", "setgid", "setresuid", "setresgid", "personality", "memfd_create"),
)


def _add(rules: "pyseccomp.SyscallFilter") -> None:
    """Fill the filter."""
    masked, equal = pyseccomp.MASKED_EQ, pyseccomp.EQ
    argument = pyseccomp.Arg
    for name in _ALLOWED:
        rules.add_rule(pyseccomp.ALLOW, name)
    for name in ("mmap", "mprotect"):  # memory is never made executable any more
        rules.add_rule(pyseccomp.ALLOW, name, argument(2, masked, mmap.PROT_EXEC, 0))
    # Its own limits only (each picture has its own processor time).
    rules.add_rule(pyseccomp.ALLOW, "prlimit64", argument(0, equal, 0))
    # Threads yes, processes no. The flags of clone3 lie in memory, where no filter can read
    # them; "no such call" makes the C library use clone.
    rules.add_rule(pyseccomp.ALLOW, "clone", argument(0, masked, _CLONE_THREAD, _CLONE_THREAD))
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    for name in _DEADLY:
        if name != "clone":
            rules.add_rule(pyseccomp.KILL_PROCESS, name)
    rules.add_rule(pyseccomp.KILL_PROCESS, "clone", argument(0, masked, _CLONE_THREAD, 0))


def build_filter() -> Callable[[], None] | None:
    """Return what locks the process with the filter, or None where seccomp cannot be had."""
    if pyseccomp is None:
        return None
    try:
        rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
        _add(rules)
    except (OSError, RuntimeError) as error:
        _log.warning("seccomp cannot be used here: %s", error)
        return None
    load: Callable[[], None] = rules.load
    return load
