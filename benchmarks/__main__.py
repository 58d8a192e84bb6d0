"""`python -m benchmarks`: prints what operations use of their budgets, and CPU side by side; exit 1 when over."""

import sys

from benchmarks.place import local_aws
from benchmarks.tables import of_budgets, of_ratios


def main() -> int:
    with local_aws():
        # Their imports need settings, which need the local AWS.
        from benchmarks import budgets, cpu

        lines = budgets.measure(budgets.Sizes())
        print(of_budgets(lines))
        ratios = cpu.compare()
        print(of_ratios(ratios))
    return 0 if all(line.ok for line in lines) and all(ratio.ok for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
