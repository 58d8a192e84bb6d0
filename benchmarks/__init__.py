"""What imagestore's operations cost: requests and capacity units against their budgets, and CPU side by side."""
