"""`python -m benchmarks`: what operations use of their budgets, CPU side by side, cold imports; exit 1 when over."""

import sys

from benchmarks.place import local_aws
from benchmarks.tables import of_budgets, of_ratios, of_starts


def main() -> int:
    with local_aws():
        # Their imports need settings, which need the local AWS.
        from benchmarks import budgets, cold, cpu

        lines = budgets.measure(budgets.Sizes())
        print(of_budgets(lines))
        ratios = cpu.compare()
        print(of_ratios(ratios))
        starts = cold.starts()
        print(of_starts(starts))
    verdicts = [*(line.ok for line in lines), *(ratio.ok for ratio in ratios), *(start.ok for start in starts)]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
