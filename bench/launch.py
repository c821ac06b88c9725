"""Starts a program, waits for it, and writes what it cost as JSON (`python launch.py REPORT PROGRAM ARGUMENTS`). Small on purpose: until a
new program is loaded, its process counts the memory of the one that started it as its own.
"""

import os
import sys

process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
with open(sys.argv[1], "w") as report:  # noqa: PTH123  (pathlib alone would double what is loaded here)
    report.write(f"[{os.waitstatus_to_exitcode(status)}, {usage.ru_utime + usage.ru_stime}, {usage.ru_maxrss / 1024}]")
