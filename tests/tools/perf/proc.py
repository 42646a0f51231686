"""What the system says of processes: the time they took and the memory they hold. Linux only; elsewhere nothing is said."""

import os
from contextlib import suppress
from pathlib import Path

MEBIBYTE_KIB = 1024


def cpu_seconds(pids):
    """User and system time of the processes and of their children that ended; None where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        return None
    ticks = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            # The command's name stands in brackets and may hold spaces; the times are the 12th to 15th after it.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid, field="VmRSS"):
    """Resident memory in MiB, or its peak as VmHWM."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / MEBIBYTE_KIB
    raise ValueError(f"the system does not tell {field}")


def forget_peak(pid):
    """The peak begins again with what is held now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
