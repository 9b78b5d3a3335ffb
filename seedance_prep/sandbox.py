"""Shut a child in before it begins: run by path, never imported by the program that it starts from.

``python -I -S sandbox.py WORD… -- COMMAND…`` takes rights away from itself and then becomes
COMMAND, so that no code runs between fork and exec in a process with threads. Each word is
``NAME=NUMBER`` (a limit of the module ``resource``), ``read=PATH`` or ``write=PATH``. Each layer is
put on where the kernel has it: limits (POSIX); no new privileges, system calls (seccomp) and files
(Landlock) on Linux, which the word ``open`` leaves away. Without a command it says what is in
force. It imports little, to start fast.

The layers are the kernel's interfaces: prctl(2), seccomp(2), landlock(7); their numbers are those
of <linux/seccomp.h>, <linux/landlock.h> and <linux/audit.h>.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence

NOT_FOUND = 127
"""Exit status when the command cannot be started, as of a shell."""

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SIGKILL = 9
SECCOMP_MODE_FILTER = 2
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1

# landlock(7): rights to files, and since which version of the interface a kernel knows them
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, TRUNCATE = (1 << bit for bit in (4, 5, 7, 8, 14))
RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: TRUNCATE, 5: 1 << 15}
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15
NETWORK = {4: 0b11}
"""TCP: bind and connect."""
SCOPED = {6: 0b11}
"""Abstract UNIX sockets, and signals to processes outside."""

# What no decoder needs and a broken one would use: sockets, other processes' memory, namespaces.
DENIED = {
    "x86_64": {"socket": 41, "ptrace": 101, "mount": 165, "keyctl": 250, "unshare": 272,
               "perf_event_open": 298, "setns": 308, "process_vm_readv": 310,
               "process_vm_writev": 311, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425,
               "pidfd_getfd": 438},
    "aarch64": {"socket": 198, "ptrace": 117, "mount": 40, "keyctl": 219, "unshare": 97,
                "perf_event_open": 241, "setns": 268, "process_vm_readv": 270,
                "process_vm_writev": 271, "bpf": 280, "userfaultfd": 282, "io_uring_setup": 425,
                "pidfd_getfd": 438},
}  # fmt: skip
CLONE = {"x86_64": 56, "aarch64": 220}
NEW_NAMESPACES = 0x7E020000
"""Flags of clone(2) that make namespaces; fork and threads use none of them."""
CLONE3 = 435
"""Its flags lie in memory, which a filter cannot read: told to be unknown, so that the C library
falls back to clone."""
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000
"""Set in the numbers of x86-64's second table, which no program of today uses."""
ALLOW, KILL, REFUSE, UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
"""What a filter answers: go on, end the process, EPERM or ENOSYS."""
LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06

TOLD = {
    "RLIMIT_AS": "memory limit",
    "RLIMIT_CORE": "no core dumps",
    "RLIMIT_CPU": "processor limit",
    "RLIMIT_FSIZE": "file-size limit",
    "RLIMIT_NOFILE": "few open files",
}
SYSTEM = ("/usr", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache", "/sys/devices/system/cpu")
"""Where programs and their libraries are; no file of a person's."""
DEVICES = ("/dev/null", "/dev/urandom")


def main(words: Sequence[str]) -> int:
    """Shut this process in and become the command; returns only when that cannot be started."""
    end = words.index("--")
    command, shut = list(words[end + 1 :]), "open" not in words[:end]
    named = [word.partition("=")[::2] for word in words[:end]]
    reads = [path for name, path in named if name == "read"]
    writes = [path for name, path in named if name == "write"]
    limits = {name: int(number) for name, number in named if name.startswith("RLIMIT_")}
    if not command:
        print(*limited(limits), *(layers(reads, writes) if shut else ()), sep="\n")
        return 0
    limited(limits)
    if shut:
        layers([*reads, *around(command[0])], writes)
    try:
        os.execv(command[0], command)
    except OSError as error:
        name = os.path.basename(command[0])
        print(f"{name} cannot be started: {error.strerror}", file=sys.stderr)
    return NOT_FOUND


def around(tool: str) -> list[str]:
    """The tool itself and the libraries beside it, where it is none of the system's."""
    place = os.path.dirname(os.path.realpath(tool))
    return [os.path.realpath(tool), *(os.path.join(place, "..", name) for name in ("lib", "lib64"))]


def layers(reads: Iterable[str], writes: Iterable[str]) -> list[str]:
    """Put on what the kernel has; what is in force then, in words."""
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)  # who started it is gone: so is it
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return []
    return ["no new privileges", *files(libc, reads, writes), *calls(libc)]


def limited(limits: Mapping[str, int]) -> list[str]:
    """Set the process's limits, each by its name in the module ``resource``."""
    try:
        import resource
    except ImportError:
        return []
    for name, number in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(kind, (most, most))
    return [TOLD[name] for name in limits]


def files(libc: ctypes.CDLL, reads: Iterable[str], writes: Iterable[str]) -> list[str]:
    """Only the files named, and the system's programs, can be opened from here on."""
    version = libc.syscall(CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    if version < 1:
        return []
    known, network, scoped = (_known(table, version) for table in (RIGHTS, NETWORK, SCOPED))
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("=QQQ", known, network, scoped)[:size]
    rules = libc.syscall(CREATE_RULESET, attributes, size, 0)
    if rules < 0:
        return []
    for path in (*SYSTEM, *DEVICES, *reads):
        _beneath(libc, rules, path, (READ_FILE | READ_DIR | EXECUTE) & known)
    kept = WRITE_FILE | READ_FILE | READ_DIR | REMOVE_DIR | REMOVE_FILE | MAKE_DIR
    kept |= MAKE_REG | TRUNCATE
    for path in (DEVICES[0], *writes):
        _beneath(libc, rules, path, kept & known)
    shut = libc.syscall(RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return ["only its own files (Landlock)"] if shut else []


def _known(table: Mapping[int, int], version: int) -> int:
    return sum(rights for since, rights in table.items() if version >= since)


def _beneath(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    """Allow ``rights`` on a file, or on all that a folder holds; what is not there needs none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(f"/proc/self/fd/{place}"):
        rights &= FILE_RIGHTS
    libc.syscall(ADD_RULE, rules, RULE_PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    os.close(place)


def calls(libc: ctypes.CDLL) -> list[str]:
    """No sockets, and no way into other processes."""
    machine = os.uname().machine
    if machine not in DENIED:
        return []
    code = program(machine)
    held = ctypes.create_string_buffer(code)
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) != 0:
        return []
    return ["no network (seccomp)"]


def program(machine: str) -> bytes:
    """The filter in BPF: the architecture, the table, refused numbers, flags of clone."""
    steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, ARCHITECTURE[machine]), (ANSWER, 0, 0, KILL)]
    steps += [(LOAD, 0, 0, 0), (AT_LEAST, 0, 1, X32), (ANSWER, 0, 0, REFUSE)]
    for number in DENIED[machine].values():
        steps += [(EQUAL, 0, 1, number), (ANSWER, 0, 0, REFUSE)]
    steps += [(EQUAL, 0, 1, CLONE3), (ANSWER, 0, 0, UNKNOWN), (EQUAL, 0, 3, CLONE[machine])]
    steps += [(LOAD, 0, 0, 16), (ANY_BIT, 0, 1, NEW_NAMESPACES), (ANSWER, 0, 0, REFUSE)]
    steps.append((ANSWER, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
