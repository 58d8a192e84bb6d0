"""`python -m benchmarks`: what operations use of their budgets, CPU side by side, cold imports, calls
per second beside a plain peer; exit 1 when over.
"""

import sys

from benchmarks.place import local_aws
from benchmarks.tables import of_book, of_budgets, of_races, of_ratios, of_starts


def main() -> int:
    with local_aws():
        # Their imports need settings, which need the local AWS.
        from benchmarks import book, budgets, cold, cpu, cpu_uploads, ordering, servers

        lines = budgets.measure(budgets.Sizes()) + ordering.measure(budgets.Sizes().photos)
        print(of_budgets(lines))
        edited = book.edit(book.BookSizes())
        print(of_book(edited))
        ratios = [*cpu_uploads.compare(cpu.ROUNDS), *cpu.compare()]
        print(of_ratios(ratios))
        starts = cold.starts()
        print(of_starts(starts))
        races = servers.race(servers.Sizes())
        print(of_races(races))
    verdicts = [edited.ok, *(one.ok for one in lines)] + [one.ok for one in ratios] + [one.ok for one in starts]
    return 0 if all([*verdicts, *(one.ok for one in races)]) else 1


if __name__ == "__main__":
    sys.exit(main())
