"""The report on dead letters: how many wait in each queue, and a sample of them. None is moved."""

from imagestore.common import dead_letters, queues
from imagestore.common.contracts import SliceReport


def count_dead_letters() -> SliceReport:
    """Counts by queue; each letter of the sample is a failure. Two requests for a queue with letters, else one."""
    report = SliceReport()
    for name in queues.NAMES:
        waiting = queues.depth(dead_letters.dead_queue(name))
        if waiting:
            report.add(name, waiting)
            for letter in dead_letters.sample(name):
                cause = f"{letter.about} failed in {name}; it was sent at {letter.sent_at:%Y-%m-%d %H:%M} UTC"
                report.failures.append({"id": letter.id, "cause": cause})
    return report
