"""Runs a command, and prints its seconds, the peak memory of its whole tree and that of itself alone, in MiB.

A tree's memory is what its processes have resident, added up and sampled; pages that they share count more than once.
"""

import os
import resource
import subprocess
import sys
import time

SAMPLE_SECONDS = 0.02
PAGE_BYTES = resource.getpagesize()
MIB = 1 << 20


def processes():
    """Every process's parent and resident pages."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # What follows the name, which may hold anything, in parentheses (proc_pid_stat(5)).
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        found[int(name)] = (int(fields[1]), int(fields[21]))
    return found


def tree_pages(root):
    found, pages = processes(), 0
    children = {}
    for process, (parent, _) in found.items():
        children.setdefault(parent, []).append(process)
    open_ = [root]
    while open_:
        process = open_.pop()
        pages += found.get(process, (0, 0))[1]
        open_.extend(children.get(process, []))
    return pages


def main():
    command = sys.argv[1:]
    began, peak, own = time.monotonic(), 0, 0
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr) as child:
        while child.poll() is None:
            peak = max(peak, tree_pages(child.pid))
            own = max(own, processes().get(child.pid, (0, 0))[1])
            time.sleep(SAMPLE_SECONDS)
    print(f"{time.monotonic() - began:.2f} {peak * PAGE_BYTES // MIB} {own * PAGE_BYTES // MIB}")
    sys.exit(child.returncode)


main()
